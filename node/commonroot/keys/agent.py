"""
The agent: a process that holds an unlocked wallet and signs for others what its policy admits.

Like ssh-agent, it answers on a Unix socket that only its own user can reach. Each connection carries one
question and one answer, so nothing is left half-said when either side dies, and a process may fork
with its signer.

    {"ask": "address"}                             -> {"address": "0x..."}
    {"ask": "receipt" | "ack", "receipt", "domain"} -> {"signed": "0x..."} or {"refused": "why"}
    {"ask": "transaction", "transaction"}           -> {"signed": "0x..."} or {"refused": "why"}
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, final

from commonroot.base.errors import CommonrootError
from commonroot.keys.door import Door, listening
from commonroot.keys.errors import AgentRefused, AgentUnreachable
from commonroot.keys.memory import Memory, kept
from commonroot.keys.policy import Policy
from commonroot.keys.signer import Signer
from commonroot.keys.wire import (
    Misspoken,
    read_promise,
    read_transaction,
    receive,
    send,
    spell_promise,
    spell_transaction,
)
from commonroot.protocol.hashing import Address, from_hex, to_address, to_hex
from commonroot.protocol.receipt import Domain, Receipt

_PATIENCE = 30.0


@contextmanager
def serve(
    signer: Signer, policy: Policy, *, memory: Path, path: Path | None = None
) -> Iterator[Path]:
    """
    Answer at a socket until the block ends, and give its path; without one it lies in a new folder.

    `memory` is the file with what this account signed. It belongs to the account, not to the run: with
    another file for the same account, two deltas could be signed for one round.
    """
    with kept(memory) as signed, listening(path) as (listener, place):
        agent = _Agent(signer, policy, signed)
        with Door(listener, agent.answer):
            yield place


@final
class AgentSigner:
    """Signs through the agent at a socket; raises AgentRefused where its policy does not admit it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._address = to_address(self._ask({"ask": "address"}, "address"))

    @property
    def address(self) -> Address:
        """Return the account that the agent signs for."""
        return self._address

    def sign_receipt(self, receipt: Receipt, domain: Domain) -> bytes:
        """Return the agent's signature under a receipt."""
        return self._signed({"ask": "receipt", **spell_promise(receipt, domain)})

    def sign_ack(self, receipt: Receipt, domain: Domain) -> bytes:
        """Return the agent's signature under the promise to include a receipt."""
        return self._signed({"ask": "ack", **spell_promise(receipt, domain)})

    def sign_transaction(self, transaction: Mapping[str, Any]) -> bytes:
        """Return the transaction, signed by the agent."""
        return self._signed({"ask": "transaction", "transaction": spell_transaction(transaction)})

    def _signed(self, question: Mapping[str, Any]) -> bytes:
        return from_hex(self._ask(question, "signed"))

    def _ask(self, question: Mapping[str, Any], wanted: str) -> str:
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(_PATIENCE)
                connection.connect(str(self._path))
                send(connection, question)
                answer = receive(connection)
        except OSError as exc:
            raise AgentUnreachable(self._path, exc.strerror or str(exc)) from exc
        if "refused" in answer:
            raise AgentRefused(str(answer["refused"]))
        if not isinstance(answer.get(wanted), str):
            raise AgentUnreachable(self._path, "what answers there is no signing agent")
        return str(answer[wanted])


@final
class _Agent:
    """Puts a signer behind a policy and a memory."""

    def __init__(self, signer: Signer, policy: Policy, memory: Memory) -> None:
        self._signer, self._policy, self._memory = signer, policy, memory
        self._turn = threading.Lock()

    def answer(self, connection: socket.socket) -> None:
        """Answer the one question of a connection."""
        try:
            reply = self._reply(receive(connection))
        except AgentRefused as exc:
            reply = {"refused": exc.reason}
        except CommonrootError as exc:
            reply = {"refused": str(exc)}
        send(connection, reply)

    def _reply(self, question: Mapping[str, Any]) -> dict[str, str]:
        match question.get("ask"):
            case "address":
                return {"address": self._signer.address}
            case "receipt":
                return {"signed": to_hex(self._receipt(*read_promise(question)))}
            case "ack":
                return {"signed": to_hex(self._ack(*read_promise(question)))}
            case "transaction":
                return {"signed": to_hex(self._transaction(read_transaction(question)))}
        raise Misspoken("An agent is not asked that.")

    def _receipt(self, receipt: Receipt, domain: Domain) -> bytes:
        self._policy.check_receipt(receipt, domain)
        with self._turn:
            self._memory.remember(receipt, domain)
        return self._signer.sign_receipt(receipt, domain)

    def _ack(self, receipt: Receipt, domain: Domain) -> bytes:
        self._policy.check_ack(receipt, domain, self._signer.address)
        return self._signer.sign_ack(receipt, domain)

    def _transaction(self, transaction: Mapping[str, Any]) -> bytes:
        self._policy.check_transaction(transaction)
        return self._signer.sign_transaction(transaction)
