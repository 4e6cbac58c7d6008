"""What an aggregator sees to before its first round: role, spec, certificate, bond."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import final

from cryptography import x509

from commonroot.aggregator.readers import KeyUnknown, public_key_of
from commonroot.base.errors import CommonrootError
from commonroot.keys.certificates import Certificate, self_signed
from commonroot.ledger import events
from commonroot.ledger.gateways.records import Program
from commonroot.ledger.ledger import Ledger
from commonroot.ledger.paying import approve
from commonroot.protocol.hashing import Digest
from commonroot.protocol.spec import Spec, parse
from commonroot.store.artifacts import Store

_RENEW = timedelta(days=7)


class NotReady(CommonrootError):
    """Something is missing before a program's rounds can be run."""


@final
@dataclass(frozen=True, slots=True)
class Role:
    """A program as its aggregator takes it on."""

    program: int
    state: Program
    spec: Spec


def take_on(ledger: Ledger, store: Store, program: int) -> Role:
    """Return a program that the ledger's account aggregates; refuse one that cannot be run."""
    state = ledger.programs.program(program)
    if state.aggregator != ledger.account:
        raise NotReady(
            f"Program {program} is aggregated by {state.aggregator}, not by {ledger.account}.",
            hint="Name the aggregator's wallet with --wallet.",
        )
    spec = parse(store.get(state.spec))
    spec.require(state.spec, ledger.programs.rules(program))
    return Role(program, state, spec)


def see_to_bond(ledger: Ledger, role: Role) -> int:
    """Deposit what is missing for one round's bond; return how much that was."""
    missing = 2 * role.spec.rules.reward - role.state.free_bond - role.state.locked
    if missing <= 0:
        return 0
    approve(ledger, ledger.token_at(role.state.token), ledger.book.programs, missing)
    ledger.programs.deposit_bond(role.program, missing)
    return missing


def certificate_in(folder: Path, hosts: tuple[str, ...] = ()) -> tuple[Path, Path, Digest]:
    """Return the files of the aggregator's certificate and key, and its fingerprint."""
    paths = folder / "certificate.pem", folder / "certificate.key"
    if not all(path.exists() for path in paths) or _ends_soon(paths[0]):
        self_signed(hosts).write(*paths)
    made = Certificate(paths[0].read_bytes(), paths[1].read_bytes())
    return *paths, made.fingerprint


def sponsor_key(ledger: Ledger, role: Role) -> bytes | None:
    """Return the sponsor's public key, if the chain shows it."""
    made = next(each for each in events.programs(ledger) if each.program == role.program)
    try:
        return public_key_of(ledger, made.sponsor, made.created.transaction)
    except KeyUnknown:
        return None


def _ends_soon(certificate: Path) -> bool:
    try:
        ends = x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc
    except ValueError as exc:
        raise NotReady(
            f"{certificate} is no certificate.", hint="Delete it: a new one is made."
        ) from exc
    return ends < datetime.now(UTC) + _RENEW
