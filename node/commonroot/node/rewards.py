"""What rounds owe a node, and what its shares of a model earn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from commonroot.base.errors import CommonrootError
from commonroot.ledger import events
from commonroot.ledger.gateways.records import Payroll
from commonroot.ledger.ledger import Ledger
from commonroot.node.programs import require
from commonroot.protocol.hashing import Address, Digest, to_hex
from commonroot.protocol.payout import Payout, proof, tree_root
from commonroot.store.artifacts import Store
from commonroot.store.versions import get_manifest


class WrongPayroll(CommonrootError):
    """A round's manifest does not say what the chain owes."""

    hint = "The store may be somebody else's: name the one that the aggregator writes to."

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
    payroll: Payroll
    payouts: tuple[Payout, ...]
    claimed: int
    """One bit for each payout that was claimed."""


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
        return bool(self.payday.claimed >> self.index & 1)


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


def paydays(ledger: Ledger, store: Store, program: int) -> list[Payday]:
    """Return the payouts of a program's final rounds, checked against the chain."""
    require(ledger, program)
    finals = [each for each in events.rounds(ledger, program) if each.payroll is not None]
    return [_payday(ledger, store, record) for record in finals]


def rewards(ledger: Ledger, store: Store, program: int, account: Address) -> list[Reward]:
    """Return what a program's final rounds owe an account, claimed or not."""
    return [
        Reward(payday, index)
        for payday in paydays(ledger, store, program)
        for index, paid in enumerate(payday.payouts)
        if paid.node == account
    ]


def claim(ledger: Ledger, owed: Sequence[Reward], to: Address | None = None) -> int:
    """Take what was not taken yet; return the amount."""
    open_ones = [reward for reward in owed if not reward.claimed]
    for reward in open_ones:
        payday = reward.payday
        ledger.programs.claim(
            payday.program,
            payday.round,
            payday.payroll,
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


def _payday(ledger: Ledger, store: Store, record: events.RoundRecord) -> Payday:
    assert record.payroll is not None
    assert record.proposal is not None
    payouts = get_manifest(store, record.proposal.manifest).payouts
    found = Payroll.of(tree_root(payouts), len(payouts))
    if found != record.payroll:
        raise WrongPayroll(record.round, record.payroll.digest(), found.digest())
    claimed = ledger.programs.round(record.program, record.round).claimed
    return Payday(record.program, record.round, record.payroll, payouts, claimed)
