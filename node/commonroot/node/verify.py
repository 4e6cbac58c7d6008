"""Whether a version is what the chain says it is: a file compared, or the version computed again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

from commonroot.keys.wallet import Wallet
from commonroot.ledger.border import url
from commonroot.ledger.ledger import Ledger
from commonroot.node.again import compute, past
from commonroot.node.finding import by_file
from commonroot.protocol.hashing import Digest
from commonroot.protocol.replay import Mismatch
from commonroot.store import modelfile
from commonroot.store.artifacts import Store


@final
@dataclass(frozen=True, slots=True)
class Verdict:
    """What checking a version came to."""

    model: int
    version: int
    root: Digest
    """The version's root on chain."""
    chain: str
    """Which chain and contract it was checked against."""
    holds: bool
    finding: str
    chunks: tuple[int, ...] = ()
    """The chunks that are not as the chain says."""
    round: int | None = None
    """The round that was computed again; None where only a file was compared."""


def verify_file(ledger: Ledger, path: Path) -> Verdict:
    """Compare a model file with the root that the chain has for its version."""
    file = modelfile.read(path)
    found = by_file(ledger, file)
    root = ledger.models.root(found.model, found.version)
    examined = file.check(root)
    named = f"version {found.version} of model {found.model}"
    return Verdict(
        model=found.model,
        version=found.version,
        root=root,
        chain=checked_against(ledger),
        holds=examined.whole,
        finding=f"{path} is {'' if examined.whole else 'not '}{named}: {examined}.",
        chunks=tuple(damage.chunk for damage in examined.damages),
    )


def recompute(
    ledger: Ledger, store: Store, model: int, version: int, wallets: Sequence[Wallet] = ()
) -> Verdict:
    """Compute a version again from the recorded deltas, bit for bit; name the first mismatch."""
    round = past(ledger, store, model, version)
    root = ledger.models.root(model, version)
    try:
        outcome = compute(ledger, store, round, wallets)
        if outcome.result_root != root:
            raise Mismatch(round.record.round, "the version on chain", root, outcome.result_root)
        holds, finding = True, _matched(len(round.manifest.entries), model, version)
    except Mismatch as exc:
        holds, finding = False, str(exc)
    return Verdict(
        model=model,
        version=version,
        root=root,
        chain=checked_against(ledger),
        holds=holds,
        finding=finding,
        round=round.record.round,
    )


def checked_against(ledger: Ledger) -> str:
    """Return which chain a ledger is on, for people."""
    book = ledger.book
    return f"chain {book.chain_id} at {url(ledger.web3)}, models at {book.models}"


def _matched(deltas: int, model: int, version: int) -> str:
    return f"Version {version} of model {model} follows from its {deltas} deltas, bit for bit."
