"""An agent signs over its socket what its policy admits, for its own user, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import socket
import stat
import struct
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from tests.keys.samples import (
    DATASET,
    DOMAIN,
    OTHER,
    PROGRAMS,
    RECEIPT,
    TRANSACTION,
    WALLET,
    receipt,
)

from commonroot.keys import door
from commonroot.keys.agent import AgentSigner, serve
from commonroot.keys.errors import (
    AgentRefused,
    AgentUnreachable,
    MemoryTaken,
    SocketPathTooLong,
    SocketTaken,
    SocketUnsafe,
    UnsignableTransaction,
)
from commonroot.keys.policy import Calls, Policy
from commonroot.keys.signer import Signer, WalletSigner
from commonroot.protocol.hashing import Digest

SIGNER = WalletSigner(WALLET)
POLICY = Policy(
    DOMAIN,
    program=1,
    datasets=frozenset({DATASET}),
    most_weight=5,
    acks=True,
    calls=Calls(frozenset({PROGRAMS})),
)


@pytest.fixture
def memory(tmp_path: Path) -> Path:
    return tmp_path / "signed.json"


@pytest.fixture
def place(memory: Path) -> Iterator[Path]:
    with serve(SIGNER, POLICY, memory=memory) as place:
        yield place


@pytest.fixture
def agent(place: Path) -> Signer:
    return AgentSigner(place)


def say(place: Path, sent: bytes) -> bytes:
    """Return all that an agent answers to some bytes."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        connection.connect(str(place))
        try:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            with connection.makefile("rb") as answer:
                return answer.read()
        except (ConnectionResetError, BrokenPipeError):  # hung up on before all was said
            return b""


def message(text: bytes) -> bytes:
    return struct.pack(">I", len(text)) + text


class TestSigner:
    def test_signs_as_the_wallet_would(self, agent: Signer) -> None:
        """
        Address, receipts, acks and transactions come through the socket unchanged.
        """
        assert agent.address == WALLET.address
        assert agent.sign_receipt(RECEIPT, DOMAIN) == SIGNER.sign_receipt(RECEIPT, DOMAIN)
        assert agent.sign_ack(RECEIPT, DOMAIN) == SIGNER.sign_ack(RECEIPT, DOMAIN)
        assert agent.sign_transaction(TRANSACTION) == SIGNER.sign_transaction(TRANSACTION)

    def test_takes_a_transaction_in_any_spelling(self, agent: Signer) -> None:
        """
        Hexadecimal numbers, bytes and a sender are what libraries give.
        """
        spelled = {**TRANSACTION, "gas": "0x186a0", "from": WALLET.address}
        spelled["data"] = bytes.fromhex(TRANSACTION["data"][2:])

        assert agent.sign_transaction(spelled) == SIGNER.sign_transaction(TRANSACTION)

    def test_signs_old_transactions(self, agent: Signer) -> None:
        """
        A chain without base fees is served as well.
        """
        old = {
            name: TRANSACTION[name] for name in ("to", "value", "data", "nonce", "gas", "chainId")
        }
        signed = agent.sign_transaction({**old, "gasPrice": 10})

        assert Account.recover_transaction(signed) == WALLET.address

    def test_passes_refusals_on(self, agent: Signer) -> None:
        """
        The reason reaches who asked, for everything an agent signs.
        """
        with pytest.raises(AgentRefused, match="program 1 only"):
            agent.sign_receipt(receipt(program=2), DOMAIN)
        with pytest.raises(AgentRefused, match=f"aggregator {OTHER}"):
            agent.sign_ack(receipt(aggregator=OTHER), DOMAIN)
        with pytest.raises(AgentRefused, match="the value is 1"):
            agent.sign_transaction({**TRANSACTION, "value": 1})
        with pytest.raises(AgentRefused, match="cannot be signed"):
            agent.sign_transaction({**TRANSACTION, "nonce": -1})

    @pytest.mark.parametrize(
        "extra", [{"authorizationList": []}, {"accessList": []}, {"gas": "much"}, {"data": 1}]
    )
    def test_never_signs_other_fields(self, agent: Signer, extra: dict[str, Any]) -> None:
        """
        An authorization would hand the account over; what an agent does not know it does not sign.
        """
        with pytest.raises(UnsignableTransaction, match="cannot be signed"):
            agent.sign_transaction({**TRANSACTION, **extra})

    def test_never_signs_two_deltas_for_a_round(self, agent: Signer) -> None:
        """
        The second one is refused, the first one may be signed again.
        """
        agent.sign_receipt(RECEIPT, DOMAIN)

        with pytest.raises(AgentRefused, match="another delta"):
            agent.sign_receipt(receipt(delta_root=Digest(bytes(32))), DOMAIN)
        agent.sign_receipt(RECEIPT, DOMAIN)

    def test_signs_one_of_two_deltas_asked_for_at_once(self, agent: Signer) -> None:
        """
        However the askers interleave, exactly one delta is signed.
        """

        def ask(root: int) -> bool:
            try:
                agent.sign_receipt(receipt(delta_root=Digest(bytes([root]) * 32)), DOMAIN)
            except AgentRefused:
                return False
            return True

        with ThreadPoolExecutor(12) as pool:
            assert sum(pool.map(ask, range(24))) == 1


class TestServe:
    def test_remembers_before_it_signs(self, memory: Path) -> None:
        """
        When the wallet is asked for a signature, the record of it is on disk already.
        """
        seen: list[bool] = []

        class Watched:
            address = WALLET.address

            def sign_receipt(self, *given: Any) -> bytes:
                seen.append(RECEIPT.delta_root.hex() in memory.read_text())
                return SIGNER.sign_receipt(*given)

            sign_ack = sign_transaction = SIGNER.sign_ack

        with serve(Watched(), POLICY, memory=memory) as place:
            AgentSigner(place).sign_receipt(RECEIPT, DOMAIN)
        assert seen == [True]

    def test_is_reached_by_its_user_only(self, place: Path) -> None:
        """
        The socket has mode 0600 and lies in a folder of mode 0700.
        """
        assert stat.S_IMODE(place.stat().st_mode) == 0o600
        assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700

    def test_answers_nobody_else(self, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """
        A process of another user that got hold of the socket is hung up on.
        """
        user = os.getuid()
        monkeypatch.setattr(door.os, "getuid", lambda: user + 1)

        assert say(place, message(b'{"ask":"address"}')) == b""

    def test_leaves_nothing_behind(self, memory: Path) -> None:
        """
        Socket, folder and threads are gone, and askers are told that nobody answers.
        """
        before = threading.active_count()
        with serve(SIGNER, POLICY, memory=memory) as place:
            agent = AgentSigner(place)

        assert not place.parent.exists() and threading.active_count() == before
        with pytest.raises(AgentUnreachable, match="No such file"):
            agent.sign_receipt(RECEIPT, DOMAIN)

    def test_ends_while_someone_is_silent(self, memory: Path) -> None:
        """
        A connection that says nothing does not hold the agent up.
        """
        with socket.socket(socket.AF_UNIX) as silent:
            with serve(SIGNER, POLICY, memory=memory) as place:
                silent.connect(str(place))
                assert AgentSigner(place).address == WALLET.address
            assert silent.recv(1) == b""

    def test_serves_more_askers_than_it_has_room_for(self, agent: Signer, place: Path) -> None:
        """
        Who finds no room is answered in turn.
        """
        with ThreadPoolExecutor(32) as pool:
            found = list(pool.map(lambda _: AgentSigner(place).address, range(64)))
        assert found == [WALLET.address] * 64

    @pytest.mark.parametrize(
        "junk",
        [
            message(b"{"),
            message(b"[]"),
            message(b'{"ask":"secret"}'),
            message(b'{"ask":"receipt"}'),
            message(b'{"ask":"receipt","receipt":{"program":[]},"domain":{}}'),
            message(b'{"ask":"transaction","transaction":{"gas":"x"}}'),
            message(b'{"ask":"transaction","transaction":{"accessList":"x"}}'),
            message(b"[" * 10000),
            struct.pack(">I", 2**31),
        ],
    )
    def test_refuses_what_is_no_question(self, agent: Signer, place: Path, junk: bytes) -> None:
        """
        Junk is answered with a refusal, and the next asker is served.
        """
        answer = say(place, junk)

        assert list(json.loads(answer[4:])) == ["refused"]
        assert agent.sign_receipt(RECEIPT, DOMAIN)

    @pytest.mark.parametrize("junk", [b"", b"\x00\x00", message(b"{}")[:-1]])
    def test_survives_askers_who_hang_up(self, agent: Signer, place: Path, junk: bytes) -> None:
        """
        Half a question gets no answer, and the next asker is served.
        """
        assert say(place, junk) == b""
        assert agent.sign_receipt(RECEIPT, DOMAIN)

    def test_is_alone_with_its_memory(self, place: Path, memory: Path) -> None:
        """
        A second agent of the same account is refused.
        """
        with pytest.raises(MemoryTaken), serve(SIGNER, POLICY, memory=memory):
            pass


class TestPath:
    def test_takes_the_place_of_a_dead_agent(self, tmp_path: Path, memory: Path) -> None:
        """
        A socket that a crash left behind does not stop the next agent.
        """
        place = tmp_path / "run" / "agent"
        place.parent.mkdir(mode=0o700)
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(place))

        with serve(SIGNER, POLICY, memory=memory, path=place) as served:
            assert AgentSigner(served).address == WALLET.address
        assert not place.exists()

    def test_refuses_a_place_that_is_taken(self, tmp_path: Path, memory: Path) -> None:
        """
        Neither a living agent's socket nor a file is removed.
        """
        place, file = tmp_path / "run" / "agent", tmp_path / "run" / "file"
        with serve(SIGNER, POLICY, memory=memory, path=place):
            file.write_text("kept")
            for taken in (place, file):
                other = serve(SIGNER, POLICY, memory=tmp_path / "other.json", path=taken)
                with pytest.raises(SocketTaken), other:
                    pass
            assert AgentSigner(place).address == WALLET.address
        assert file.read_text() == "kept"

    def test_refuses_a_folder_that_others_reach(self, tmp_path: Path, memory: Path) -> None:
        """
        The hint says how to close it.
        """
        (tmp_path / "open").mkdir(mode=0o755)
        serving = serve(SIGNER, POLICY, memory=memory, path=tmp_path / "open" / "agent")

        with pytest.raises(SocketUnsafe, match="open") as caught, serving:
            pass
        assert "chmod 700" in caught.value.hint

    def test_refuses_a_path_the_system_does_not_take(self, tmp_path: Path, memory: Path) -> None:
        """
        The limit is named.
        """
        serving = serve(SIGNER, POLICY, memory=memory, path=tmp_path / ("x" * 90) / "agent")

        with pytest.raises(SocketPathTooLong, match="103 bytes"), serving:
            pass

    def test_says_where_nobody_answers(self, tmp_path: Path) -> None:
        """
        A signer without an agent is one clear error.
        """
        with pytest.raises(AgentUnreachable, match="nowhere"):
            AgentSigner(tmp_path / "nowhere")
