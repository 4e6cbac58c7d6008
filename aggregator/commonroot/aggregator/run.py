"""
`commonroot aggregator run`: supervises a SuperLink and the server app until a program is done.

The wallet stays in this process. The app gets its signatures through a socket, from an agent that signs
this program's acks and the calls of its rounds, and nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from commonroot.aggregator.events import Events, follow
from commonroot.aggregator.lock import alone
from commonroot.aggregator.ready import (
    Role,
    certificate_in,
    inherit_key,
    recover_bond,
    see_to_bond,
    sponsor_key,
    take_on,
)
from commonroot.aggregator.settings import WHERE, RunSettings
from commonroot.base.errors import CommonrootError, PortTaken
from commonroot.base.files import write_whole
from commonroot.base.flower import Workplace, executor, superlink, wait_until_open
from commonroot.base.processes import Child, Children, free_port, require_free
from commonroot.base.settings import Settings
from commonroot.keys.agent import serve
from commonroot.keys.policy import Calls, Policy
from commonroot.keys.signer import WalletSigner
from commonroot.keys.wallet import Wallet
from commonroot.ledger.ledger import Ledger
from commonroot.protocol.hashing import keccak, to_hex
from commonroot.protocol.receipt import Domain
from commonroot.store.artifacts import Store

HOST = "127.0.0.1"
"""A SuperLink whose port others reach is theirs: it listens on this machine alone."""

_STEPS = (
    "setEndpoint",
    "anchor",
    "open",
    "openFrom",
    "close",
    "drawSeed",
    "propose",
    "finalize",
    "abandon",
)
"""The functions of Programs that the app may have called: none of them moves money out."""

_ANSWERS = ("answerRow", "answerColumn", "answerContributions")
"""The functions of Demands that it may: they earn a fee."""

DEV_CHAIN = 31337
CONFIRMATIONS = 3
"""Blocks that are waited for where blocks may be replaced, which on a dev chain they are not."""

_MOST_GAS = 16_777_216
_MOST_FEE = 10**18
"""The most wei that one step may cost: without a bound, one transaction could burn all that is there."""

Tell = Callable[[Mapping[str, Any]], None]
"""Takes events as they happen: those of `aggregator.events`, and the supervisor's own."""


class RoundsFailed(CommonrootError):
    """The server app gave up, and said why."""


@final
@dataclass(frozen=True, slots=True)
class Supervisor:
    """What one run of an aggregator works with."""

    settings: Settings
    rpc: str
    ledger: Ledger
    store: Store
    wallet: Wallet
    role: Role
    tell: Tell
    confirmations: int

    @property
    def folder(self) -> Path:
        """Return where the aggregator keeps what it must not forget."""
        return folder_of(self.settings, self.role.program)

    @property
    def workplace(self) -> Workplace:
        """Return where its Flower processes live."""
        return Workplace(self.folder / "flower")


def folder_of(settings: Settings, program: int) -> Path:
    """Return where a home's aggregator of a program keeps what it must not forget."""
    return settings.home / "aggregator" / str(program)


def run(
    settings: Settings,
    program: int,
    wallet: Wallet,
    *,
    rpc: str,
    port: int = 0,
    confirmations: int | None = None,
    tell: Tell,
) -> None:
    """Run a program's rounds to their end."""
    ledger = Ledger.of_file(rpc, settings.home / "book.json", WalletSigner(wallet))
    store = Store.at(settings.store_url)
    role = take_on(ledger, store, program)
    if confirmations is None:
        confirmations = 0 if ledger.book.chain_id == DEV_CHAIN else CONFIRMATIONS
    supervisor = Supervisor(settings, rpc, ledger, store, wallet, role, tell, confirmations)
    with alone(supervisor.folder / "run.lock"), ExitStack() as stack:
        _supervise(supervisor, _port(supervisor, port), stack)


def _port(run: Supervisor, wanted: int) -> int:
    """Return the port to listen on: the last run's if it is free, since nodes come back there."""
    path = run.folder / "port"
    port = wanted or _last_port(path) or free_port(HOST)
    require_free(HOST, port)
    write_whole(path, str(port).encode())
    return port


def _last_port(path: Path) -> int | None:
    try:
        port = int(path.read_text())
        require_free(HOST, port)
    except (FileNotFoundError, ValueError, PortTaken):
        return None
    return port


def _supervise(run: Supervisor, port: int, stack: ExitStack) -> None:
    run.tell(_begins(run, f"{HOST}:{port}"))
    _bond(run)
    if not inherit_key(run.ledger, run.store, run.wallet, run.folder, run.role):
        why = (
            "The newest version cannot be read from here; the next round starts from an older one."
        )
        run.tell({"event": "unreadable", "why": why})
    certificate, key, _ = certificate_in(run.folder)
    workplace, address = run.workplace, f"{HOST}:{port}"
    workplace.prepare()
    workplace.connect(address, certificate)
    events = Events(run.folder / "events.jsonl")
    start = events.end()
    socket = stack.enter_context(_agent(run))
    settings = _settings(run, socket, address, certificate)
    children = stack.enter_context(Children())
    link = children.start(
        "The SuperLink",
        superlink(
            workplace,
            address=(HOST, port),
            database=run.folder / "superlink.db",
            certificate=certificate,
            key=key,
        ),
        log=run.folder / "logs" / "superlink.log",
        env=workplace.environment(),
        cwd=workplace.empty,
    )
    app = children.start(
        "The server app",
        executor(workplace, "server", address, certificate),
        log=run.folder / "logs" / "app.log",
        env=workplace.environment({WHERE: str(settings)}),
        cwd=workplace.empty,
    )
    wait_until_open(link, HOST, port)
    workplace.run(run.role.program)
    _follow(run, events.path, start, (link, app))


def _bond(run: Supervisor) -> None:
    """See that enough is bonded; what came back of epochs that ended badly comes first."""
    recover_bond(run.ledger, run.role.program)
    paid = see_to_bond(run.ledger, run.role)
    if paid:
        run.tell({"event": "bonded", "amount": str(paid)})


def _begins(run: Supervisor, endpoint: str) -> Mapping[str, Any]:
    token, state = run.ledger.token_at(run.role.state.token), run.role.state
    return {
        "event": "begins",
        "program": run.role.program,
        "round": state.finalized + 1,
        "rounds": run.role.spec.rules.rounds,
        "endpoint": endpoint,
        "symbol": token.symbol(),
        "decimals": token.decimals(),
    }


def _follow(run: Supervisor, path: Path, start: int, children: tuple[Child, ...]) -> None:
    """Tell events until the rounds are done; raise if a child ends before."""
    failure: Mapping[str, Any] | None = None
    for event in follow(path, start):
        if event is not None:
            failure = event if event["event"] == "failed" else failure
            run.tell(event)
            if event["event"] == "unbonded":
                _bond(run)
            if event["event"] == "done":
                return
        elif failure is not None:
            raise RoundsFailed(failure["why"], hint=failure["hint"])
        else:
            for child in children:
                child.require_alive()
            time.sleep(0.1)


def _agent(run: Supervisor) -> AbstractContextManager[Path]:
    """Return the agent that signs for the app."""
    programs, demands = run.ledger.programs.deployed, run.ledger.demands.deployed
    steps = [programs.contract.get_function_by_name(name) for name in _STEPS]
    steps += [demands.contract.get_function_by_name(name) for name in _ANSWERS]
    selectors = (keccak(step.abi_element_identifier.encode())[:4] for step in steps)
    calls = Calls(
        # To oneself goes the empty transaction that makes a still chain go on.
        contracts=frozenset({programs.address, demands.address, run.wallet.address}),
        functions=frozenset({b"", *selectors}),
        of_program=True,
        most_gas=_MOST_GAS,
        most_fee=_MOST_FEE,
    )
    domain = Domain(run.ledger.book.chain_id, programs.address)
    policy = Policy(domain=domain, program=run.role.program, acks=True, calls=calls)
    memory = run.settings.home / "aggregator" / f"signed-{run.wallet.address}.json"
    return serve(WalletSigner(run.wallet), policy, memory=memory)


def _settings(run: Supervisor, socket: Path, endpoint: str, certificate: Path) -> Path:
    """Write down what the app must know; return where."""
    spec = run.folder / "spec.json"
    write_whole(spec, run.role.spec.text)
    sponsor = sponsor_key(run.ledger, run.role)
    if sponsor is None:
        run.tell(
            {"event": "unreadable", "why": "The chain does not show the sponsor's public key."}
        )
    readers = {run.wallet.public_key, *([sponsor] if sponsor else [])}
    path = run.folder / "settings.json"
    RunSettings(
        rpc=run.rpc,
        book=str(run.settings.home / "book.json"),
        store=run.settings.store_url,
        program=run.role.program,
        spec=str(spec),
        folder=str(run.folder),
        agent=str(socket),
        endpoint=endpoint,
        certificate=str(certificate),
        confirmations=run.confirmations,
        readers=tuple(sorted(to_hex(each) for each in readers)),
    ).write(path)
    return path
