"""
Sealed artifacts, and the keyrings that say who reads them.

Each artifact of a members' program is sealed under a key of its own, so that giving one away gives no
other away. A round's keys lie together in a keyring: sealed once, its key wrapped for every reader.
The key of a version stands alone as well, since it is what a licence sells.

    keyring = {"protocol": 1, "readers": {public key: wrapped key, ...}, "sealed": keys}, canonical JSON
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, final

import rfc8785
from coincurve import PublicKey

from commonroot.base.documents import load_json
from commonroot.base.errors import ProtocolError
from commonroot.keys.errors import BadKey
from commonroot.keys.sealing import new_key, open_sealed, seal, unwrap, wrap
from commonroot.keys.wallet import Wallet
from commonroot.protocol.hashing import Address, Digest, from_hex, to_hex
from commonroot.store.artifacts import Store
from commonroot.store.errors import KeyMissing, KeyringDamaged, NotAReader

MOST_BYTES = 2**24
_LABEL = b"keyring"
_UNREADABLE = (ProtocolError, ValueError, KeyError, TypeError, AttributeError, RecursionError)


def version_label(model: int, version: int) -> str:
    """Return the label of a version's sealed lanes."""
    return f"model {model} version {version}"


def delta_label(program: int, round: int, epoch: int, node: Address) -> str:
    """Return the label of a contribution's sealed lanes."""
    return f"program {program} round {round} epoch {epoch} delta {node}"


def gradient_label(program: int, round: int, epoch: int) -> str:
    """Return the label of a round's sealed validation gradient."""
    return f"program {program} round {round} epoch {epoch} gradient"


def put_sealed(store: Store, key: bytes, data: bytes, label: str) -> Digest:
    """Keep bytes sealed and return the digest of what is kept; `key` seals nothing else."""
    return store.put(seal(key, data, label.encode()))


def get_sealed(store: Store, key: bytes, digest: Digest, label: str) -> bytes:
    """Return the bytes that were sealed under a digest."""
    return open_sealed(key, store.get(digest), label.encode())


@final
@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys of artifacts, by label."""

    keys: Mapping[str, bytes] = field(repr=False)

    def key(self, label: str) -> bytes:
        """Return the key of a label."""
        try:
            return self.keys[label]
        except KeyError as exc:
            raise KeyMissing(label) from exc

    def wrapped(self, readers: Iterable[bytes]) -> bytes:
        """Return the keyring so that the holders of these public keys can read it, and nobody else."""
        key = new_key()
        spelled = rfc8785.dumps({label: to_hex(each) for label, each in self.keys.items()})
        return rfc8785.dumps(
            {
                "protocol": 1,
                "readers": {_reader(each): to_hex(wrap(each, key)) for each in readers},
                "sealed": to_hex(seal(key, spelled, _LABEL)),
            }
        )


def open_keyring(wrapped: bytes, wallet: Wallet) -> Keyring:
    """Return the keyring that was wrapped for a wallet, among others."""
    if len(wrapped) > MOST_BYTES:
        raise KeyringDamaged(f"it has more than {MOST_BYTES} bytes")
    document = _parsed(wrapped)
    own = document["readers"].get(_reader(wallet.public_key))
    if own is None:
        raise NotAReader(wallet.public_key)
    spelled = open_sealed(unwrap(wallet.secret, own), document["sealed"], _LABEL)
    try:  # its seal says that it is whole, not that its maker made it well
        return Keyring({label: from_hex(key) for label, key in load_json(spelled).items()})
    except _UNREADABLE as exc:
        raise KeyringDamaged(f"what is sealed in it are no keys ({exc!r:.80})") from exc


def _reader(public_key: bytes) -> str:
    try:
        return to_hex(PublicKey(public_key).format())
    except ValueError as exc:
        raise BadKey("public key") from exc


def _parsed(wrapped: bytes) -> dict[str, Any]:
    try:
        document = load_json(wrapped)
        if document["protocol"] != 1:
            raise KeyringDamaged(f"it follows protocol {document['protocol']}; this is protocol 1")
        readers = {name: from_hex(each) for name, each in document["readers"].items()}
        return {"readers": readers, "sealed": from_hex(document["sealed"])}
    except _UNREADABLE as exc:
        raise KeyringDamaged(f"it is not one ({exc!r:.80})") from exc
