"""
The protocol: numbers, trees, receipts, rules, scores, payouts and their replay. Pure; no I/O.

* fixed, table    floats become lanes, lanes become named tensors
* tree, rows      commitments to vectors and to everything that went into a chunk
* receipt         what nodes and aggregators sign
* rules           what the contract reads, and the aggregation it can prove
* scores, payout  what a contribution was worth, and who gets what
* round           contributions, close, proposal
* records         the root over a dataset's salted records
* spec, manifest  the documents whose digests stand on chain
* replay          all of a round again, from its artifacts
"""
