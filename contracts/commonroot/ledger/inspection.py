"""
Proves that what stands on a chain is a deployment of ours.

The deployer's address is worked out from the terms that it states and from our own code: an address by
CREATE2 commits to both. Every part's address follows from the deployer's. On top of that each part's
code is compared, and it is asked what its constructor was told.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from web3 import Web3

from commonroot.contracts import load
from commonroot.ledger.book import Book
from commonroot.ledger.deployed import Deployed
from commonroot.ledger.errors import DeploymentMismatch, NoContract
from commonroot.ledger.factory import code_at
from commonroot.ledger.plan import DEPLOYER, PARTS, Plan, Terms
from commonroot.protocol.hashing import to_address


class AnotherDeployment(DeploymentMismatch):
    """An address book is not that of one deployment of this version."""

    hint = "Ask for the address book of those who deployed, or deploy with `commonroot deploy`."


def check(web3: Web3, book: Book) -> None:
    """Raise unless every contract of a book is there, is ours, and was told the right things."""
    for name in (DEPLOYER, *PARTS):
        address = book.places()[name.lower()]
        if not load(name).fits(code_at(web3, address)):
            raise NoContract(name, address)
    plan = plan_at(web3, book)
    if plan.deployer != book.deployer:
        raise AnotherDeployment("The deployer's address", plan.deployer, book.deployer)
    for name, expected in {"Token": plan.token, **plan.places}.items():
        found = book.places()[name.lower()]
        if found != expected:
            raise AnotherDeployment(f"The address of {name}", expected, found)
    for name in PARTS:
        _ask(web3, name, plan)


def plan_at(web3: Web3, book: Book) -> Plan:
    """Return the plan that a book's deployer states."""
    stated = Deployed.at(web3, DEPLOYER, book.deployer).call("terms")
    token, minimum_bond, unbonding, floor, answers, delivery, dispute = stated
    terms = Terms(
        token=to_address(token),
        minimum_bond=minimum_bond,
        unbonding_delay=unbonding,
        answer_floor=floor,
        answers_per_second=answers,
        delivery_time=delivery,
        dispute_time=dispute,
    )
    return Plan(to_address(token), terms)


def told(name: str) -> Iterator[str]:
    """Yield what a contract's constructor is told and the contract says again when asked."""
    abi = load(name).abi
    views = {each["name"] for each in abi if each["type"] == "function" and not each["inputs"]}
    for each in abi:
        if each["type"] == "constructor":
            yield from (
                given for one in each["inputs"] if (given := one["name"].rstrip("_")) in views
            )


def _ask(web3: Web3, name: str, plan: Plan) -> None:
    knows, deployed = plan.knowledge(), Deployed.at(web3, name, plan.places[name])
    for what in told(name):
        found: Any = deployed.call(what)
        if found != knows[what]:
            raise AnotherDeployment(f"{name}.{what}", str(knows[what]), str(found))
