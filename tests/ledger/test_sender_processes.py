"""One account, several processes, some of which die: nothing is lost, nothing is sent twice."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.devchain.samples import Served, served
from tests.ledger.proxies import honest, proxy
from tests.ledger.sending import SIGNER, Errand, balance, noted, quick, sender_at, target, until

from commonroot.ledger.connect import connect
from commonroot.ledger.errors import AccountBusy, OutboxUnusable, TransactionLost
from commonroot.ledger.sender import Sender

_GIFTS = 12


@pytest.fixture
def devchain() -> Iterator[Served]:
    with served() as running:
        yield running


def start(what: str, devchain: Served, folder: Path, *more: str) -> subprocess.Popen[str]:
    """Start a program that sends."""
    words = [sys.executable, "-m", "tests.ledger.spender", what, devchain.url, str(folder), *more]
    return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def said(process: subprocess.Popen[str]) -> str:
    """Return the next line that a program prints."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


class TestProcesses:
    def test_share_an_account(self, devchain: Served, tmp_path: Path) -> None:
        """
        Two send at once for one account: all of it arrives, each nonce once.
        """
        givers = [start("give", devchain, tmp_path, str(_GIFTS)) for _ in range(2)]
        assert [said(each) for each in givers] == ["ready", "ready"]
        for each in givers:
            assert each.stdin is not None
            each.stdin.write("go\n")
            each.stdin.flush()
        for each in givers:
            each.communicate()
            assert each.returncode == 0

        sender = sender_at(devchain, quick(tmp_path))
        assert balance(sender.web3, target(1)) == 2 * _GIFTS
        assert sender.next_nonce() == 2 * _GIFTS
        assert noted(tmp_path) == []

    def test_share_it_while_nothing_is_mined(self, devchain: Served, tmp_path: Path) -> None:
        """
        Equal calls that wait at the same time are two calls, each with its nonce.
        """
        devchain.call("evm_setAutomine", False)
        web3 = sender_at(devchain, quick(tmp_path)).web3
        errands = [Errand(sender_at(devchain, quick(tmp_path)), target(1)) for _ in range(2)]
        until(lambda: len(noted(tmp_path)) == 2)
        until(lambda: devchain.call("eth_getTransactionCount", SENDER, "pending") == "0x2")
        devchain.call("evm_mine")

        assert len({errand.sent().hash for errand in errands}) == 2
        assert balance(web3, target(1)) == 2

    def test_share_it_where_nodes_count_mined_ones_only(
        self, devchain: Served, tmp_path: Path
    ) -> None:
        """
        Some nodes leave out what waits: the notes know it.
        """

        def mined_only(method: str, answer: dict[str, Any]) -> tuple[int, bytes]:
            if method == "eth_getTransactionCount" and not done:
                answer = {**answer, "result": "0x0"}
            return honest(method, answer)

        done: list[bool] = []
        devchain.call("evm_setAutomine", False)
        with proxy(devchain.url, mined_only) as there:
            senders = [Sender(connect(there.url), SIGNER, care=quick(tmp_path)) for _ in range(2)]
            errands = [Errand(sender, target(1)) for sender in senders]
            until(lambda: devchain.call("eth_getTransactionCount", SENDER, "pending") == "0x2")
            devchain.call("evm_mine")
            done.append(True)

            assert len({errand.sent().hash for errand in errands}) == 2

    def test_may_die_with_the_turn(self, devchain: Served, tmp_path: Path) -> None:
        """
        Whoever is killed while it chooses a nonce keeps nobody from going on.
        """
        with start("hold", devchain, tmp_path) as holder:
            assert said(holder) == "held"
            errand = Errand(sender_at(devchain, quick(tmp_path)), target(1))
            with pytest.raises(TimeoutError):
                errand._done.result(0.5)
            holder.kill()
            errand.sent()

    def test_are_not_waited_for_without_end(
        self, devchain: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        One that hangs is named, with what to do.
        """
        monkeypatch.setattr("commonroot.ledger.outbox._BUSY", 0.2)
        with start("hold", devchain, tmp_path) as holder:
            assert said(holder) == "held"
            with pytest.raises(AccountBusy, match=SENDER) as caught:
                sender_at(devchain, quick(tmp_path)).send("a gift", target(1), value=1)
            holder.kill()
        assert "other process" in caught.value.hint


class TestCrash:
    def test_at_any_line_sends_nothing_twice(self, devchain: Served, tmp_path: Path) -> None:
        """
        A process dies at each line of the sender in turn; asked again, the gift is given once.
        """
        with start("stumble", devchain, tmp_path) as process:
            output, _ = process.communicate()
        assert process.returncode == 0

        lines = [tuple(map(int, line.split())) for line in output.splitlines()]
        ends = [ended for _, ended, *_ in lines]
        assert len(lines) > 100
        assert ends == [9] * (len(lines) - 1) + [0]
        assert [(given, left) for *_, given, left in lines] == [(1, 0)] * len(lines)
        # Some died with a note, some before there was one, and some after it was settled.
        notes = [left for _, _, left, *_ in lines]
        heard = [each for _, _, _, each, *_ in lines]
        assert {0, 1} == set(notes) == set(heard)
        assert heard == sorted(heard)


class TestOutbox:
    def test_says_that_it_cannot_be_written(self, devchain: Served, tmp_path: Path) -> None:
        """
        What cannot be noted is not sent.
        """
        taken = tmp_path / "outbox"
        taken.write_text("a file")
        sender = sender_at(devchain, quick(taken))

        with pytest.raises(OutboxUnusable, match=str(taken)) as caught:
            sender.send("a gift", target(1), value=1)

        assert "COMMONROOT_OUTBOX" in caught.value.hint
        assert balance(sender.web3, target(1)) == 0

    @pytest.mark.parametrize("junk", ["", "{}", "[1]", json.dumps({"to": 1}), "\x00"])
    def test_says_that_it_cannot_be_read(self, devchain: Served, tmp_path: Path, junk: str) -> None:
        """
        Notes that make no sense are not passed over: what they were about may be on its way.
        """
        sender = sender_at(devchain, quick(tmp_path, patience=0.2))
        devchain.call("evm_setAutomine", False)
        with pytest.raises(TransactionLost):
            sender.send("a gift", target(1), value=1)
        (note,) = tmp_path.glob(f"*/{SENDER}/0.json")
        note.write_text(junk)

        with pytest.raises(OutboxUnusable, match=r"0\.json.*malformed"):
            sender.send("a gift", target(1), value=1)
        assert sender.web3.eth.get_transaction_count(sender.address, "pending") == 1

    def test_leaves_little_behind(self, devchain: Served, tmp_path: Path) -> None:
        """
        What is settled is not kept, but where nodes may lag for the block that held the last of it.
        """
        sender_at(devchain, quick(tmp_path)).send("a gift", target(1), value=1)
        assert list(tmp_path.iterdir()) == []

        several = connect(f"{devchain.url},{devchain.url}/")
        Sender(several, SIGNER, care=quick(tmp_path)).send("a gift", target(1), value=1)
        (left,) = tmp_path.glob("*/*/*")
        assert (left.name, left.read_text()) == ("mined", "2")

    def test_forgets_a_chain_that_was_put_back(
        self, devchain: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        A block that is not there any more is waited for once, as if the node lagged, and no longer.
        """
        monkeypatch.setattr("commonroot.ledger.sender._LAG", 0.2)
        several = connect(f"{devchain.url},{devchain.url}/")
        snapshot = devchain.call("evm_snapshot")
        sender = Sender(several, SIGNER, care=quick(tmp_path))
        sender.send("a gift", target(1), value=1)
        devchain.call("evm_revert", snapshot)

        sender.send("a gift", target(1), value=1)

        assert balance(sender.web3, target(1)) == 1

    def test_keeps_a_nonce_from_being_given_twice(self, devchain: Served, tmp_path: Path) -> None:
        """
        A node that has not heard of the last transaction is waited for before it is asked for a nonce.
        """
        behind: list[bool] = []

        def lag(method: str, answer: dict[str, Any]) -> tuple[int, bytes]:
            if behind and method == "eth_blockNumber":
                behind.pop()
                answer = {**answer, "result": "0x0"}
            elif behind and method == "eth_getTransactionCount":
                answer = {**answer, "result": "0x0"}
            return honest(method, answer)

        several = connect(f"{devchain.url},{devchain.url}/")
        Sender(several, SIGNER, care=quick(tmp_path)).send("a gift", target(1), value=1)
        with proxy(devchain.url, lag) as slow:
            sender = Sender(connect(f"{slow.url},{slow.url}/"), SIGNER, care=quick(tmp_path))
            behind[:] = [True] * 3
            sender.send("a gift", target(1), value=1)

        assert not behind
        assert balance(sender_at(devchain, quick(tmp_path)).web3, target(1)) == 2


SENDER = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
"""The first account of every dev chain."""
