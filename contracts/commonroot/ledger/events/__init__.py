"""
What happened, read from the logs. What a contract holds now is asked through the gateways.

* training    programs, their rounds, aggregators, claims, endpoints, enrolments
* losses      what became of bonds
* disputes    challenges that held, and demands
* members     keys and datasets
* sales       offers and purchases
"""

from commonroot.ledger.events.disputes import (
    DemandRecord,
    EquivocationRecord,
    RefutationRecord,
    demands,
    equivocations,
    refutations,
)
from commonroot.ledger.events.losses import ForfeitRecord, forfeits
from commonroot.ledger.events.members import KeysRecord, datasets, keys
from commonroot.ledger.events.reading import Seen
from commonroot.ledger.events.sales import OfferRecord, PurchaseRecord, offers, purchases
from commonroot.ledger.events.training import (
    ClaimRecord,
    End,
    EndpointRecord,
    EnrolmentRecord,
    ProgramRecord,
    RoundRecord,
    SuccessionRecord,
    claims,
    endpoint,
    enrolments,
    opening,
    programs,
    rounds,
    successions,
)

__all__ = [
    "ClaimRecord",
    "DemandRecord",
    "End",
    "EndpointRecord",
    "EnrolmentRecord",
    "EquivocationRecord",
    "ForfeitRecord",
    "KeysRecord",
    "OfferRecord",
    "ProgramRecord",
    "PurchaseRecord",
    "RefutationRecord",
    "RoundRecord",
    "Seen",
    "SuccessionRecord",
    "claims",
    "datasets",
    "demands",
    "endpoint",
    "enrolments",
    "equivocations",
    "forfeits",
    "keys",
    "offers",
    "opening",
    "programs",
    "purchases",
    "refutations",
    "rounds",
    "successions",
]
