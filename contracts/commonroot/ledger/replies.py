"""What nodes say to a transaction they are sent. There is no standard: each client has words of its own."""

from __future__ import annotations

from enum import Enum
from typing import final

from commonroot.ledger.errors import RpcRefused


@final
class Reply(Enum):
    """Why a node did not take a transaction."""

    KNOWN = "it has it already"
    NONCE_USED = "its nonce is in a block"
    RIVAL = "another one of its nonce waits, and pays as much"
    POOR = "the account cannot pay for it"
    OTHER = "something else"


_SIGNS = {
    Reply.KNOWN: (
        "already known",
        "alreadyknown",
        "already imported",
        "already exists",
        "known transaction",
        "already in mempool",
    ),
    Reply.NONCE_USED: ("nonce too low", "nonce is too low", "old nonce", "oldnonce"),
    Reply.RIVAL: (
        "replacement transaction underpriced",
        "replacement fee too low",
        "could not replace",
        "replacementnotallowed",
    ),
    Reply.POOR: ("insufficient funds", "insufficient balance", "insufficientfunds"),
}


def reply(refusal: RpcRefused) -> Reply:
    """Return what a node's refusal of a transaction means."""
    said = refusal.said.lower()
    return next(
        (kind for kind, signs in _SIGNS.items() if any(sign in said for sign in signs)), Reply.OTHER
    )
