"""
The command line: parses, calls one function, prints.

* root       finds a command, runs it, turns what went wrong into one sentence and an exit status
* options    the options that commands share
* opening    a desk, a wallet and a yes, from those options
* the rest   a file a noun
"""
