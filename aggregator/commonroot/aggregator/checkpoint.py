"""
What an aggregator must not forget between two steps, each file whole or not there:

    PROGRAM/ROUND-EPOCH/assignment.json     what was asked; asked again after a crash, it is the same
    PROGRAM/ROUND-EPOCH/NODE.delta          an accepted delta, before its ack is signed
    PROGRAM/ROUND-EPOCH/NODE.json           its receipt, and the ack once there is one, before it is sent
    PROGRAM/ROUND-EPOCH/absent.json         who is not in the round, and why
    PROGRAM/ROUND-EPOCH/close.json          the close, before it is on chain
    PROGRAM/ROUND-EPOCH/SEED.gradient       the validation gradient, before anything of it is on chain
    PROGRAM/ROUND-EPOCH/proposal.json       the proposal, before it is on chain
    PROGRAM/keys/VERSION-EPOCH.key          what seals a version, before the version is in the store

So whatever the chain or a node has seen of us is here as well.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar, final

from commonroot.aggregator.members import Member
from commonroot.aggregator.quarantine import Accepted
from commonroot.base.documents import load_json
from commonroot.base.errors import CommonrootError
from commonroot.base.files import write_whole
from commonroot.protocol import fixed
from commonroot.protocol.fixed import Fixed
from commonroot.protocol.hashing import Address, Digest, to_address, to_hex
from commonroot.protocol.round import Close, Proposal
from commonroot.protocol.wire import Answer, Assignment, Promise

T = TypeVar("T", Close, Proposal)
U = TypeVar("U")
_HEX = {"base_root", "dataset", "delta_root", "signature", "ack"}


class CheckpointDamaged(CommonrootError):
    """A file of the aggregator's memory cannot be read."""

    hint = "Restore the folder from a backup; without it this epoch can only be abandoned."

    def __init__(self, path: Path, why: object) -> None:
        super().__init__(f"{path} cannot be read: {why}.")
        self.path = path


class MemoryLost(CommonrootError):
    """The chain is further than what this folder remembers."""

    hint = (
        "Run the aggregator from the folder it ran from, or wait until the epoch can be abandoned."
    )


@final
@dataclass(frozen=True, slots=True)
class Kept:
    """An accepted contribution and the promise that was given for it, if one was."""

    accepted: Accepted
    ack: bytes | None


@final
@dataclass(frozen=True, slots=True)
class Epoch:
    """The memory of one attempt at a round."""

    folder: Path

    @property
    def round(self) -> int:
        """Return which round it was an attempt at."""
        return int(self.folder.name.partition("-")[0])

    def keep_assignment(self, assignment: Assignment) -> None:
        """Remember what is about to be asked."""
        self._write("assignment", _spelled(assignment.to_fields()))

    def assignment(self) -> Assignment | None:
        """Return what was asked, if anything was."""
        found = self._read("assignment")
        return Assignment.from_fields(_unspelled(found)) if found else None

    def keep_delta(self, accepted: Accepted) -> None:
        """Keep a delta; only then may its ack be signed."""
        write_whole(self._delta(accepted.member.node), fixed.to_bytes(accepted.delta))

    def keep(self, accepted: Accepted, ack: bytes | None = None) -> Kept:
        """Keep a receipt with its ack, if it has one; only then may the ack be sent."""
        answer = Answer(accepted.receipt, accepted.signature)
        promised = {} if ack is None else {"ack": ack}
        self._write(accepted.member.node, _spelled({**answer.to_fields(), **promised}))
        return Kept(accepted, ack)

    def kept(self, members: Iterable[Member]) -> list[Kept]:
        """Return what was accepted from these members before."""
        return [found for member in members if (found := self._kept(member))]

    def keep_absent(self, absent: Mapping[Address, str]) -> None:
        """Keep who is not in the round, and why."""
        self._write("absent", {str(node): why for node, why in absent.items()})

    def promises(self) -> dict[Address, Promise]:
        """Return the acks that were given."""
        return {
            node: Promise(answer.receipt.round, answer.receipt.epoch, ack)
            for node, (answer, ack) in self._answers()
            if ack is not None
        }

    def roots(self) -> dict[Digest, Address]:
        """Return whose each accepted delta is."""
        return {answer.receipt.delta_root: node for node, (answer, _) in self._answers()}

    def absent(self) -> dict[Address, str]:
        """Return who is not in the round, and why."""
        return {to_address(node): str(why) for node, why in (self._read("absent") or {}).items()}

    def keep_close(self, close: Close) -> None:
        """Keep a close before it is sent."""
        self._write("close", _struct_out(close))

    def close(self) -> Close | None:
        """Return the close, if one was about to be sent."""
        return _struct_in(Close, self._read("close"))

    def keep_gradient(self, seed: Digest, gradient: Fixed) -> Fixed:
        """Keep the validation gradient that a seed leads to: elsewhere it may come out otherwise."""
        write_whole(self._gradient(seed), fixed.to_bytes(gradient))
        return gradient

    def gradient(self, seed: Digest) -> Fixed | None:
        """Return the validation gradient, if it was taken."""
        path = self._gradient(seed)
        return fixed.from_bytes(path.read_bytes()) if path.exists() else None

    def _gradient(self, seed: Digest) -> Path:
        return self.folder / f"{seed.hex()}.gradient"

    def keep_proposal(self, proposal: Proposal) -> None:
        """Keep a proposal before it is sent."""
        self._write("proposal", _struct_out(proposal))

    def proposal(self) -> Proposal | None:
        """Return the proposal, if one was about to be sent."""
        return _struct_in(Proposal, self._read("proposal"))

    def _answers(self) -> Iterator[tuple[Address, tuple[Answer, bytes | None]]]:
        for path in sorted(self.folder.glob("0x*.json")):
            node = to_address(path.stem)
            found = self._answer(node)
            if found is not None:
                yield node, found

    def _answer(self, node: Address) -> tuple[Answer, bytes | None] | None:
        found = self._read(node)
        if found is None:
            return None
        values = _unspelled(found)
        ack = values.pop("ack", None)
        return Answer.from_fields(values), ack

    def _kept(self, member: Member) -> Kept | None:
        found = self._answer(member.node)
        if found is None:
            return None
        answer, ack = found
        try:
            delta = fixed.from_bytes(self._delta(member.node).read_bytes())
        except OSError as exc:
            raise CheckpointDamaged(self._delta(member.node), exc.strerror) from exc
        return Kept(Accepted(member, answer.receipt, answer.signature, delta), ack)

    def _delta(self, node: Address) -> Path:
        return self.folder / f"{node}.delta"

    def _write(self, name: str, value: Mapping[str, Any]) -> None:
        text = json.dumps(value, indent=1, sort_keys=True) + "\n"
        write_whole(self.folder / f"{name}.json", text.encode())

    def _read(self, name: str) -> dict[str, Any] | None:
        path = self.folder / f"{name}.json"
        try:
            found = load_json(path.read_bytes()) if path.exists() else None
        except (OSError, ValueError) as exc:
            raise CheckpointDamaged(path, exc) from exc
        if found is not None and not isinstance(found, dict):
            raise CheckpointDamaged(path, "it is no record")
        return found


@final
@dataclass(frozen=True, slots=True)
class Epochs:
    """The memory of several epochs, oldest first."""

    each: tuple[Epoch, ...]

    def of_round(self, round: int) -> Epochs:
        """Return the earlier attempts at one round."""
        return Epochs(tuple(epoch for epoch in self.each if epoch.round == round))

    def before_round(self, round: int) -> Epochs:
        """Return the attempts at the rounds before one."""
        return Epochs(tuple(epoch for epoch in self.each if epoch.round < round))

    def promises(self) -> dict[Address, Promise]:
        """Return the last ack that each node was given."""
        return {node: ack for epoch in self.each for node, ack in epoch.promises().items()}

    def roots(self) -> dict[Digest, Address]:
        """Return whose each accepted delta is."""
        return {root: node for epoch in self.each for root, node in epoch.roots().items()}


@final
@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The memory of one program."""

    folder: Path

    def epoch(self, round: int, epoch: int) -> Epoch:
        """Return the memory of one attempt at a round."""
        return Epoch(self.folder / f"{round}-{epoch}")

    def before(self, round: int, epoch: int) -> Epochs:
        """Return the memory of all that came before an epoch and is not forgotten yet."""
        known = sorted(self._numbers())
        return Epochs(tuple(self.epoch(*each) for each in known if each < (round, epoch)))

    def forget_before(self, round: int) -> None:
        """Drop the epochs of rounds before one; their artifacts are in the store."""
        for number, epoch in self._numbers():
            if number < round:
                shutil.rmtree(self.epoch(number, epoch).folder)

    def _numbers(self) -> list[tuple[int, int]]:
        """Return the rounds and epochs that are remembered."""
        names = [path.name.split("-") for path in self.folder.glob("*-*") if path.is_dir()]
        return [(int(name[0]), int(name[1])) for name in names if "".join(name).isdecimal()]

    def keep_key(self, version: int, epoch: int, key: bytes) -> bytes:
        """
        Return the key that seals what an epoch makes: the one kept before, or this one from now on.

        An epoch that came to nothing takes its key with it: others may have seen what it seals.
        """
        path = self._key(version, epoch)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_whole(path, key, mode=0o600)
        return path.read_bytes()

    def key(self, version: int, epoch: int) -> bytes | None:
        """Return the key that seals what an epoch made, if this aggregator has it."""
        path = self._key(version, epoch)
        return path.read_bytes() if path.exists() else None

    def _key(self, version: int, epoch: int) -> Path:
        return self.folder / "keys" / f"{version}-{epoch}.key"


def remembered(found: U | None) -> U:
    """Return what was found; raise where this folder does not remember it."""
    if found is None:
        raise MemoryLost("What this round was closed or proposed with is not in this folder.")
    return found


def _spelled(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: to_hex(value) if name in _HEX else value for name, value in values.items()}


def _unspelled(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: bytes.fromhex(value.removeprefix("0x")) if name in _HEX else value
        for name, value in values.items()
    }


def _struct_out(struct: Close | Proposal) -> dict[str, Any]:
    values = {field.name: getattr(struct, field.name) for field in fields(struct)}
    return {
        name: to_hex(value) if isinstance(value, bytes) else str(value)
        for name, value in values.items()
    }


def _struct_in(kind: type[T], found: Mapping[str, Any] | None) -> T | None:
    if found is None:
        return None
    return kind(**{name: _field_in(str(value)) for name, value in found.items()})


def _field_in(value: str) -> Any:
    if not value.startswith("0x"):
        return int(value)
    raw = bytes.fromhex(value[2:])
    return to_address(raw) if len(raw) == 20 else Digest(raw)
