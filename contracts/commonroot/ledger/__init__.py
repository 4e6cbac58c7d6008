"""
The chain, seen from Python.

* connect       an RPC address, or several, becomes a connection, or one clear error
  + endpoints, places   several as if they were one, and what of them may be shown
* sender        the one place that signs and sends, and what it consists of:
  + care          how long is waited, how much is offered
  + quotes, fees  what a transaction would cost
  + outbox, entries, locks, leftovers   what is signed and not settled, across processes and crashes
  + counter       giving out nonces, and handing in
  + rehearsal     everything but the sending
  + waiting, rivals   until it is done, or another one took its place
  + questions, replies   what nodes are asked, and what they say
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
