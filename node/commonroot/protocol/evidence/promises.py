"""What only the holder of a receipt can prove: that it was left out, or that its node signed another."""

from __future__ import annotations

from commonroot.base.errors import ProtocolError
from commonroot.protocol.evidence.build import NotProvable, shown
from commonroot.protocol.evidence.challenges import EquivocationChallenge, OmissionChallenge
from commonroot.protocol.evidence.shapes import NO_PROPOSAL, Case, Shown, Signed
from commonroot.protocol.hashing import Address, Digest, address_bytes
from commonroot.protocol.receipt import Ack, Receipt
from commonroot.protocol.replay.recorded import Artifacts, Recorded, Standing
from commonroot.protocol.sampling import sampled
from commonroot.protocol.signature import recover


def omission(
    recorded: Recorded,
    artifacts: Artifacts,
    node: Address,
    standing: Standing,
    given: Signed,
    ack: bytes,
    salt: Digest,
) -> OmissionChallenge:
    """Return the proof that a node's acked receipt is not in the close; refuse where it proves nothing."""
    _require_includable(recorded, standing, given.receipt)
    digest = given.receipt.digest(recorded.domain)
    said = Ack(digest, recorded.close.epoch).digest(recorded.domain)
    if _signer(digest, given.signature) != standing.key:
        raise NotProvable("The receipt was not signed with the node's key.")
    if _signer(said, ack) != recorded.close.aggregator:
        raise NotProvable("The aggregator did not promise to include the receipt.")
    beside = _beside(recorded, artifacts, node, digest)
    case = Case(recorded.close, recorded.proposal, salt)
    parent = recorded.parent or NO_PROPOSAL
    return OmissionChallenge(case, given, ack, beside, parent)


def equivocation(first: Signed, second: Signed, salt: Digest) -> EquivocationChallenge:
    """Return the proof that two receipts of one epoch, on one base, are over different deltas."""
    ours, theirs = (
        (each.program, each.round, each.epoch, each.base_root, each.aggregator)
        for each in (first.receipt, second.receipt)
    )
    if ours != theirs or first.receipt.delta_root == second.receipt.delta_root:
        raise NotProvable("The receipts do not contradict each other.")
    return EquivocationChallenge(first, second, salt)


def _require_includable(recorded: Recorded, standing: Standing, receipt: Receipt) -> None:
    close = recorded.close
    about = receipt.program, receipt.round, receipt.epoch, receipt.base_root, receipt.aggregator
    if about != (close.program, close.round, close.epoch, recorded.parent_root, close.aggregator):
        raise NotProvable("The receipt is about another round, epoch, base or aggregator.")
    seat = standing.seat
    asked = seat is not None and sampled(seat, close) and standing.anchored
    enrolled = standing.dataset == receipt.dataset and standing.records > 0
    weighs = receipt.weight == recorded.rules.weight(standing.records)
    if standing.key is None or not (asked and enrolled and weighs):
        raise NotProvable("The receipt could not be included.")


def _beside(
    recorded: Recorded, artifacts: Artifacts, node: Address, digest: Digest
) -> tuple[Shown, ...]:
    """Return the node's own contribution, the end it would stand beyond, or the two it would stand between."""
    nodes = [entry.contribution.node for entry in artifacts.manifest.entries]
    if node in nodes:
        own = shown(artifacts, nodes.index(node))
        included = own.contribution.receipt(recorded.close, recorded.parent_root)
        if included.digest(recorded.domain) == digest:
            raise NotProvable("The receipt is in the close.")
        return (own,)
    before = sum(address_bytes(each) < address_bytes(node) for each in nodes)
    places = {max(before - 1, 0), min(before, len(nodes) - 1)}
    return tuple(shown(artifacts, place) for place in sorted(places))


def _signer(digest: Digest, signature: bytes) -> Address | None:
    try:
        return recover(digest, signature)
    except ProtocolError:
        return None
