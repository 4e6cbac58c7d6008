"""
What a participant does and looks up, on top of the chain and the store.

* homes              where a person keeps things
* desk               one object that a command opens: settings, chain, contracts, store
* programs           a sponsor's: plan, create, fund, end
* membership, data   a node's: join with a bond, register datasets, enrol
* rewards            claims, licence income, withdrawals
* rounds, lineage    what the chain and the store say of rounds and models
* verify             a file against the chain, and a version computed again
"""
