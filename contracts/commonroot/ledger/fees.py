"""
What a transaction offers for its gas: enough to be taken, more where it waits, never beyond a bound.

Buterin and others. EIP-1559: Fee market change for ETH 1.0 chain. 2019. The cap leaves room for the
base fee to double; what it is above base fee and tip together is not paid. The tip is paid in full, so
a node's suggestion is not followed everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from web3 import Web3
from web3.exceptions import Web3RPCError
from web3.types import BlockData, RPCEndpoint

from commonroot.ledger.border import asking
from commonroot.ledger.care import GWEI, Care
from commonroot.ledger.errors import FeeTooHigh, RpcRefused

_TIP = GWEI
"""What is offered where the node suggests nothing."""


@final
@dataclass(frozen=True, slots=True)
class Fees:
    """Wei per gas: what a block's maker gets, and the most that is paid in all."""

    tip: int
    cap: int

    def raised(self, now: Fees) -> Fees:
        """Return what replaces an offer of these: an eighth more of both, or more if that is asked."""
        return Fees(max(now.tip, _eighth_more(self.tip)), max(now.cap, _eighth_more(self.cap)))

    def within(self, care: Care) -> bool:
        """Say whether an offer is below its bounds."""
        return self.tip <= care.most_tip and self.cap <= care.most_price


def suggested(web3: Web3, call: str, care: Care, block: BlockData) -> Fees:
    """Return what to offer after a block; raise where the chain asks for more than is given."""
    base = block.get("baseFeePerGas")
    with asking(web3, call):
        tip = min(_tip(web3), care.most_tip)
    if base is None:
        raise RpcRefused(
            call, "the chain's blocks have no base fee, and only such chains are served"
        )
    if base + tip > care.most_price:
        raise FeeTooHigh(call, base + tip, care.most_price)
    return Fees(tip, min(2 * base + tip, care.most_price))


def _eighth_more(price: int) -> int:
    # Rounded up, and more than before even where that was next to nothing: else it replaces nothing.
    return max(-(-price * 9 // 8), price + 1)


def _tip(web3: Web3) -> int:
    try:
        said = web3.manager.request_blocking(RPCEndpoint("eth_maxPriorityFeePerGas"), [])
        return max(int(said, 16), 0)
    except (Web3RPCError, TypeError, ValueError):  # not every node has an opinion, or a usable one
        return _TIP
