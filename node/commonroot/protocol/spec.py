"""
The spec: all the rules of a program as one document, whose digest stands on chain.

Canonical JSON (RFC 8785) without floating point: fractions are decimal strings such as "0.001", so
that a document has one spelling and one digest everywhere. What the contract reads is in it too, under
`rules`, and a node refuses a spec that says otherwise than the contract.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, final

import rfc8785
from jsonschema import Draft202012Validator

from commonroot.base.documents import load_json
from commonroot.base.errors import ProtocolError
from commonroot.protocol.hashing import Digest, keccak, to_digest, to_hex
from commonroot.protocol.rules import Aggregation, Rules, Visibility, Weighting
from commonroot.protocol.table import Table, Tensor

PROTOCOL = 1
MOST_BYTES = 2**20

# Not `$`, which also matches before a last line break and so would admit a second spelling.
_END = r"(?![\s\S])"
# Without control characters: a spec is shown on the terminal of whoever thinks of joining.
_TEXT = {"type": "string", "maxLength": 200, "pattern": r"^[^\x00-\x1f\x7f-\x9f]*" + _END}
_WHOLE = {"type": "integer", "minimum": 0, "maximum": 2**53 - 1}
_DECIMAL = {"type": "string", "pattern": "^(0|[1-9][0-9]{0,38})" + _END}
_DIGEST = {"type": "string", "pattern": "^0x[0-9a-f]{64}" + _END}
_OPTIONS = {
    "type": "object",
    "maxProperties": 50,
    "propertyNames": _TEXT,
    "additionalProperties": {"anyOf": [_TEXT, _WHOLE, {"type": "boolean"}]},
}
_NAMED = {**_OPTIONS, "required": ["name"], "properties": {"name": _TEXT}}
_LARGE = {"norm_cap", "reward", "bond", "demand_fee", "shares_per_round"}
"""What may pass 2^53, which JSON cannot hold."""


def _closed(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": sorted(properties),
        "additionalProperties": False,
    }


def _rule_schema(name: str) -> Mapping[str, Any]:
    choices = {"aggregation": Aggregation, "weighting": Weighting, "visibility": Visibility}
    if name in choices:
        return {"enum": [choice.name.lower() for choice in choices[name]]}
    if name == "allowlist":
        return _DIGEST
    return _DECIMAL if name in _LARGE else _WHOLE


SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Commonroot spec",
    **_closed(
        {
            "protocol": {"const": PROTOCOL},
            "name": {**_TEXT, "minLength": 1},
            "architecture": _NAMED,
            "learner": _NAMED,
            "tasks": _NAMED,
            "tensors": {
                "type": "array",
                "minItems": 1,
                "maxItems": 10_000,
                "items": _closed(
                    {
                        "name": {**_TEXT, "minLength": 1},
                        "shape": {
                            "type": "array",
                            "maxItems": 8,
                            "items": {"type": "integer", "minimum": 1, "maximum": 2**31},
                        },
                        "kind": {"enum": ["weight", "moment"]},
                        "scale_bits": {"type": "integer", "minimum": 0, "maximum": 30},
                    }
                ),
            },
            "validation": _closed({"digest": _DIGEST, "tasks": {**_WHOLE, "minimum": 1}}),
            "gate": _closed(
                {"most_norm": _DECIMAL, "deadline": {**_WHOLE, "minimum": 1}, "grace": _WHOLE}
            ),
            "rules": _closed({field.name: _rule_schema(field.name) for field in fields(Rules)}),
        }
    ),
}
"""What a spec must look like; `docs/protocol.md` says what each field means."""


class SpecRefused(ProtocolError):
    """A spec is not one, or not the one that the chain names."""

    def __init__(self, why: str) -> None:
        super().__init__(f"The spec is refused: {why}")


@final
@dataclass(frozen=True, slots=True)
class Spec:
    """A parsed spec, with the bytes it was parsed from."""

    text: bytes
    name: str
    architecture: Mapping[str, Any]
    learner: Mapping[str, Any]
    tasks: Mapping[str, Any]
    table: Table
    validation_digest: Digest
    validation_tasks: int
    most_norm: int
    """The gate refuses a delta with a larger Euclidean norm, in lanes."""
    deadline: int
    """Seconds a round waits for replies."""
    grace: int
    """Once enough nodes have answered, the others get this many times as long as the slowest of those
    took; zero waits for everybody until the deadline."""
    rules: Rules

    @property
    def digest(self) -> Digest:
        """Return the digest that stands on chain."""
        return keccak(self.text)

    def require(self, digest: Digest, rules: Rules) -> None:
        """Raise unless this is the spec of a digest and agrees with the contract's rules."""
        if self.digest != digest:
            raise SpecRefused(f"its digest is {to_hex(self.digest)}, the chain's {to_hex(digest)}.")
        for field in fields(Rules):
            ours, theirs = getattr(self.rules, field.name), getattr(rules, field.name)
            if ours != theirs:
                raise SpecRefused(f"it says {field.name} is {ours}, the contract says {theirs}.")


def parse(text: bytes) -> Spec:
    """Return the spec in some bytes; refuse all but the canonical spelling of a valid one."""
    if len(text) > MOST_BYTES:
        raise SpecRefused(f"it has {len(text)} bytes; at most {MOST_BYTES} are read.")
    document = _load(text)
    problem = next(iter(Draft202012Validator(SCHEMA).iter_errors(document)), None)
    if problem is not None:
        where = "/".join(map(str, problem.absolute_path)) or "the document"
        raise SpecRefused(f"{where}: {problem.message[:300]}")
    spec = _build(text, document)
    if _canonical(document) != text:
        raise SpecRefused("it is not in canonical form (RFC 8785).")
    return spec


def compose(
    *,
    name: str,
    architecture: Mapping[str, Any],
    learner: Mapping[str, Any],
    tasks: Mapping[str, Any],
    table: Table,
    validation: tuple[Digest, int],
    gate: tuple[int, int, int],
    rules: Rules,
) -> Spec:
    """Return the spec that says all this."""
    document = {
        "protocol": PROTOCOL,
        "name": name,
        "architecture": dict(architecture),
        "learner": dict(learner),
        "tasks": dict(tasks),
        "tensors": [
            {
                "name": tensor.name,
                "shape": list(tensor.shape),
                "kind": tensor.kind,
                "scale_bits": tensor.scale_bits,
            }
            for tensor in table.tensors
        ],
        "validation": {"digest": to_hex(validation[0]), "tasks": validation[1]},
        "gate": {"most_norm": str(gate[0]), "deadline": gate[1], "grace": gate[2]},
        "rules": {field.name: _spelled(rules, field.name) for field in fields(Rules)},
    }
    return parse(_canonical(document))


def _canonical(document: Any) -> bytes:
    try:
        return rfc8785.dumps(document)
    except ValueError as exc:  # CanonicalizationError, or half a surrogate pair in a name
        raise SpecRefused(f"it has no canonical form: {exc}") from exc


def _load(text: bytes) -> Any:
    def refuse(number: str) -> Any:
        raise SpecRefused(f"{number[:40]} is not a whole number; write fractions as strings.")

    try:
        return load_json(text, parse_float=refuse, parse_constant=refuse)
    except (ValueError, RecursionError) as exc:
        raise SpecRefused("it is not JSON.") from exc


def _spelled(rules: Rules, name: str) -> Any:
    value = getattr(rules, name)
    if name in _LARGE:
        return str(value)
    if name == "allowlist":
        return to_hex(value)
    return value.name.lower() if isinstance(value, Aggregation | Weighting | Visibility) else value


def _build(text: bytes, document: Any) -> Spec:
    terms = dict(document["rules"])
    rules = Rules(
        **{
            **terms,
            **{name: int(terms[name]) for name in _LARGE},
            "aggregation": Aggregation[terms["aggregation"].upper()],
            "weighting": Weighting[terms["weighting"].upper()],
            "visibility": Visibility[terms["visibility"].upper()],
            "allowlist": to_digest(terms["allowlist"]),
        }
    )
    table = Table.of(
        Tensor(each["name"], tuple(each["shape"]), each["kind"], each["scale_bits"])
        for each in document["tensors"]
    )
    if (table.lanes("weight"), table.lanes("moment")) != (rules.weights, rules.moments):
        raise SpecRefused(
            f"its tensors fill {table.lanes('weight')} + {table.lanes('moment')} lanes, "
            f"its rules say {rules.weights} + {rules.moments}."
        )
    return Spec(
        text=text,
        name=document["name"],
        architecture=document["architecture"],
        learner=document["learner"],
        tasks=document["tasks"],
        table=table,
        validation_digest=to_digest(document["validation"]["digest"]),
        validation_tasks=document["validation"]["tasks"],
        most_norm=int(document["gate"]["most_norm"]),
        deadline=document["gate"]["deadline"],
        grace=document["gate"]["grace"],
        rules=rules,
    )
