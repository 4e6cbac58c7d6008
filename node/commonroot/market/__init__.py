"""
The market: a version is offered, paid for, delivered, pulled and used.

* offers     what is for sale, and on what terms
* buy        paying, receiving the key, and getting the money back where it does not come
* provider   delivering keys to those who paid
* pull       from a key to a model file that agrees with the chain
* use        adapting a model file to a few examples
"""
