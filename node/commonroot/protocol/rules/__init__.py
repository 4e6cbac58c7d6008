"""The rules of a program: what the contract itself reads, and so all that can be proved."""

from commonroot.protocol.rules.terms import Aggregation, Rules, Step, Visibility, Weighting

__all__ = ["Aggregation", "Rules", "Step", "Visibility", "Weighting"]
