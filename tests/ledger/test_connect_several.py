"""Several endpoints of one chain: one that fails is passed over, and secrets stay where they are."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.devchain.samples import Served, served
from tests.ledger.proxies import honest, proxy
from tests.ledger.sending import SIGNER, balance, quick, target
from tests.ledger.test_connect import website

from commonroot.base.processes import free_port
from commonroot.ledger.border import asking
from commonroot.ledger.connect import connect
from commonroot.ledger.errors import (
    ChainUnreachable,
    EndpointsDiffer,
    NotAChain,
    Reverted,
    RpcRefused,
    WrongChain,
)
from commonroot.ledger.places import is_local, shown, split
from commonroot.ledger.sender import Sender


@pytest.fixture(scope="module")
def devchain() -> Iterator[Served]:
    with served() as running:
        yield running


def nobody() -> str:
    """Return an address where nothing answers."""
    return f"http://127.0.0.1:{free_port()}"


def refusing(code: int) -> Any:
    """Return a way to answer everything but who one is with an error."""

    def bend(method: str, answer: dict[str, Any]) -> tuple[int, bytes]:
        if method in {"eth_chainId", "eth_getBlockByNumber"}:
            return honest(method, answer)
        error = {"code": code, "message": "not now"}
        return honest(method, {"jsonrpc": "2.0", "id": answer["id"], "error": error})

    return bend


class TestReads:
    def test_go_on_where_the_first_is_dead(self, devchain: Served) -> None:
        """
        One that answers is enough, whichever it is.
        """
        for urls in ((nobody(), devchain.url), (devchain.url, nobody())):
            assert connect(",".join(urls), 31337).eth.block_number >= 0

    def test_go_on_where_one_dies_later(self, devchain: Served) -> None:
        """
        The next endpoint is asked in the same moment; the caller sees nothing of it.
        """
        with proxy(devchain.url) as first:
            web3 = connect(f"{first.url}, {devchain.url}")
            before = web3.eth.block_number
            first.bend = lambda method, answer: (502, b"bad gateway")
            asked = len(first.asked)

            assert web3.eth.block_number == before
            assert len(first.asked) == asked + 1
            # It is left alone now.
            assert web3.eth.block_number == before
            assert len(first.asked) == asked + 1

    @pytest.mark.parametrize(
        "said",
        [
            b"<html>",
            b"\xff\xfe",
            b"[]",
            b"3",
            b'{"hello": 1}',
            b'{"jsonrpc": "2.0", "id": 1, "result": null}',
            b'{"jsonrpc": "2.0", "id": 1, "result": {"a": 1}}',
            b'{"jsonrpc": "2.0", "id": 1, "result": "soon"}',
            b'{"jsonrpc": "2.0", "id": 1, "result": "0x"}',
            b'{"jsonrpc": "2.0", "id": 1, "error": "no"}',
        ],
    )
    def test_pass_over_garbage(self, devchain: Served, said: bytes) -> None:
        """
        What is no answer of a node is not taken for one, from the start or later.
        """
        with website(200, said) as first:
            assert connect(f"{first},{devchain.url}").eth.block_number >= 0
        with proxy(devchain.url) as first:
            web3 = connect(f"{first.url},{devchain.url}")
            first.bend = lambda method, answer: (200, said)
            assert web3.eth.block_number >= 0

    def test_pass_over_one_that_lags(self, devchain: Served) -> None:
        """
        Where another has much newer blocks an endpoint's view is of the past.
        """

        def lag(method: str, answer: dict[str, Any]) -> tuple[int, bytes]:
            if method == "eth_blockNumber":
                answer = {**answer, "result": "0x1"}
            if method == "eth_getBlockByNumber" and answer["result"]["number"] != "0x0":
                old = {"number": "0x1", "timestamp": "0x1"}
                answer = {**answer, "result": {**answer["result"], **old}}
            return honest(method, answer)

        devchain.call("anvil_mine", 9)
        with proxy(devchain.url, lag) as first:
            assert connect(f"{first.url},{devchain.url}").eth.block_number >= 9
            # Alone it is better than nobody.
            assert connect(f"{first.url},{nobody()}").eth.block_number == 1

    def test_go_on_where_one_limits_its_callers(self, devchain: Served) -> None:
        """
        Another may still answer; where none does, the refusal is what is heard.
        """
        with proxy(devchain.url, refusing(-32005)) as first:
            assert connect(f"{first.url},{devchain.url}").eth.block_number >= 0
            web3 = connect(f"{first.url},{nobody()}")
            with pytest.raises(RpcRefused, match="not now"), asking(web3, "a question"):
                _ = web3.eth.block_number

    def test_take_a_contracts_refusal_for_an_answer(self, devchain: Served) -> None:
        """
        A revert is the same everywhere: nobody else is asked.
        """
        with proxy(devchain.url, refusing(3)) as first, proxy(devchain.url) as second:
            web3 = connect(f"{first.url},{second.url}")
            with pytest.raises(Reverted), asking(web3, "a question"):
                web3.eth.call({"to": target(1)})
            assert "eth_call" in first.asked
            assert "eth_call" not in second.asked


class TestSends:
    def test_go_on_where_an_answer_is_lost(self, devchain: Served, tmp_path: Path) -> None:
        """
        The first endpoint took the transaction and broke: the second is told too, and it counts once.
        """

        def forget(method: str, answer: dict[str, Any]) -> tuple[int, bytes]:
            lost = method == "eth_sendRawTransaction"
            return (503, b"") if lost else honest(method, answer)

        with proxy(devchain.url, forget) as first, proxy(devchain.url) as second:
            web3 = connect(f"{first.url},{second.url}")
            Sender(web3, SIGNER, care=quick(tmp_path)).send("a gift", target(2), value=1)

            assert "eth_sendRawTransaction" in first.asked
            assert "eth_sendRawTransaction" in second.asked
        assert balance(connect(devchain.url), target(2)) == 1


class TestChains:
    def test_must_be_one(self, devchain: Served) -> None:
        """
        Endpoints of two chains with the same number are told apart by how these begin.
        """
        with served() as other, pytest.raises(EndpointsDiffer, match="begins with") as caught:
            connect(f"{devchain.url},{other.url}")
        assert caught.value.first == devchain.url
        assert caught.value.other == other.url

    def test_must_stay_one(self, devchain: Served) -> None:
        """
        One that comes back as another chain is not asked again.
        """
        with served() as other, proxy(devchain.url) as first:
            web3 = connect(f"{first.url},{devchain.url}")
            genesis = web3.eth.get_block(0)["hash"]
            first.bend = lambda method, answer: (502, b"")
            assert web3.eth.get_block(0)["hash"] == genesis
            first.chain, first.bend = other.url, honest
            devchain_only = connect(devchain.url)
            for each in web3.provider._all:  # type: ignore[attr-defined]
                each.rests_until = 0.0
            web3.provider._all.reverse()  # type: ignore[attr-defined]

            assert web3.eth.get_block(0)["hash"] == genesis
            assert web3.eth.block_number == devchain_only.eth.block_number

    def test_must_be_the_one_that_is_wanted(self, devchain: Served) -> None:
        """
        Several endpoints of a wrong chain are as wrong as one.
        """
        with pytest.raises(WrongChain, match=r"Expected chain 1; .* is 31337"):
            connect(f"{devchain.url},{devchain.url}/", 1)


class TestErrors:
    def test_name_all_endpoints(self) -> None:
        """
        Where nobody answers the error says who was asked.
        """
        one, other = nobody(), nobody()

        with pytest.raises(ChainUnreachable, match=f"{one}, {other}"):
            connect(f"{one},{other}")

    def test_say_that_something_else_answers(self) -> None:
        """
        Where all answers are garbage nobody is silent.
        """
        with (
            website(200, b"<html>") as one,
            website(404, b"gone") as other,
            pytest.raises(NotAChain, match=one),
        ):
            connect(f"{one},{other}")

    @pytest.mark.parametrize("status", [200, 404, 429])
    def test_keep_secrets(self, status: int, caplog: pytest.LogCaptureFixture) -> None:
        """
        Passwords, paths and queries are shown neither in an error nor in the log.
        """
        caplog.set_level(logging.INFO)
        with website(status, b"gone") as place:
            host = place.removeprefix("http://")
            urls = [
                f"{place}/v3/SECRET",
                f"http://user:SECRET@{host}",
                f"{place}?key=SECRET",
                f"{nobody()}/SECRET",
            ]
            for url in (*urls[:3], ",".join(urls)):
                with pytest.raises((NotAChain, ChainUnreachable)) as caught:
                    connect(url)
                assert "SECRET" not in str(caught.value)
                assert "127.0.0.1" in str(caught.value)
        assert "SECRET" not in caplog.text


class TestPlaces:
    @pytest.mark.parametrize(
        ("address", "seen"),
        [
            ("http://127.0.0.1:8545", "http://127.0.0.1:8545"),
            ("http://127.0.0.1:8545/", "http://127.0.0.1:8545/"),
            ("https://node.example/v3/abc", "https://node.example/…"),
            ("https://me:abc@node.example", "https://node.example"),
            ("https://node.example?key=abc", "https://node.example/…"),
            ("https://me:a/bc@node.example", "https://…"),
            ("http://a,https://me:abc@b/c", "http://a, https://b/…"),
            ("nonsense", "nonsense"),
            ("", ""),
        ],
    )
    def test_are_shown_without_secrets(self, address: str, seen: str) -> None:
        """
        What stays says where to look, and nothing that opens a door.
        """
        assert shown(address) == seen

    @pytest.mark.parametrize(
        ("address", "local"),
        [
            ("http://127.0.0.1:8545", True),
            ("http://localhost", True),
            ("http://[::1]:8545", True),
            ("https://127.example", False),
            ("https://node.example", False),
            ("http://127.0.0.1:1,http://127.0.0.1:2", False),
            ("", False),
        ],
    )
    def test_are_one_node_where_they_are_local(self, address: str, local: bool) -> None:
        """
        A node of this machine does not lag behind itself; two, or one behind a gateway, may.
        """
        assert is_local(address) is local

    def test_are_split_where_one_begins(self) -> None:
        """
        A comma inside an address is part of it.
        """
        assert split("http://a/x,y, https://b") == ["http://a/x,y", "https://b"]


def test_proxies_are_honest(devchain: Served) -> None:
    """
    What the tests above bend is a chain's answer.
    """
    with proxy(devchain.url) as there:
        assert json.loads(honest("", {"a": 1})[1]) == {"a": 1}
        assert connect(there.url).eth.chain_id == 31337
