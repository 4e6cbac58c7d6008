"""
What a participant does and looks up, on top of the chain and the store.

* homes, desk        where a person keeps things, and one object that a command opens
* kept, deployment   a home's own dev chain, and the contracts put on a chain
* purse              what an account has
* planning, programs a sponsor's: plan, create, fund, end
* membership, data   a node's: join with a bond, register datasets, enrol
* rewards            claims, licence income, withdrawals
* finding, lineage   what a person means by X, and where it comes from
* again, verify      a round brought together again; a file against the chain, a version recomputed
"""
