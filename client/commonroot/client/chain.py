"""
The three things a node asks the chain in a round, in plain JSON-RPC.

The app is forked for every message, and a whole web3 would be most of what it loads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import httpx

from commonroot.client.errors import ChainSilent
from commonroot.protocol.hashing import Address, Digest, keccak, word

OPEN = 1
"""The stage of a round that takes contributions, as the Programs contract counts."""

_PATIENCE = 20.0


@final
@dataclass(frozen=True, slots=True)
class Round:
    """What of a round's state a node looks at."""

    stage: int
    epoch: int
    parent: int


@final
@dataclass(frozen=True, slots=True)
class Chain:
    """A chain's RPC address."""

    url: str

    def round(self, programs: Address, program: int, number: int) -> Round:
        """Return the state of a program's round."""
        words = self._call(programs, "round(uint256,uint64)", program, number)
        return Round(*(int.from_bytes(each) for each in words[:3]))

    def version_root(self, models: Address, model: int, version: int) -> Digest:
        """Return the root over a version's chunks."""
        words = self._call(models, "versionRoot(uint256,uint64)", model, version)
        return Digest(words[0])

    def _call(self, contract: Address, signature: str, *arguments: int) -> list[bytes]:
        data = keccak(signature.encode())[:4] + b"".join(word(each) for each in arguments)
        call = {"to": contract, "data": "0x" + data.hex()}
        answer = self._ask("eth_call", [call, "latest"])
        try:
            raw = bytes.fromhex(str(answer).removeprefix("0x"))
        except ValueError as exc:
            raise ChainSilent(self.url, f"{signature} gave {str(answer)[:80]}") from exc
        if not raw or len(raw) % 32:
            raise ChainSilent(self.url, f"{signature} gave {len(raw)} bytes")
        return [raw[at : at + 32] for at in range(0, len(raw), 32)]

    def _ask(self, method: str, parameters: list[Any]) -> Any:
        question = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
        try:
            answer = httpx.post(self.url, json=question, timeout=_PATIENCE).json()
        except (httpx.HTTPError, ValueError) as exc:
            raise ChainSilent(self.url, exc) from exc
        if not isinstance(answer, dict) or "result" not in answer:
            raise ChainSilent(self.url, str(answer)[:200])
        return answer["result"]
