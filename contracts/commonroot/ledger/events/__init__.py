"""
What happened, read from the logs. What a contract holds now is asked through the gateways.

* training    programs, their rounds, claims, endpoints, enrolments
* members     keys and datasets
* sales       offers and purchases
"""

from commonroot.ledger.events.members import KeysRecord, datasets, keys
from commonroot.ledger.events.reading import Seen
from commonroot.ledger.events.sales import OfferRecord, PurchaseRecord, offers, purchases
from commonroot.ledger.events.training import (
    ClaimRecord,
    EndpointRecord,
    EnrolmentRecord,
    ProgramRecord,
    RoundRecord,
    claims,
    endpoint,
    enrolments,
    programs,
    rounds,
)

__all__ = [
    "ClaimRecord",
    "EndpointRecord",
    "EnrolmentRecord",
    "KeysRecord",
    "OfferRecord",
    "ProgramRecord",
    "PurchaseRecord",
    "RoundRecord",
    "Seen",
    "claims",
    "datasets",
    "endpoint",
    "enrolments",
    "keys",
    "offers",
    "programs",
    "purchases",
    "rounds",
]
