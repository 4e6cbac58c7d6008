"""
`commonroot node run`: supervises a SuperNode and the warm process of its app until a program is done.

The receipt key stays in this process. The app gets its signatures through a socket, from an agent that
signs receipts of this one program from this one dataset, and never two deltas for one epoch.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import final

from commonroot.base.errors import ProtocolError
from commonroot.base.files import write_whole
from commonroot.base.flower import Workplace, executor, supernode
from commonroot.base.processes import Child, Children, free_port
from commonroot.base.settings import Settings
from commonroot.client.errors import NotReady
from commonroot.client.ready import (
    Part,
    find_aggregator,
    require_keys,
    require_pinned,
    take_part,
    what_leaves,
)
from commonroot.client.rehearsal import Rehearsal
from commonroot.client.settings import RunSettings
from commonroot.keys.agent import serve
from commonroot.keys.certificates import read_flower_key
from commonroot.keys.policy import Policy
from commonroot.keys.signer import WalletSigner
from commonroot.keys.wallet import Wallet
from commonroot.ledger import events
from commonroot.ledger.gateways.records import Stage
from commonroot.ledger.ledger import Ledger
from commonroot.protocol.hashing import Address, to_hex
from commonroot.protocol.receipt import Domain
from commonroot.store.artifacts import Store
from commonroot.store.errors import StoreError
from commonroot.store.shelf import Shelf

log = logging.getLogger(__name__)

LOOK = 2.0
"""Seconds between looks at the chain: is the program over, has the aggregator moved?"""

_CONNECTED = b"SuperNode ID:"
_AGAIN, _MOST = 1.0, 10.0  # seconds before a SuperNode that was turned away tries once more


@final
@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person decides about a run beforehand."""

    agree: Callable[[list[str]], None]
    """Shows what leaves the machine; raises if that is not agreed to."""
    tell: Callable[[str], None]
    """Says how it goes, a sentence at a time."""
    pinned: str | None = None
    """The only spec that is agreed to, by its digest."""
    rehearsal: str = ""
    patience: float = 600.0
    """Seconds to wait for the aggregator."""


@final
@dataclass(frozen=True, slots=True)
class Supervisor:
    """What one run of a node works with."""

    home: Path
    rpc: str
    ledger: Ledger
    store: Store
    part: Part
    receipt_key: Wallet
    wishes: Wishes

    @property
    def folder(self) -> Path:
        """Return where the node keeps what belongs to this program."""
        return self.home / "node" / str(self.part.program) / self.part.account

    @property
    def workplace(self) -> Workplace:
        """Return where its Flower processes live."""
        return Workplace(self.folder / "flower")


def run(
    settings: Settings,
    program: int,
    account: Address,
    receipt_key: Wallet,
    *,
    rpc: str,
    wishes: Wishes,
) -> None:
    """Take part in a program until its rounds are done."""
    ledger = Ledger.of_file(rpc, settings.home / "book.json")
    Rehearsal.read(wishes.rehearsal, ledger.book.chain_id)
    store, home = Store.at(settings.store_url), settings.home
    part = take_part(ledger, store, home, program, account=account, wallet=settings.wallet)
    require_pinned(part, wishes.pinned)
    require_keys(ledger, part, receipt_key.address, read_flower_key(part.flower_key).der)
    wishes.agree(what_leaves(part))
    with ExitStack() as stack:
        _supervise(Supervisor(home, rpc, ledger, store, part, receipt_key, wishes), stack)


def _supervise(run: Supervisor, stack: ExitStack) -> None:
    run.workplace.prepare()
    socket = stack.enter_context(_agent(run))
    settings = _settings(run, socket)
    children = stack.enter_context(Children())
    port = free_port()
    # First, since it takes seconds to get warm and needs nobody for that.
    app = children.start(
        "The node's app",
        executor(run.workplace, "client", f"127.0.0.1:{port}"),
        log=run.folder / "logs" / "app.log",
        env=run.workplace.environment(),
        cwd=run.workplace.empty,
    )
    while not run.ledger.programs.has_ended(run.part.program):
        _require_agreed(run)
        endpoint, pem = find_aggregator(
            run.ledger, run.part.program, run.wishes.patience, run.wishes.tell
        )
        certificate = run.folder / "aggregator.pem"
        write_whole(certificate, pem)
        command = supernode(
            run.workplace,
            superlink=endpoint,
            certificate=certificate,
            key=run.part.flower_key,
            port=port,
            settings=settings,
        )
        node = _Node(run, children, command)
        node.stay(endpoint, app)
    _keep_manifests(run)
    run.wishes.tell(f"Program {run.part.program} is done.")


def _require_agreed(run: Supervisor) -> None:
    """Raise if the program has another aggregator than the one whom deltas were agreed to be shown."""
    aggregator = run.ledger.programs.program(run.part.program).aggregator
    if aggregator != run.part.state.aggregator:
        raise NotReady(
            f"Program {run.part.program} is run by {aggregator} now, not by {run.part.state.aggregator}.",
            hint="Run the command again to agree that your deltas go there.",
        )


def _keep_manifests(run: Supervisor) -> None:
    """Keep a copy of what each final round was made of, so that its reward depends on nobody's store."""
    shelf = Shelf.of(run.home)
    for record in events.rounds(run.ledger, run.part.program):
        if record.stage is Stage.FINALIZED and record.proposal is not None:
            try:
                shelf.keep(run.store, record.proposal.manifest)
            except (StoreError, ProtocolError) as exc:
                log.warning("The manifest of round %s is not kept yet: %s", record.round, exc)


@final
class _Node:
    """A SuperNode, started again until it is let in."""

    def __init__(self, run: Supervisor, children: Children, command: list[str]) -> None:
        self._run, self._children, self._command = run, children, command
        self._log = run.folder / "logs" / "supernode.log"
        self._connected, self._pause = False, _AGAIN
        self._finalized = -1
        self._child = self._start()

    def stay(self, endpoint: str, app: Child) -> None:
        """Stay connected until the program is done or the aggregator has moved."""
        deadline, next_look = time.monotonic() + self._run.wishes.patience, 0.0
        while True:
            if time.monotonic() >= next_look:
                if self._over(endpoint):
                    break
                next_look = time.monotonic() + LOOK
            app.require_alive()
            self._see_to_node(endpoint, deadline)
            time.sleep(0.2)
        self._child.stop()

    def _see_to_node(self, endpoint: str, deadline: float) -> None:
        """Start the SuperNode again while it is turned away; raise once it ends after that."""
        if not self._connected and self._let_in():
            self._connected = True
            self._run.wishes.tell(f"Connected to the aggregator at {endpoint}.")
        if not self._child.alive():
            if self._connected or time.monotonic() > deadline:
                self._child.require_alive()
            time.sleep(self._pause)
            self._pause = min(2 * self._pause, _MOST)
            self._child = self._start()

    def _start(self) -> Child:
        self._begins = self._log.stat().st_size if self._log.exists() else 0
        place = self._run.workplace
        return self._children.start(
            "The SuperNode",
            self._command,
            log=self._log,
            env=place.environment(),
            cwd=place.empty,
        )

    def _let_in(self) -> bool:
        with self._log.open("rb") as log:
            log.seek(self._begins)
            return _CONNECTED in log.read()

    def _over(self, endpoint: str) -> bool:
        ledger, program = self._run.ledger, self._run.part.program
        finalized = ledger.programs.program(program).finalized
        if finalized != self._finalized:
            _keep_manifests(self._run)
            self._finalized = finalized
        said = events.endpoint(ledger, program)
        # Where nobody says it any more, another aggregator came.
        return said is None or said.endpoint != endpoint or ledger.programs.has_ended(program)


def _agent(run: Supervisor) -> AbstractContextManager[Path]:
    """Return the agent that signs for the app."""
    book, part = run.ledger.book, run.part
    policy = Policy(
        domain=Domain(book.chain_id, book.programs),
        program=part.program,
        datasets=frozenset({part.dataset}),
        most_weight=part.weight,
    )
    # The memory is the account's, not the program's: two runs must not sign past each other.
    memory = run.home / "node" / f"signed-{part.account}.json"
    return serve(WalletSigner(run.receipt_key), policy, memory=memory)


def _settings(run: Supervisor, socket: Path) -> Path:
    """Write down what the app must know; return where."""
    book, part = run.ledger.book, run.part
    spec, path = run.folder / "spec.json", run.folder / "settings.json"
    write_whole(spec, part.spec.text)
    RunSettings(
        rpc=run.rpc,
        chain_id=book.chain_id,
        programs=book.programs,
        models=book.models,
        program=part.program,
        account=part.account,
        aggregator=part.state.aggregator,
        dataset=to_hex(part.dataset),
        records=str(part.owned.folder),
        weight=part.weight,
        spec=str(spec),
        memory=str(run.folder / "rounds"),
        agent=str(socket),
        rehearsal=run.wishes.rehearsal,
    ).write(path)
    return path
