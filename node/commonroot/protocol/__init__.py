"""
The protocol: numbers, trees, receipts, rules, scores, payouts and their replay. Pure; no I/O.

* hashing, whole  digests, words, accounts; roots and quotients of whole numbers
* fixed, table    floats become lanes, lanes become named tensors
* tree, rows      commitments to vectors and to everything that went into a chunk
* receipt         what nodes and aggregators sign; signature says who did
* rules           what the contract reads, and the four aggregations it can prove
* sampling        who is asked, where there are too many
* scores, payout  what a contribution was worth, and who gets what
* round           opening, contributions, close, proposal
* arithmetic      from the deltas to what is proposed, in one function
* records         the root over a dataset's salted records; allowlist, over admitted accounts
* spec, manifest  the documents whose digests stand on chain
* wire            what an aggregator and a node say to each other
* replay          all of a round again, from its artifacts; evidence, what proves that one is false
"""
