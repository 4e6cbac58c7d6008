"""
The chain, seen from Python.

* connect       an RPC address becomes a connection, or one clear error
* sender        the one place that signs and sends
* deployed      one contract: calls, transactions, logs
* gateways      a file a contract, typed both ways
* ledger        all contracts of one deployment together
* book, deploy  where the contracts are, and how they got there
* events        what happened: programs, rounds, keys, sales
* blocks        waiting for the chain
* paying        money on its way into a contract
* strangers     words that anybody may have put on chain
* errors, border, refusals, words   what can go wrong, where it is caught, and how it is said
"""
