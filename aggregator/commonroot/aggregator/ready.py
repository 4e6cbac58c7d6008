"""What an aggregator sees to before its first round: role, spec, certificate, bond."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import final

from cryptography import x509

from commonroot.aggregator.checkpoint import Checkpoint
from commonroot.aggregator.readers import KeyUnknown, public_key_of
from commonroot.base.errors import CommonrootError, ProtocolError
from commonroot.keys.certificates import Certificate, self_signed
from commonroot.keys.wallet import Wallet
from commonroot.ledger import events
from commonroot.ledger.border import asking
from commonroot.ledger.gateways.bonds import Fault
from commonroot.ledger.gateways.records import Program
from commonroot.ledger.ledger import Ledger
from commonroot.ledger.paying import approve
from commonroot.protocol.hashing import Digest
from commonroot.protocol.rules import Visibility
from commonroot.protocol.spec import Spec, parse
from commonroot.store.artifacts import Store
from commonroot.store.errors import StoreError
from commonroot.store.sealed import open_keyring, version_label
from commonroot.store.versions import get_manifest

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
    """Deposit what is missing for the rounds that may be in progress; return how much that was."""
    rules, account = role.spec.rules, ledger.account
    missing = rules.bond * rules.max_pending - ledger.bonds.bond_of(role.program, account).total
    if missing <= 0:
        return 0
    approve(ledger, ledger.token_at(role.state.token), ledger.book.bonds, missing)
    ledger.bonds.deposit(role.program, missing)
    return missing


def recover_bond(ledger: Ledger, program: int) -> int:
    """Have what is left of this account's own forfeits returned to its bond; return how many there were."""
    with asking(ledger.web3, "eth_getBlockByNumber"):
        now = ledger.web3.eth.get_block("latest")["timestamp"]
    done = 0
    for record in events.forfeits(ledger, program):
        held = ledger.bonds.forfeit_of(record.key)
        ours = record.aggregator == ledger.account
        open_yet = held is not None and held.fault is not Fault.SETTLED and held.until < now
        if ours and open_yet:
            ledger.bonds.settle(program, record.round, record.epoch)
            done += 1
    return done


def inherit_key(ledger: Ledger, store: Store, wallet: Wallet, folder: Path, role: Role) -> bool:
    """
    Say whether this home has the key of the newest version.

    An aggregator that came later finds it in the last round's keyring, if it may read that.
    """
    version = role.state.finalized
    if version == 0 or role.spec.rules.visibility is Visibility.OPEN:
        return True
    epoch = ledger.programs.round(role.program, version).epoch
    checkpoint = Checkpoint(folder)
    if checkpoint.key(version, epoch) is not None:
        return True
    named = ledger.models.version(role.program, version).manifest
    if named is None:
        return False
    try:
        keyring = open_keyring(store.get(get_manifest(store, named).keyring), wallet)
    except (StoreError, ProtocolError):
        return False
    checkpoint.keep_key(version, epoch, keyring.key(version_label(role.program, version)))
    return True


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
