"""
What a node sees to before a byte of its data is read: membership, spec, and who the aggregator is.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import final

from commonroot.client.errors import NotReady, NotTheAggregator
from commonroot.keys.certificates import fingerprint
from commonroot.keys.places import flower_key
from commonroot.ledger import events
from commonroot.ledger.border import asking
from commonroot.ledger.gateways.records import Program
from commonroot.ledger.ledger import Ledger
from commonroot.protocol.hashing import Address, Digest, keccak, to_hex
from commonroot.protocol.spec import Spec, SpecRefused, parse
from commonroot.store.artifacts import Store
from commonroot.tasks.owned import Owned, owned

RISK = (
    "Whoever may see deltas may try to invert them: from what your data changed, to guess what "
    "your data is. No mode of this version stops that."
)

_CONNECT = 5.0


@final
@dataclass(frozen=True, slots=True)
class Part:
    """A node's part in a program, as the chain and its home agree on it."""

    program: int
    state: Program
    spec: Spec
    account: Address
    dataset: Digest
    owned: Owned
    weight: int
    flower_key: Path


def take_part(
    ledger: Ledger, store: Store, home: Path, program: int, *, account: Address, wallet: str
) -> Part:
    """Return an account's part in a program; refuse where chain and home disagree."""
    state = ledger.programs.program(program)
    block = _head(ledger)
    dataset = ledger.enrolments.enrolled_at(program, account, block)
    if not ledger.nodes.member_at(account, block):
        raise NotReady(f"{account} is no member.", hint="Become one with `commonroot node join`.")
    if dataset is None:
        raise NotReady(
            f"{account} takes no part in program {program}.",
            hint=f"Enrol a dataset with `commonroot node join {program}`.",
        )
    spec = parse(store.get(state.spec))
    spec.require(state.spec, ledger.programs.rules(program))
    mine = next((each for each in owned(home) if each.id_for(account) == dataset), None)
    if mine is None:
        raise NotReady(
            f"The dataset {to_hex(dataset)} that {account} takes part with is not in this home.",
            hint="Name the home it was added in with --home.",
        )
    return Part(
        program=program,
        state=state,
        spec=spec,
        account=account,
        dataset=dataset,
        owned=mine,
        weight=spec.rules.weight(mine.count),
        flower_key=flower_key(home, wallet),
    )


def require_pinned(part: Part, pinned: str | None) -> None:
    """Raise if a person pinned another spec than the program's."""
    if pinned is not None and to_hex(part.spec.digest) != pinned.lower():
        raise SpecRefused(f"its digest is {to_hex(part.spec.digest)}, you pinned {pinned}.")


def require_keys(ledger: Ledger, part: Part, receipt_key: Address, flower_der: bytes) -> None:
    """Raise unless this home holds the keys that speak for the account on chain."""
    block = _head(ledger)
    on_chain = ledger.nodes.receipt_key_at(part.account, block)
    if on_chain != receipt_key:
        raise NotReady(
            f"On chain {on_chain} signs receipts for {part.account}, not this home's {receipt_key}.",
            hint="Use the home that joined, or give the account new keys.",
        )
    if ledger.nodes.flower_key_at(part.account, block) != keccak(flower_der):
        raise NotReady(
            f"On chain {part.account} has another SuperNode's key than the one in this home.",
            hint="Use the home that joined, or give the account new keys.",
        )


def what_leaves(part: Part) -> list[str]:
    """Return, in words, what leaves the machine, for a person to read beforehand."""
    lanes = part.spec.rules.chunks() * 64
    return [
        f'Program {part.program}, "{part.spec.name}", run by {part.state.aggregator}.',
        f"Your dataset {part.owned.name} ({part.owned.count} records) is read here and stays here.",
        f"Each round the aggregator gets {lanes} numbers: how far your data moved the model.",
        "On chain stand your account, the dataset's root and count, and a hash of each delta.",
        RISK,
    ]


def find_aggregator(
    ledger: Ledger, program: int, patience: float, tell: Callable[[str], None]
) -> tuple[str, bytes]:
    """Return the aggregator's address and its certificate, once it is there and is the right one."""
    deadline, said = time.monotonic() + patience, False
    while True:
        found = events.endpoint(ledger, program)
        pem = _certificate(found.endpoint) if found else None
        if found is not None and pem is not None:
            _require_known(found, pem)
            return found.endpoint, pem
        if time.monotonic() > deadline:
            raise NotReady(
                f"The aggregator of program {program} is not there after {patience:g} s.",
                hint="Ask it to start, and run the command again.",
            )
        if not said:
            tell("Waiting for the aggregator.")
            said = True
        time.sleep(0.5)


def _require_known(found: events.EndpointRecord, pem: bytes) -> None:
    shown = fingerprint(pem)
    if shown != found.certificate:
        raise NotTheAggregator(
            f"What answers at {found.endpoint} shows the certificate {to_hex(shown)}; "
            f"the chain names {to_hex(found.certificate)}."
        )


def _certificate(endpoint: str) -> bytes | None:
    """Return the certificate that is shown at an endpoint; None while nobody is there."""
    host, _, port = endpoint.rpartition(":")
    no_address = NotTheAggregator(f"{endpoint[:100]!r} is no address of host and port.")
    if not host or not port.isdecimal():
        raise no_address
    try:
        return ssl.get_server_certificate((host, int(port)), timeout=_CONNECT).encode()
    except (ValueError, OverflowError) as exc:  # a name that no host can have, a port out of range
        raise no_address from exc
    except OSError:
        return None


def _head(ledger: Ledger) -> int:
    with asking(ledger.web3, "eth_blockNumber"):
        return int(ledger.web3.eth.block_number)
