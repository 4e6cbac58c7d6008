"""
What proves that a proposal is false: the arguments of the transaction that shows it.

* shapes       the contracts' structs, field by field, and the empty ones for what is not read
* rows         a row of a layout, opened as far as somebody needs it
* challenges   a class a challenge, its fields in the order of the contract's arguments
* build        from a fault that `replay` names to the challenge, or to the demand
* promises     omissions and equivocations, which only who holds a receipt can prove
* answers      what an honest aggregator shows when something is demanded of it
"""

from commonroot.protocol.evidence.answers import (
    answer_column,
    answer_contributions,
    answer_row,
)
from commonroot.protocol.evidence.build import NotProvable, evidence, first_evidence
from commonroot.protocol.evidence.challenges import Challenge
from commonroot.protocol.evidence.promises import equivocation, omission
from commonroot.protocol.evidence.shapes import Case, Signed, Wanted, as_abi

__all__ = [
    "Case",
    "Challenge",
    "NotProvable",
    "Signed",
    "Wanted",
    "answer_column",
    "answer_contributions",
    "answer_row",
    "as_abi",
    "equivocation",
    "evidence",
    "first_evidence",
    "omission",
]
