"""
Who speaks for an account, and who can read what.

* wallet, passwords   encrypted private keys on disk, and where their passwords come from
* signer              what can sign for an account: a wallet at hand, or an agent that holds it
* agent, policy, memory, wire
                      a process that signs for others what its policy admits, over a private socket
* sealing             artifacts only some can read: a key each, wrapped to public keys
* delivery            a content key for one buyer, handed over on chain without a trusted third
* certificates        TLS certificates and the keys Flower knows its nodes by
"""
