"""
Selling and buying the right to use a model.

* offers     an owner's side: a version is offered
* provider   delivers the keys of what was bought
* buy        a buyer's side: quote, pay, receive the key, or the money back
* pull       a licensed version becomes a model file, checked against the chain
* use        a model file adapted to a few examples
"""
