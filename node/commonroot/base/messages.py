"""Flower's messages as this project uses them: one record of fields, and one vector as bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flwr.app import Array, ArrayRecord, ConfigRecord, RecordDict

from commonroot.base.errors import CommonrootError

FIELDS, VECTORS, LANES = "fields", "vectors", "lanes"
_STYPE = "commonroot.lanes"  # not numpy's: its reader would trust a header that the sender wrote
_DTYPE = "int32"


class MessageRefused(CommonrootError):
    """A message does not have the form that both sides agreed on."""

    def __init__(self, why: str) -> None:
        super().__init__(f"The message is refused: {why}")
        self.why = why


def pack(fields: Mapping[str, str | int | bytes], lanes: bytes) -> RecordDict:
    """Return the content of a message."""
    vector = Array(_DTYPE, (len(lanes) // 4,), _STYPE, lanes)
    return RecordDict({FIELDS: ConfigRecord(dict(fields)), VECTORS: ArrayRecord({LANES: vector})})


def unpack(content: RecordDict) -> tuple[dict[str, Any], bytes]:
    """Return what `pack` was given; refuse all that is not just that."""
    if set(content) != {FIELDS, VECTORS}:
        raise MessageRefused(f"it has the records {_named(content)}.")
    fields, vectors = content[FIELDS], content[VECTORS]
    if not isinstance(fields, ConfigRecord) or not isinstance(vectors, ArrayRecord):
        raise MessageRefused("its records are of another kind.")
    if set(vectors) != {LANES}:
        raise MessageRefused(f"it has the arrays {_named(vectors)}.")
    vector = vectors[LANES]
    if (vector.stype, vector.dtype) != (_STYPE, _DTYPE):
        raise MessageRefused(f"its array is {vector.dtype[:20]!r} in form {vector.stype[:20]!r}.")
    if tuple(vector.shape) != (len(vector.data) // 4,) or len(vector.data) % 4:
        raise MessageRefused(
            f"its array has {len(vector.data)} bytes for shape {tuple(vector.shape)[:3]}."
        )
    return dict(fields), bytes(vector.data)


def _named(names: Mapping[str, Any]) -> str:
    return ", ".join(sorted(repr(name[:20]) for name in names)[:5]) or "of nobody"
