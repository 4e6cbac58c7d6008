"""A dev chain in a process of its own: how it starts, answers, survives and ends."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from tests.devchain.samples import ALICE, Served, command, draft, served, signed

from commonroot.devchain.accounts import derive
from commonroot.devchain.server import _listen
from commonroot.devchain.settings import MNEMONIC
from commonroot.devchain.transaction import sign


def failing(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*options), capture_output=True, text=True, timeout=30, check=False
    )


class TestStart:
    def test_says_one_line_to_programs(self, devchain: Served) -> None:
        """
        The line has url, chain id, accounts and process.
        """
        assert set(devchain.ready) == {"url", "chain_id", "accounts", "pid"}
        assert devchain.ready["pid"] == devchain.process.pid
        assert devchain.ready["accounts"][0] == "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
        assert devchain.call("eth_chainId") == "0x7a69"

    def test_takes_its_options(self) -> None:
        """
        Chain id, accounts and balance are as asked for.
        """
        with served("--chain-id", "7", "--accounts", "3", "--balance", "2") as running:
            accounts = running.call("eth_accounts")

            assert running.call("eth_chainId") == "0x7"
            assert len(accounts) == 3
            assert running.call("eth_getBalance", accounts[2]) == hex(2 * 10**18)

    def test_shows_people_the_keys_and_says_that_all_know_them(self) -> None:
        """
        The table has accounts, keys and a warning, then the address.
        """
        with subprocess.Popen(command(), stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            lines = []
            while not lines or not lines[-1].startswith("Listening on "):
                lines.append(process.stdout.readline())
            process.terminate()

        shown = "".join(lines)
        assert "0x" + ALICE.secret.hex() in shown
        assert "EVERYBODY KNOWS THESE PRIVATE KEYS" in shown

    def test_refuses_a_taken_port(self, devchain: Served) -> None:
        """
        One sentence, what to do, status 1, no traceback.
        """
        port = devchain.url.rsplit(":", 1)[1]

        ended = failing("--port", port)

        assert ended.returncode == 1
        assert ended.stderr.startswith(f"Error: Port {port} on 127.0.0.1 is taken.\nStop what")
        assert "Traceback" not in ended.stderr

    def test_warns_of_listening_to_all(self) -> None:
        """
        Beyond loopback everybody can spend and move time, and that is said.
        """
        ended = failing("--host", "192.0.2.1")

        assert "whoever reaches this port can spend" in ended.stderr
        assert "Cannot listen on 192.0.2.1:0" in ended.stderr

    @pytest.mark.parametrize(
        "options", [["--accounts", "0"], ["--port", "70000"], ["--block-time", "0"], ["--nonsense"]]
    )
    def test_refuses_misuse(self, options: list[str]) -> None:
        """
        What makes no sense is status 2.
        """
        assert failing(*options).returncode == 2


class TestHttp:
    def test_lets_web_pages_ask(self, devchain: Served) -> None:
        """
        A preflight request is answered, and answers may be read from anywhere.
        """
        status, _, headers = devchain.post(b'{"id":1,"method":"eth_chainId"}')

        assert (status, headers["access-control-allow-origin"]) == (200, "*")
        assert raw(devchain, b"OPTIONS / HTTP/1.1\r\nHost: x\r\n\r\n").startswith(b"HTTP/1.1 204")

    def test_says_what_it_is(self, devchain: Served) -> None:
        """
        A browser that opens the address is told to post.
        """
        answered = raw(devchain, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", until=b"POST to it")

        assert answered.startswith(b"HTTP/1.1 405")
        assert b"POST to it" in answered

    def test_answers_what_is_not_http(self, devchain: Served) -> None:
        """
        Noise is answered, and the next request as well.
        """
        assert raw(devchain, b"nonsense\r\n\r\n").startswith(b"HTTP/1.1 400")
        assert devchain.call("eth_chainId") == "0x7a69"

    def test_bounds_requests(self, devchain: Served) -> None:
        """
        More than five mebibytes are refused, less are read.
        """
        large = b'{"id":1,"method":"eth_chainId","params":["' + b"x" * (5 * 2**20) + b'"]}'

        assert devchain.post(large)[0] == 413
        assert devchain.post(large[-1_000_000:])[0] == 200

    def test_keeps_a_connection(self, devchain: Served) -> None:
        """
        Several requests pass over one connection, in order.
        """
        body = b'{"id":1,"method":"eth_chainId"}'
        request = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)

        answered = raw(devchain, request * 3, until=b"0x7a69", times=3)

        assert answered.count(b"HTTP/1.1 200") == 3


class TestListen:
    def test_names_the_protocol(self) -> None:
        """
        Only then does asyncio send answers at once; without it, each would wait for 40 ms.
        """
        with _listen("127.0.0.1", 0) as listener:
            assert listener.proto == socket.IPPROTO_TCP


class TestTime:
    def test_passes_without_transactions(self) -> None:
        """
        With a block time, empty blocks come by themselves.
        """
        with served("--block-time", "0.05") as running:
            assert reaches(running, 3)


class TestEnd:
    @pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
    def test_is_clean(self, number: int, status: int, tmp_path: Path) -> None:
        """
        Asked to end, it ends with the right status, and the folder is free.
        """
        with served("--state", str(tmp_path)) as running:
            running.process.send_signal(number)
            assert running.process.wait(10) == status

        with served("--state", str(tmp_path)) as again:
            assert again.call("eth_blockNumber") == "0x0"

    def test_does_not_wait_for_a_call_that_never_ends(self) -> None:
        """
        A call that runs for long is left behind.
        """
        with served() as running:
            body = {"id": 1, "method": "eth_call", "params": [{"data": "0x5b5f56"}]}
            port = int(running.url.rsplit(":", 1)[1])
            with socket.create_connection(("127.0.0.1", port)) as caller:
                caller.sendall(http_post(json.dumps(body).encode()))
                time.sleep(0.3)
                running.process.terminate()
                assert running.process.wait(8) == 0

    def test_by_a_power_cut_loses_nothing(self, tmp_path: Path) -> None:
        """
        Killed in the middle of its work, again and again, it has every transaction it answered for.
        """
        raws = iter([signed(nonce=nonce) for nonce in range(500)])
        told: dict[str, Any] = {}
        for _ in range(3):
            with served("--state", str(tmp_path)) as running:
                for hash, receipt in told.items():
                    assert running.call("eth_getTransactionReceipt", hash) == receipt
                deadline = len(told) + 25
                for raw_transaction in raws:
                    hash = running.call("eth_sendRawTransaction", "0x" + raw_transaction.hex())
                    told[hash] = running.call("eth_getTransactionReceipt", hash)
                    if len(told) == deadline:
                        break
                running.kill()

        assert len(told) == 75


class TestAccounts:
    def test_beyond_ten_are_derived(self) -> None:
        """
        The eleventh account is the phrase's eleventh, and it can spend.
        """
        eleventh = derive(MNEMONIC, 11)[10]
        with served("--accounts", "11") as running:
            made = sign(draft(sender=eleventh.address), eleventh)

            hash = running.call("eth_sendRawTransaction", "0x" + made.raw.hex())

            assert running.call("eth_getTransactionReceipt", hash)["status"] == "0x1"


def reaches(running: Served, number: int) -> bool:
    for _ in range(200):
        if int(running.call("eth_blockNumber"), 16) >= number:
            return True
        time.sleep(0.05)
    return False


def http_post(body: bytes) -> bytes:
    return b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


def raw(running: Served, request: bytes, until: bytes = b"\r\n\r\n", times: int = 1) -> bytes:
    """Return what comes back for these bytes, up to a mark."""
    port = int(running.url.rsplit(":", 1)[1])
    answered = b""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request)
        while answered.count(until) < times:
            part = connection.recv(65_536)
            if not part:
                break
            answered += part
    return answered
