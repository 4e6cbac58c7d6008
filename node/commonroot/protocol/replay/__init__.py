"""
A round again, from its artifacts: the first thing that does not hold is named, or nothing is.

* recorded      what the chain says of a round (`Recorded`) and its bytes (`Artifacts`)
* faults        what can be wrong, and whether it can be proved
* documents     the proposal, the close, the manifest
* people        contributions: who signed, who belongs to the round, what they weigh
* layout        the rows, as they were built and as they should have been
* judge         all of it in order
"""

from commonroot.protocol.replay.faults import Mismatch
from commonroot.protocol.replay.judge import first_difference, mismatches, replay
from commonroot.protocol.replay.recorded import Artifacts, Laid, Recorded, Standing

__all__ = [
    "Artifacts",
    "Laid",
    "Mismatch",
    "Recorded",
    "Standing",
    "first_difference",
    "mismatches",
    "replay",
]
