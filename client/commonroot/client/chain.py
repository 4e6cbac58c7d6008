"""
What a node asks the chain in a round, in plain JSON-RPC.

The app is forked for every message, and a whole web3 would be most of what it loads. Openings and
proposals are found in the logs and believed because they hash to what the contract holds.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any, final

import httpx

from commonroot.client.errors import ChainSilent
from commonroot.ledger.places import shown, split
from commonroot.protocol.hashing import Address, Digest, keccak, word

OPEN, PROPOSED, FINALIZED = 1, 3, 4
"""Stages of a round, as the Programs contract counts."""

OPENED = (
    "RoundOpened(uint256,uint64,uint64,"
    "(uint256,uint64,uint64,uint64,address,uint64,uint64,uint32,uint32,bytes32),uint64)"
)
PROPOSAL = (
    "RoundProposed(uint256,uint64,uint64,bytes32,"
    "(bytes32,bytes32,uint64,uint32,bytes32,bytes32,bytes32,bytes32,uint256,uint256,bytes32),uint64)"
)
"""The events as their topics spell them."""

log = logging.getLogger(__name__)

_PATIENCE = 20.0
_SPAN = 2_000
"""Blocks that logs are asked for at a time: many chains refuse more."""

_PARENT, _RESULT = 3, 5
"""Places of a field in an opening and in a proposal."""


@final
@dataclass(frozen=True, slots=True)
class Round:
    """What of a round's state a node looks at."""

    stage: int
    epoch: int
    commitment: Digest
    """The hash of the opening, while the round is open."""
    proposal: Digest
    """The hash of the proposal, once there is one."""


@final
@dataclass(frozen=True, slots=True)
class Chain:
    """A chain's RPC addresses, as a setting names them: the first that answers is believed."""

    url: str

    def round(self, programs: Address, program: int, number: int) -> Round:
        """Return the state of a program's round."""
        words = self._call(programs, "round(uint256,uint64)", program, number)
        stage, epoch = (int.from_bytes(each) for each in words[:2])
        return Round(stage, epoch, Digest(words[7]), Digest(words[8]))

    def parent(self, programs: Address, program: int, number: int, state: Round) -> int:
        """Return the version that an open round starts from."""
        place = program, number, state.epoch
        opening = self._said(programs, OPENED, place, slice(10), state.commitment)
        return int.from_bytes(opening[_PARENT])

    def base_root(self, programs: Address, models: Address, program: int, version: int) -> Digest:
        """Return the root of a version, which may be proposed and not final yet."""
        state = self.round(programs, program, version) if version else None
        if state is None or state.stage != PROPOSED:
            return self.version_root(models, program, version)
        place = program, version, state.epoch
        proposal = self._said(programs, PROPOSAL, place, slice(1, 12), state.proposal)
        return Digest(proposal[_RESULT])

    def is_final(self, programs: Address, program: int, number: int) -> bool:
        """Say whether a round made a version."""
        return self.round(programs, program, number).stage == FINALIZED

    def version_root(self, models: Address, model: int, version: int) -> Digest:
        """Return the root over a version's chunks."""
        words = self._call(models, "versionRoot(uint256,uint64)", model, version)
        return Digest(words[0])

    def _said(
        self,
        programs: Address,
        event: str,
        place: tuple[int, int, int],
        part: slice,
        digest: Digest,
    ) -> list[bytes]:
        """Return the part of an event's data that hashes to something; the newest blocks come first."""
        topics = ["0x" + keccak(event.encode()).hex(), *("0x" + word(each).hex() for each in place)]
        last = int(str(self._ask("eth_blockNumber", [])), 16)
        while last >= 0:
            first = max(0, last - _SPAN + 1)
            asked = {"address": programs, "topics": topics}
            logs = self._ask(
                "eth_getLogs", [{**asked, "fromBlock": hex(first), "toBlock": hex(last)}]
            )
            for log in logs:
                words = self._words(event, log["data"])[part]
                if keccak(*words) == digest:
                    return words
            last = first - 1
        raise ChainSilent(
            shown(self.url), f"nobody said {event.partition('(')[0]} of round {place[1]}"
        )

    def _call(self, contract: Address, signature: str, *arguments: int) -> list[bytes]:
        data = keccak(signature.encode())[:4] + b"".join(word(each) for each in arguments)
        call = {"to": contract, "data": "0x" + data.hex()}
        return self._words(signature, self._ask("eth_call", [call, "latest"]))

    def _words(self, signature: str, answer: object) -> list[bytes]:
        try:
            raw = bytes.fromhex(str(answer).removeprefix("0x"))
        except ValueError as exc:
            raise ChainSilent(shown(self.url), f"{signature} gave {str(answer)[:80]}") from exc
        if not raw or len(raw) % 32:
            raise ChainSilent(shown(self.url), f"{signature} gave {len(raw)} bytes")
        return [raw[at : at + 32] for at in range(0, len(raw), 32)]

    def _ask(self, method: str, parameters: list[Any]) -> Any:
        *sooner, last = split(self.url)
        for url in sooner:
            try:
                return _answer(url, method, parameters)
            except ChainSilent as exc:
                log.info("%s The next address is asked.", exc)
        return _answer(last, method, parameters)


def _answer(url: str, method: str, parameters: list[Any]) -> Any:
    question = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
    try:
        answer = httpx.post(url, json=question, timeout=_PATIENCE).json()
    except (httpx.HTTPError, ValueError) as exc:
        # What went wrong is named, not quoted: the address in it may hold a secret.
        raise ChainSilent(shown(url), type(exc).__name__) from exc
    if not isinstance(answer, dict) or "result" not in answer:
        raise ChainSilent(shown(url), str(answer)[:200])
    return answer["result"]
