"""
Tasks: what is learned from. Episodes are drawn as tensors, without a Python loop over images.

* types          examples, episodes, and whatever episodes can be drawn from
* characters     a set of characters: what one node owns
* episodes       few-shot classification
* drawn          characters drawn by a program
* omniglot       the official archives
* folder         a person's own images, a folder a class
* sources        where characters come from, as a person names it
* owned          what a node keeps of a dataset that it commits to
"""
