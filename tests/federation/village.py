"""A small federation of real processes: a chain, an aggregator, two nodes, and somebody uninvited."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, final

from commonroot.aggregator.events import follow
from commonroot.aggregator.run import folder_of
from commonroot.base.flower import Workplace, supernode
from commonroot.base.processes import Child, Children, free_port
from commonroot.keys.certificates import new_flower_key
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
from commonroot.learning.nets import Conv4
from commonroot.learning.presets import DEMO
from commonroot.ledger import events
from commonroot.ledger.book import Book
from commonroot.ledger.connect import connect
from commonroot.ledger.deploy import deploy
from commonroot.ledger.ledger import Ledger
from commonroot.ledger.sender import Sender
from commonroot.node import membership, programs
from commonroot.node.kept import start_chain
from commonroot.node.planning import Choices, plan
from commonroot.tasks.drawn import drawn

ROUNDS = 3
POISONED = 2
"""The round in which the second node sends poison."""

PATIENCE = 420.0
"""Seconds that a busy machine gets for all of it."""

TINY = replace(
    DEMO,
    learner=replace(DEMO.learner, net=Conv4(filters=4, ways=5, side=28), local_steps=1),
    validation_tasks=2,
)


@final
@dataclass(slots=True)
class Village:
    """The people and processes of a federation."""

    folder: Path
    children: Children
    people: dict[str, Person] = field(default_factory=dict)
    running: dict[str, Child] = field(default_factory=dict)
    heard: list[dict[str, Any]] = field(default_factory=list)
    book: Book | None = None
    program: int = 0
    # What the story left for the tests to look at.
    stranger: int | None = None
    environments: dict[str, str] = field(default_factory=dict)
    ends: dict[str, int] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)

    def found(self) -> None:
        """Bring chain, contracts, program and members together."""
        _, rpc = start_chain(self.children, self.folder / "chain", self.folder / "chain.log")
        for name in ("aggregator", "ann", "bob"):
            self.people[name] = hire(name, self.folder / name, rpc, self.folder / "store")
        everybody = list(self.people.values())
        web3 = connect(rpc)
        give_gas(web3, everybody)
        aggregator = self.people["aggregator"]
        self.book = deploy(Sender(web3, WalletSigner(aggregator.wallet)))
        tell_addresses(self.book, everybody)
        ledger = self.ledger()
        choices = Choices(
            "test",
            rounds=ROUNDS,
            min_nodes=1,
            reward=ETHER,
            window=6,
            max_pending=2,
            patience=3600,
            deadline=300,
            grace=0,
        )
        self.program = programs.create(
            ledger,
            aggregator.store,
            plan(choices, drawn(1, 6, seed=9), TINY),
            aggregator=aggregator.address,
            budget=ROUNDS * ETHER,
        )
        for number, name in enumerate(("ann", "bob")):
            node = self.people[name]
            ledger.token.transfer(node.address, 1000 * ETHER)
            dataset = become_node(node, self.book, drawn(1, 6, seed=number), f"drawn:{number}:1x6")
            membership.enrol(node.ledger(self.book), self.program, dataset)

    def ledger(self, name: str = "aggregator") -> Ledger:
        """Return the contracts as somebody speaks to them."""
        assert self.book is not None
        return self.people[name].ledger(self.book)

    def start(self, name: str, *words: str) -> Child:
        """Start somebody's command."""
        command = [sys.executable, "-P", "-m", "commonroot.cli.root", *words]
        child = self.children.start(
            name,
            [*command, "--home", str(self.people[name].settings.home)],
            log=self.folder / f"{name}.log",
            env={**os.environ, "COMMONROOT_PASSWORD": PASSWORD, "NO_COLOR": "1"},
        )
        self.running[name] = child
        return child

    def start_aggregator(self) -> Child:
        """Start the aggregator's rounds."""
        return self.start("aggregator", "aggregator", "run", str(self.program), "--json")

    def start_node(self, name: str, *words: str) -> Child:
        """Start a node's part in them."""
        return self.start(name, "node", "run", str(self.program), "--yes", *words)

    def follow_until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Hear events until one is wanted; fail if a process ends before or it takes too long."""
        deadline, head = time.monotonic() + PATIENCE, self.running["aggregator"]
        for event in follow(self.memory / "events.jsonl", self._heard_bytes()):
            if event is None:
                assert time.monotonic() < deadline, self.logs()
                assert head.alive() or head.process.returncode == 0, self.logs()
                time.sleep(0.1)
                continue
            self.heard.append(event)
            if wanted(event):
                return event
        raise AssertionError("Events never end.")

    def send_a_stranger(self) -> int:
        """Start a SuperNode whose key nobody registered; return how it ends."""
        place = Workplace(self.folder / "stranger")
        place.prepare()
        key = self.folder / "stranger" / "key"
        new_flower_key().write(key)
        endpoint = events.endpoint(self.ledger(), self.program)
        assert endpoint is not None
        command = supernode(
            place,
            superlink=endpoint.endpoint,
            certificate=self.memory / "certificate.pem",
            key=key,
            port=free_port(),
            settings=self.folder / "none.json",
        )
        log = self.folder / "stranger.log"
        child = self.children.start(
            "The stranger", command, log=log, env=place.environment(), cwd=place.empty
        )
        return child.process.wait(PATIENCE)

    @property
    def memory(self) -> Path:
        """Return the aggregator's folder of the program."""
        return folder_of(self.people["aggregator"].settings, self.program)

    def logs(self) -> str:
        """Return the last words of everybody, for a test that fails."""
        paths = sorted(self.folder.rglob("*.log"))
        return "\n".join(f"== {path}\n{path.read_text()[-1500:]}" for path in paths)

    def _heard_bytes(self) -> int:
        path = self.memory / "events.jsonl"
        lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
        return sum(map(len, lines[: len(self.heard)]))


def processes_with(text: str) -> list[str]:
    """Return the command lines of all processes in whose arguments some text is."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it has ended since
            words = path.read_bytes().rstrip(b"\0").replace(b"\0", b" ").decode(errors="replace")
            found += [words] if text in words else []
    return found
