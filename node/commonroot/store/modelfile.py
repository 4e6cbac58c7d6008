"""
The model file: one version as a licensee holds it, readable by whatever reads safetensors.

    8 bytes, little-endian     the header's length
    header                     canonical JSON, padded with spaces to a multiple of 8
    tensors                    int32 lanes, little-endian, in the table's order
    chunk_hashes               the leaves of the version's tree, 32 bytes each

The header says where the version comes from (chain, contract, model, number, root) and holds the spec.
A version has one file: the header is written from these fields alone, with a checksum over itself, and a
reader writes it again and compares, so every bit of the file is accounted for. The checksum is there
to find damage; against forgery there is the chain's root, and `check` asks for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np
import rfc8785

from commonroot.base.documents import load_json
from commonroot.base.errors import ProtocolError
from commonroot.base.files import write_whole
from commonroot.protocol import spec as specs
from commonroot.protocol import tree
from commonroot.protocol.fixed import Fixed
from commonroot.protocol.hashing import Address, Digest, keccak, to_address, to_digest, to_hex
from commonroot.protocol.spec import Spec
from commonroot.protocol.table import Table
from commonroot.store.damage import Examination, examine
from commonroot.store.errors import (
    ModelFileDamaged,
    ModelFileError,
    NoModelFile,
    NotTheVersion,
    TensorsDamaged,
    TooLarge,
)

LEAVES = "chunk_hashes"
MOST_BYTES = 2**32
_MOST_HEADER = 2**23
_METADATA = "__metadata__"
_FORMAT = "commonroot version, protocol 1"


@final
@dataclass(frozen=True, slots=True)
class Origin:
    """Where a version stands, as its file claims; only the chain says whether it is so."""

    chain_id: int
    genesis: Digest
    models: Address
    """The Models contract."""
    model: int
    version: int
    root: Digest

    def __str__(self) -> str:
        return f"version {self.version} of model {self.model}"


@final
@dataclass(frozen=True, slots=True, eq=False)
class ModelFile:
    """A version's lanes with their leaves, spec and origin; read, it is not believed until checked."""

    origin: Origin
    spec: Spec
    lanes: Fixed
    leaves: tuple[Digest, ...]

    @classmethod
    def of(cls, origin: Origin, spec: Spec, lanes: Fixed) -> ModelFile:
        """Return the file of a version; refuse lanes that are not the version's."""
        spec.table.require_padding(lanes)
        leaves = tree.chunk_leaves(lanes)
        if tree.root(leaves) != origin.root:
            raise NotTheVersion(origin.root, tree.root(leaves))
        return cls(origin, spec, lanes, tuple(leaves))

    def check(self, root: Digest) -> Examination:
        """Return what is wrong with the file, given the root that the chain has for its version."""
        return examine(self.spec.table, self.lanes, self.leaves, root)

    def to_bytes(self) -> bytes:
        """Return the file's bytes; a version has one such file."""
        arrays = self.spec.table.unpack(self.lanes)
        body = [arrays[tensor.name].astype("<i4").tobytes() for tensor in self.spec.table.tensors]
        return b"".join((_header(self.origin, self.spec), *body, *self.leaves))


def write(path: Path, file: ModelFile) -> None:
    """Put a model file at a path, whole."""
    write_whole(path, file.to_bytes())


def read(path: Path) -> ModelFile:
    """Return what a file says; raise where its header is not one that `write` writes."""
    data = _bytes_of(path)
    header = data[: 8 + int.from_bytes(data[:8], "little")]
    try:
        origin, spec = _parse(header)
        expected = _header(origin, spec)
    except (ProtocolError, ModelFileError, rfc8785.CanonicalizationError) as exc:
        raise ModelFileDamaged(path, str(exc).rstrip(".")) from exc
    if header != expected:
        raise ModelFileDamaged(path, "it does not have the checksum that it states")
    size = len(header) + 4 * _lanes(spec.table) + 32 * spec.table.chunks()
    if len(data) != size:
        raise ModelFileDamaged(path, f"the file has {len(data)} bytes where it says {size}")
    return _assemble(origin, spec, memoryview(data)[len(header) :])


def read_whole(path: Path) -> ModelFile:
    """Return what a file says; raise where its tensors are not those of the root that it states."""
    file = read(path)
    found = file.check(file.origin.root)
    if not found.whole:
        raise TensorsDamaged(path, str(found.damages[0]) if found.damages else "")
    return file


def _bytes_of(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as exc:
        raise NoModelFile(path, exc.strerror or str(exc)) from exc
    if len(data) > MOST_BYTES:
        raise TooLarge(str(path), MOST_BYTES)
    return data


def _assemble(origin: Origin, spec: Spec, body: memoryview) -> ModelFile:
    arrays, at = {}, 0
    for tensor in spec.table.tensors:
        end = at + 4 * tensor.size
        arrays[tensor.name] = np.frombuffer(body[at:end], "<i4").reshape(tensor.shape)
        at = end
    # Every int32 is a float64, so packing changes no lane.
    lanes = spec.table.pack(arrays).astype(np.int32)
    leaves = tuple(Digest(bytes(body[start : start + 32])) for start in range(at, len(body), 32))
    return ModelFile(origin, spec, lanes, leaves)


def _header(origin: Origin, spec: Spec) -> bytes:
    fields: dict[str, Any] = {_METADATA: _metadata(origin, spec), **_tensors(spec.table)}
    fields[_METADATA]["checksum"] = to_hex(keccak(rfc8785.dumps(fields)))
    text = rfc8785.dumps(fields)
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text


def _metadata(origin: Origin, spec: Spec) -> dict[str, str]:
    return {
        "format": _FORMAT,
        "chain_id": str(origin.chain_id),
        "genesis": to_hex(origin.genesis),
        "models": origin.models,
        "model": str(origin.model),
        "version": str(origin.version),
        "root": to_hex(origin.root),
        "spec": spec.text.decode(),
    }


def _tensors(table: Table) -> dict[str, Any]:
    listed: dict[str, Any] = {}
    at = 0
    for tensor in table.tensors:
        if tensor.name in (LEAVES, _METADATA):
            raise ModelFileError(f"A tensor named {tensor.name} cannot be in a model file.")
        end = at + 4 * tensor.size
        listed[tensor.name] = _entry("I32", list(tensor.shape), at, end)
        at = end
    return listed | {LEAVES: _entry("U8", [table.chunks(), 32], at, at + 32 * table.chunks())}


def _entry(kind: str, shape: list[int], start: int, end: int) -> dict[str, Any]:
    return {"dtype": kind, "shape": shape, "data_offsets": [start, end]}


def _parse(header: bytes) -> tuple[Origin, Spec]:
    if not 8 < len(header) <= _MOST_HEADER:
        raise ModelFileError("it has no length that a header could have")
    try:
        stated = load_json(header[8:])[_METADATA]
        return _origin(stated), specs.parse(stated["spec"].encode())
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as exc:
        raise ModelFileError(f"it is not one of ours ({type(exc).__name__}: {exc!s:.60})") from exc


def _origin(stated: Mapping[str, Any]) -> Origin:
    chain_id, model, version = (int(stated[name]) for name in ("chain_id", "model", "version"))
    if min(chain_id, model, version) < 0:
        raise ModelFileError("it counts below zero")
    return Origin(
        chain_id=chain_id,
        genesis=to_digest(stated["genesis"]),
        models=to_address(stated["models"]),
        model=model,
        version=version,
        root=to_digest(stated["root"]),
    )


def _lanes(table: Table) -> int:
    return sum(tensor.size for tensor in table.tensors)
