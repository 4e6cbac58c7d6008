"""What rounds owe a node, and what its shares of a model earn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from commonroot.base.errors import CommonrootError, ProtocolError
from commonroot.ledger import events
from commonroot.ledger.gateways.records import Round, Stage
from commonroot.ledger.ledger import Ledger
from commonroot.node.programs import require
from commonroot.protocol.hashing import Address, Digest, to_hex
from commonroot.protocol.payout import Payout, proof, tree_root
from commonroot.protocol.round import Proposal
from commonroot.store.artifacts import Store
from commonroot.store.errors import StoreError
from commonroot.store.shelf import Shelf
from commonroot.store.versions import get_manifest


class WrongPayouts(CommonrootError):
    """A round's manifest does not say what the chain owes."""

    hint = "Who proposed the round wrote a manifest that does not fit it; ask it for the payouts."

    def __init__(self, round: int, expected: Digest, found: Digest) -> None:
        super().__init__(
            f"The payouts of round {round} come to {to_hex(found)}; the chain has {to_hex(expected)}."
        )
        self.round, self.expected, self.found = round, expected, found


@final
@dataclass(frozen=True, slots=True)
class Payday:
    """A final round's payouts, which are what the chain owes."""

    program: int
    round: int
    proposal: Proposal
    payouts: tuple[Payout, ...]
    state: Round


@final
@dataclass(frozen=True, slots=True)
class Trouble:
    """A final round whose payouts nobody here knows, and why."""

    round: int
    manifest: Digest
    why: CommonrootError


@final
@dataclass(frozen=True, slots=True)
class Paydays:
    """All final rounds of a program: one that cannot be read does not hide the others."""

    known: tuple[Payday, ...]
    unknown: tuple[Trouble, ...]

    def of(self, account: Address) -> list[Reward]:
        """Return what an account is owed, claimed or not."""
        return [
            Reward(payday, index)
            for payday in self.known
            for index, paid in enumerate(payday.payouts)
            if paid.node == account
        ]


@final
@dataclass(frozen=True, slots=True)
class Reward:
    """What one round owes one node."""

    payday: Payday
    index: int

    @property
    def payout(self) -> Payout:
        """Return the leaf of the sum tree."""
        return self.payday.payouts[self.index]

    @property
    def claimed(self) -> bool:
        """Say whether it was taken."""
        return self.payday.state.has_claimed(self.index)


@final
@dataclass(frozen=True, slots=True)
class Income:
    """What an account has of a model's licence income."""

    model: int
    account: Address
    shares: int
    all_shares: int
    pending: int
    """What it could withdraw now."""
    unsettled: int
    """What the model took in and nobody has divided yet."""


def paydays(ledger: Ledger, store: Store, program: int, shelf: Shelf | None = None) -> Paydays:
    """Return the payouts of a program's final rounds, checked against the chain."""
    require(ledger, program)
    known, unknown = [], []
    for record in events.rounds(ledger, program):
        if record.stage is not Stage.FINALIZED or record.proposal is None:
            continue
        try:
            known.append(_payday(ledger, store, shelf, record, record.proposal))
        except (StoreError, ProtocolError, WrongPayouts) as exc:
            unknown.append(Trouble(record.round, record.proposal.manifest, exc))
    return Paydays(tuple(known), tuple(unknown))


def rewards(
    ledger: Ledger, store: Store, program: int, account: Address, shelf: Shelf | None = None
) -> list[Reward]:
    """Return what a program's final rounds owe an account, claimed or not, as far as is known here."""
    return paydays(ledger, store, program, shelf).of(account)


def claim(ledger: Ledger, owed: Sequence[Reward], to: Address | None = None) -> int:
    """Take what was not taken yet; return the amount."""
    open_ones = [reward for reward in owed if not reward.claimed]
    for reward in open_ones:
        payday = reward.payday
        ledger.programs.claim(
            payday.program,
            payday.round,
            payday.proposal,
            reward.index,
            reward.payout,
            proof(payday.payouts, reward.index),
            to or ledger.account,
        )
    return sum(reward.payout.payout for reward in open_ones)


def income(ledger: Ledger, model: int, account: Address) -> Income:
    """Return what an account has of a model's licence income."""
    require(ledger, model)
    whole = ledger.licences.income(model)
    return Income(
        model=model,
        account=account,
        shares=ledger.licences.shares_of(model, account),
        all_shares=whole.shares,
        pending=ledger.licences.pending(model, account),
        unsettled=whole.inbox,
    )


def withdraw(ledger: Ledger, model: int, to: Address | None = None) -> int:
    """Divide what a model took in, and take the account's part; return the amount, which may be 0."""
    if income(ledger, model, ledger.account).unsettled:
        ledger.licences.settle(model)
    if not income(ledger, model, ledger.account).pending:
        return 0
    return ledger.licences.withdraw(model, to or ledger.account)


def _payday(
    ledger: Ledger,
    store: Store,
    shelf: Shelf | None,
    record: events.RoundRecord,
    proposal: Proposal,
) -> Payday:
    digest = proposal.manifest
    manifest = shelf.manifest(store, digest) if shelf else get_manifest(store, digest)
    payouts = manifest.payouts
    top = tree_root(payouts)
    promised = proposal.payout_root, proposal.payout_sum, proposal.shares_sum, proposal.count
    if (top.digest, top.payout, top.shares, len(payouts)) != promised:
        raise WrongPayouts(record.round, proposal.payout_root, top.digest)
    state = ledger.programs.round(record.program, record.round)
    return Payday(record.program, record.round, proposal, payouts, state)
