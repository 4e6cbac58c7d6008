"""A sponsor's side: a program is prepared, created, funded and ended, and looked at by anyone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from commonroot.base.errors import CommonrootError
from commonroot.ledger import events
from commonroot.ledger.gateways.records import Charter, Program
from commonroot.ledger.ledger import Ledger
from commonroot.ledger.paying import approve
from commonroot.protocol import spec as specs
from commonroot.protocol import tree
from commonroot.protocol.fixed import Fixed
from commonroot.protocol.hashing import Address
from commonroot.protocol.rules import Rules
from commonroot.protocol.spec import Spec
from commonroot.store.artifacts import Store
from commonroot.store.versions import put_seed


class NoSuchProgram(CommonrootError):
    """There is no program of that number."""

    hint = "`commonroot program list` shows those there are."

    def __init__(self, program: int, count: int) -> None:
        super().__init__(f"There is no program {program} among {count}.")
        self.program, self.count = program, count


@final
@dataclass(frozen=True, slots=True)
class Plan:
    """All that a program starts from."""

    spec: Spec
    seed: Fixed
    """Version 0."""
    validation: bytes
    """The public validation set, whose digest the spec names."""


@final
@dataclass(frozen=True, slots=True)
class Standing:
    """What the chain says of a program."""

    program: int
    state: Program
    rules: Rules
    ended: bool


def create(
    ledger: Ledger, store: Store, plan: Plan, *, aggregator: Address, budget: int, uri: str = ""
) -> int:
    """Start a program paid in the ledger's token; return its number, which is also its model's."""
    # Everything that the chain is about to name is in the store before it is named.
    store.put(plan.spec.text)
    store.put(plan.validation)
    charter = Charter(
        spec=plan.spec.digest,
        token=ledger.book.token,
        aggregator=aggregator,
        seed=tree.vector_root(plan.seed),
        manifest=put_seed(store, plan.seed),
        uri=uri,
    )
    approve(ledger, ledger.token, ledger.book.programs, budget)
    return ledger.programs.create(plan.spec.rules, charter, budget)


def fund(ledger: Ledger, program: int, amount: int) -> None:
    """Add to a program's budget."""
    token = ledger.token_at(standing(ledger, program).state.token)
    approve(ledger, token, ledger.book.programs, amount)
    ledger.programs.fund(program, amount)


def end(ledger: Ledger, program: int, *, to: Address | None = None) -> int:
    """Let no more rounds open; where none is in progress, return the rest of the budget to `to`."""
    now = standing(ledger, program)
    if not now.state.ending:
        ledger.programs.end(program)
    if not ledger.programs.has_ended(program) or now.state.budget == 0:
        return 0
    ledger.programs.refund(program, to or ledger.account)
    return now.state.budget


def appoint(ledger: Ledger, program: int, aggregator: Address) -> None:
    """Give a program an aggregator, or the same one its time anew; the sponsor's, between rounds."""
    require(ledger, program)
    ledger.programs.appoint(program, aggregator)


def take_over(ledger: Ledger, program: int) -> None:
    """Become a program's aggregator, as one of its nodes, where the last one is long overdue."""
    require(ledger, program)
    ledger.programs.take_over(program)


def release(ledger: Ledger, program: int, node: Address) -> None:
    """Take out of a program an account that is no member any more."""
    require(ledger, program)
    ledger.enrolments.release(program, node)


def standing(ledger: Ledger, program: int) -> Standing:
    """Return what the chain says of a program now."""
    require(ledger, program)
    gateway = ledger.programs
    return Standing(
        program, gateway.program(program), gateway.rules(program), gateway.has_ended(program)
    )


def all_programs(ledger: Ledger) -> list[Standing]:
    """Return all programs, oldest first."""
    return [standing(ledger, number) for number in range(1, ledger.programs.count() + 1)]


def spec_of(ledger: Ledger, store: Store, program: int) -> Spec:
    """Return a program's spec from the store; refuse one that is not what the chain names."""
    now = standing(ledger, program)
    spec = specs.parse(store.get(now.state.spec))
    spec.require(now.state.spec, now.rules)
    return spec


def members(ledger: Ledger, program: int) -> list[events.EnrolmentRecord]:
    """Return who takes part in a program now."""
    require(ledger, program)
    return events.enrolments(ledger, program)


def require(ledger: Ledger, program: int) -> None:
    """Raise unless there is a program of that number."""
    count = ledger.programs.count()
    if not 1 <= program <= count:
        raise NoSuchProgram(program, count)
