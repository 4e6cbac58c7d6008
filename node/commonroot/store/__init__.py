"""
Bytes by their digest: what is stored is believed only after hashing it again.

* artifacts   the store: put bytes, get them by the digest that the chain holds
* backends    where they lie: a folder, or whatever fsspec reaches
* sealed      artifacts only some can read, and the keyrings that say who
* versions    a version from what the chain names beside its root
* modelfile   a version as a file: tensors, the leaves of its tree, where it comes from
"""
