"""
The acts of a demo, in the order in which they are played; `commonroot.lab.demo` plays them.

In one round a node sends a poisoned delta, in another one's power is cut.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, final

import torch

from commonroot.aggregator.events import follow
from commonroot.aggregator.run import folder_of
from commonroot.base.errors import CommonrootError
from commonroot.base.processes import Child, Children
from commonroot.keys.places import licence_keys
from commonroot.keys.signer import WalletSigner
from commonroot.lab.cast import (
    ETHER,
    PASSWORD,
    Person,
    become_node,
    give_gas,
    hire,
    tell_addresses,
)
from commonroot.lab.material import Material
from commonroot.ledger.book import Book
from commonroot.ledger.connect import connect
from commonroot.ledger.deploy import deploy
from commonroot.ledger.sender import Sender
from commonroot.market import buy, offers, provider, pull, use
from commonroot.market.use import Gain, Measured
from commonroot.node import membership, programs, rewards, verify
from commonroot.node.kept import start_chain
from commonroot.node.planning import Choices, plan
from commonroot.node.verify import Verdict
from commonroot.protocol.hashing import Address
from commonroot.store import modelfile
from commonroot.store.shelf import Shelf
from commonroot.tasks.characters import CharacterSet

NODES = 4
POISONER, POISONED_ROUND = 2, 3
CRASHER, CRASH_ROUND = 3, 5
"""Of the four nodes, counted from zero, who spoils a delta and whose power is cut, and when."""

PRICE = 1_000 * ETHER
_POCKET_MONEY = 5_000 * ETHER
_TASKS = 40

_COMPLAINT = "Error: "
"""How a command of ours begins to say why it ends."""

Event = Mapping[str, Any]
Incident = dict[str, Any]
Tell = Callable[[Event], None]
"""Takes what happens: the aggregator's events, and `phase`, `step` and `crashed` of the demo's own."""


class RoundsUnfinished(CommonrootError):
    """The aggregator or a node ended before all rounds were final."""


@final
@dataclass(frozen=True, slots=True)
class Options:
    """What a person chooses of a demo."""

    folder: Path
    data: Path | None = None
    """The folder with Omniglot's archives; None draws characters."""
    rounds: int = 8


@final
@dataclass(frozen=True, slots=True)
class Sale:
    """A licence, from the offer to the file."""

    offer: int
    purchase: int
    file: Path
    verdict: Verdict


@final
@dataclass(frozen=True, slots=True)
class Money:
    """What was taken, by account, in the token's smallest units."""

    payouts: Mapping[Address, int]
    income: Mapping[Address, int]


@final
@dataclass(slots=True)
class Acts:
    """A demo's acts, one method each, and what was noted on the way."""

    options: Options
    tell: Tell
    children: Children
    seconds: dict[str, float] = field(default_factory=dict)
    quarantined: list[Incident] = field(default_factory=list)
    crashed: dict[Address, Incident] = field(default_factory=dict)
    """Who fell silent, and where first."""

    # Setting up

    def chain(self) -> tuple[Child, str]:
        """Start the chain."""
        with self._phase("chain"):
            folder = self.options.folder
            log = folder / "logs" / "chain.log"
            return start_chain(self.children, folder / "chain", log, block_time=1.0)

    def people(self, rpc: str) -> list[Person]:
        """Make everybody's home and wallet: sponsor, aggregator, buyer, and the nodes."""
        folder, store = self.options.folder, self.options.folder / "store"
        names = ["aggregator", "buyer", *(f"node-{number + 1}" for number in range(NODES))]
        with self._phase("people"):
            made = [hire("sponsor", folder, rpc, store)]
            made += [hire(name, folder / name, rpc, store) for name in names]
            give_gas(connect(rpc), made)
        return made

    def deploy(self, people: list[Person]) -> Book:
        """Put the contracts on the chain, and test money into everybody's account."""
        with self._phase("contracts"):
            sponsor = people[0]
            web3 = connect(sponsor.settings.rpc)
            book = deploy(Sender(web3, WalletSigner(sponsor.wallet)))
            tell_addresses(book, people)
            ledger = sponsor.ledger(book)
            for person in people[1:]:
                ledger.token.transfer(person.address, _POCKET_MONEY)
        return book

    def program(self, people: list[Person], book: Book, material: Material) -> int:
        """Create and fund the program, and have the nodes join it."""
        sponsor, aggregator, _, *nodes = people
        with self._phase("program"):
            choices = Choices(
                name="few-shot characters",
                rounds=self.options.rounds,
                reward=100 * ETHER,
                window=6,
                patience=120,
                max_pending=2,  # the next round trains while a proposal waits
                seed=1,
            )
            made = programs.create(
                sponsor.ledger(book),
                sponsor.store,
                plan(choices, material.validation),
                aggregator=aggregator.address,
                budget=self.options.rounds * choices.reward,
            )
        with self._phase("nodes"):
            for number, (node, own) in enumerate(zip(nodes, material.nodes, strict=True)):
                dataset = become_node(node, book, own, material.name_of(number))
                membership.enrol(node.ledger(book), made, dataset)
                self.tell({"event": "joined", "node": node.address, "name": node.name})
        return made

    # The rounds

    def rounds(self, people: list[Person], program: int, chain: Child) -> None:
        """Start the aggregator and the nodes, and follow them until all rounds are final."""
        _, aggregator, _, *nodes = people
        with self._phase("rounds"):
            head = self._command(aggregator, "aggregator", "run", str(program), "--json")
            # Nodes warm up while the aggregator does.
            running = [self._node(person, number, program) for number, person in enumerate(nodes)]
            watched = [chain, head, *running]
            path = folder_of(aggregator.settings, program) / "events.jsonl"
            for event in follow(path):
                if event is None:
                    for child in watched:
                        _require_alive(child)
                    time.sleep(0.1)
                    continue
                self._note(event, nodes)
                if event["event"] == "round_opened" and event["round"] == CRASH_ROUND:
                    self._cut_power(nodes[CRASHER], running[CRASHER], event)
                    watched.remove(running[CRASHER])
                if event["event"] == "done":
                    break
            for child in (head, *running):
                child.stop()

    def _node(self, person: Person, number: int, program: int) -> Child:
        words = ["node", "run", str(program), "--yes"]
        if number == POISONER:
            words += ["--rehearse", f"commonroot.lab.attacks:boost:{POISONED_ROUND}"]
        return self._command(person, *words)

    def _command(self, person: Person, *words: str) -> Child:
        command = [sys.executable, "-P", "-m", "commonroot.cli.root", *words]
        return self.children.start(
            f"`commonroot {words[0]} run` of {person.name}",
            [*command, "--home", str(person.settings.home)],
            log=self.options.folder / "logs" / f"{person.name}.log",
            env={**os.environ, "COMMONROOT_PASSWORD": PASSWORD, "NO_COLOR": "1"},
        )

    def _note(self, event: Event, nodes: list[Person]) -> None:
        if event["event"] == "refused":
            self.quarantined.append(_incident(event, nodes))
        if event["event"] == "silent":
            self.crashed.setdefault(event["node"], _incident(event, nodes))
        self.tell(event)

    def _cut_power(self, person: Person, child: Child, event: Event) -> None:
        # By now the round's message is out: the node is lost in the middle of its work.
        child.crash()
        self.tell({**event, "event": "crashed", "node": person.address, "name": person.name})

    # The sale

    def sale(self, people: list[Person], book: Book, model: int) -> Sale:
        """License the last version to the buyer, who pulls it and holds it against the chain."""
        sponsor, aggregator, buyer, *_ = people
        with self._phase("licence"):
            seller, taker = sponsor.ledger(book), buyer.ledger(book)
            version = seller.models.head(model)
            offer = offers.sell(
                seller, sponsor.store, model, version, price=PRICE, provider=aggregator.address
            )
            keys = licence_keys(buyer.settings.home, buyer.name)
            purchase = buy.buy(taker, buyer.store, keys, offer)
            from_home = provider.Keys(aggregator.store, aggregator.settings.home)
            provider.deliver_all(aggregator.ledger(book), from_home)
            file = buyer.settings.home / f"model-{model}-v{version}.safetensors"
            pull.pull(taker, buyer.store, keys, model, file)
            return Sale(offer, purchase, file, verify.verify_file(taker, file))

    def accuracy(
        self, people: list[Person], book: Book, sale: Sale, characters: CharacterSet
    ) -> tuple[Gain, Measured]:
        """Measure version 0 and the licensed version on tasks that no node ever had."""
        buyer = people[2]
        with self._phase("accuracy"):
            path = sale.file.with_name("version-0.safetensors")
            pull.pull_open(buyer.ledger(book), buyer.store, sale.verdict.model, 0, path)
            # Threads that wait for one another cost more than they bring once cores are busy.
            torch.set_num_threads(1)
            first = modelfile.read(path)
            gained = use.gain(first.spec, first.lanes, characters, tasks=_TASKS, seed=7)
            return gained, use.adapt(sale.file, characters, tasks=_TASKS, seed=7)

    # Money

    def money(self, people: list[Person], book: Book, model: int) -> Money:
        """Have everybody claim what rounds and sales owe them."""
        sponsor, _, _, *nodes = people
        paid: dict[Address, int] = {}
        income: dict[Address, int] = {}
        with self._phase("payouts"):
            for person in (sponsor, *nodes):
                ledger = person.ledger(book)
                shelf = Shelf.of(person.settings.home)
                owed = rewards.rewards(ledger, person.store, model, person.address, shelf)
                if owed:
                    paid[person.address] = rewards.claim(ledger, owed)
                earned = rewards.withdraw(ledger, model)
                if earned:
                    income[person.address] = earned
        return Money(paid, income)

    def recompute(self, people: list[Person], book: Book, model: int) -> Verdict:
        """Compute the last version again from the recorded deltas, as the sponsor may."""
        sponsor = people[0]
        with self._phase("verification"):
            ledger = sponsor.ledger(book)
            version = ledger.models.head(model)
            return verify.recompute(ledger, sponsor.store, model, version, [sponsor.wallet])

    @contextmanager
    def _phase(self, name: str) -> Iterator[None]:
        self.tell({"event": "phase", "name": name})
        begun = time.monotonic()
        yield
        self.seconds[name] = round(time.monotonic() - begun, 2)


def _incident(event: Event, nodes: list[Person]) -> Incident:
    name = next(person.name for person in nodes if person.address == event["node"])
    return {"node": event["node"], "name": name, "round": event["round"], "why": event["why"]}


def _require_alive(child: Child) -> None:
    """Raise, in the words of a command of ours, if it ended; in the system's if it had none."""
    if child.alive():
        return
    lines = child.log.read_text(errors="replace").splitlines()
    said = [line.removeprefix(_COMPLAINT) for line in lines if line.startswith(_COMPLAINT)]
    if said:
        raise RoundsUnfinished(f"{child.name} gave up: {said[-1]}", hint=f"Its log: {child.log}")
    child.require_alive()
