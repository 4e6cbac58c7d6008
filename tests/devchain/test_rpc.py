"""JSON-RPC: every request has its answer, and every mistake its code."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.devchain.samples import ALICE, refusal, result, rpc

from commonroot.devchain.chain import Chain
from commonroot.devchain.methods import METHODS
from commonroot.devchain.rpc import answer

ADDRESS = "0x" + ALICE.address.hex()


def ask(chain: Chain, body: Any) -> Any:
    encoded = body if isinstance(body, bytes) else json.dumps(body).encode()
    answered = answer(chain, encoded)
    return json.loads(answered) if answered else None


class TestEnvelope:
    @pytest.mark.parametrize(
        ("body", "code"),
        [
            (b"", -32700),
            (b"{", -32700),
            (b"\xff\xfe", -32700),
            (b"[" * 50_000, -32700),
            (b'{"id": NaN}', -32700),
            (b"1" * 5_000, -32700),
            ([], -32600),
            (5, -32600),
            ("eth_chainId", -32600),
            ({}, -32600),
            ({"id": 1, "method": 5}, -32600),
            ({"id": {}, "method": "eth_chainId"}, -32600),
            ({"id": True, "method": "eth_chainId"}, -32600),
            (b'{"id": 1e999, "method": "eth_chainId"}', -32600),
            ({"id": 1, "method": "eth_nonsense"}, -32601),
            ({"id": 1, "method": "eth_chainId", "params": {}}, -32602),
            ([{"id": 1, "method": "eth_chainId"}] * 1_001, -32600),
        ],
    )
    def test_says_what_is_wrong(self, chain: Chain, body: Any, code: int) -> None:
        """
        Not JSON, not a request, no such method, not a list: each has its code.
        """
        assert ask(chain, body)["error"]["code"] == code

    @pytest.mark.parametrize("name", [7, "seven", None, 1.5, ""])
    def test_answers_under_the_same_name(self, chain: Chain, name: Any) -> None:
        """
        The id comes back as it was, with results and with errors.
        """
        good = ask(chain, {"id": name, "method": "eth_chainId"})
        bad = ask(chain, {"id": name, "method": "eth_nonsense"})

        assert good == {"jsonrpc": "2.0", "id": name, "result": "0x7a69"}
        assert bad["id"] == name

    @pytest.mark.parametrize("body", [b"[" * 10**6, b'{"a":' * 10**5, b'"' * 10**6, b'["' * 10**5])
    def test_survives_what_nests_without_end(self, chain: Chain, body: bytes) -> None:
        """
        A million brackets are a parse error; the parser would take the process with it.
        """
        assert json.loads(answer(chain, body))["error"]["code"] == -32700

    def test_answers_a_batch_in_order(self, chain: Chain) -> None:
        """
        One bad request does not spoil the others.
        """
        answered = ask(
            chain, [{"id": 1, "method": "eth_chainId"}, 5, {"id": 2, "method": "net_version"}]
        )

        assert [each["id"] for each in answered] == [1, None, 2]
        assert answered[1]["error"]["code"] == -32600
        assert answered[2]["result"] == "31337"

    def test_does_not_answer_notifications(self, chain: Chain) -> None:
        """
        Who gives no id wants no answer, but the thing is done.
        """
        assert ask(chain, {"method": "evm_mine"}) is None
        assert ask(chain, [{"method": "evm_mine"}]) is None
        assert chain.head.number == 2

    def test_says_when_it_is_at_fault_itself(
        self, chain: Chain, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        """
        A defect is -32603, named, and in the log.
        """
        monkeypatch.setitem(METHODS, "eth_chainId", lambda chain, params: 1 // 0)

        code, message = refusal(chain, "eth_chainId")

        assert code == -32603
        assert "ZeroDivisionError" in message
        assert "eth_chainId failed" in caplog.text


class TestParameters:
    @pytest.mark.parametrize(
        ("method", "params"),
        [
            ("eth_getBalance", []),
            ("eth_getBalance", [5]),
            ("eth_getBalance", ["0x12"]),
            ("eth_getBalance", [ADDRESS[2:]]),
            ("eth_getBalance", [ADDRESS, "soon"]),
            ("eth_getBalance", [ADDRESS, "0x01"]),
            ("eth_getBalance", [ADDRESS, {}]),
            ("eth_getBalance", [ADDRESS, {"blockNumber": {"blockNumber": "0x0"}}]),
            ("eth_getBlockByNumber", ["0x0", "yes"]),
            ("eth_getBlockByHash", ["0x1"]),
            ("eth_getStorageAt", [ADDRESS, "0x" + "1" * 65]),
            ("eth_call", ["0x"]),
            ("eth_call", [{"to": 5}]),
            ("eth_call", [{"data": "0x1"}]),
            ("eth_call", [{"data": "0x01", "input": "0x02"}]),
            ("eth_call", [{"gasPrice": "0x1", "maxFeePerGas": "0x1"}]),
            ("eth_call", [{"accessList": 5}]),
            ("eth_call", [{"accessList": [{"address": ADDRESS, "storageKeys": 5}]}]),
            ("eth_call", [{"chainId": "0x1"}]),
            ("eth_feeHistory", ["0x1", "latest", [50, 10]]),
            ("eth_feeHistory", ["0x1", "latest", ["a"]]),
            ("eth_sendRawTransaction", ["0xzz"]),
            ("evm_increaseTime", [-1]),
            ("evm_increaseTime", [2**60]),
            ("hardhat_mine", ["0xffff"]),
        ],
    )
    def test_are_refused_with_their_code(
        self, chain: Chain, method: str, params: list[Any]
    ) -> None:
        """
        Wrong parameters are -32602, and the chain stays as it is.
        """
        assert refusal(chain, method, *params)[0] == -32602
        assert chain.head.number == 0

    @settings(
        max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(
        method=st.sampled_from(sorted(set(METHODS) - {"hardhat_mine", "anvil_mine"})),
        params=st.lists(
            st.recursive(
                st.none()
                | st.booleans()
                | st.integers()
                | st.floats(allow_nan=False, allow_infinity=False)
                | st.text(max_size=8)
                | st.sampled_from(
                    ["0x", "0x0", "0x1", "latest", "pending", ADDRESS, "0x" + "00" * 32]
                ),
                lambda inner: (
                    st.lists(inner, max_size=3)
                    | st.dictionaries(
                        st.sampled_from(
                            ["to", "from", "data", "gas", "value", "address", "topics", "blockHash"]
                        ),
                        inner,
                        max_size=3,
                    )
                ),
                max_leaves=6,
            ),
            max_size=4,
        ),
    )
    def test_of_any_kind_never_show_a_defect(
        self, chain: Chain, method: str, params: list[Any]
    ) -> None:
        """
        Whatever comes in, the answer is a result or an error that is the caller's.
        """
        answered = rpc(chain, method, *params)

        assert answered.get("error", {}).get("code") != -32603, answered


class TestReads:
    def test_know_the_accounts(self, chain: Chain) -> None:
        """
        Ten accounts own ten thousand ether each.
        """
        accounts = result(chain, "eth_accounts")

        assert (len(accounts), accounts[0]) == (10, ADDRESS)
        assert result(chain, "eth_getBalance", accounts[9]) == hex(10_000 * 10**18)

    def test_find_nothing_where_nothing_is(self, chain: Chain) -> None:
        """
        What does not exist is null, not an error.
        """
        nowhere = "0x" + "00" * 32

        assert result(chain, "eth_getBlockByNumber", "0x5", False) is None
        assert result(chain, "eth_getBlockByHash", nowhere, False) is None
        assert result(chain, "eth_getTransactionByHash", nowhere) is None
        assert result(chain, "eth_getTransactionReceipt", nowhere) is None
        assert result(chain, "eth_getTransactionByBlockHashAndIndex", nowhere, "0x0") is None
        assert result(chain, "eth_getCode", "0x" + "11" * 20) == "0x"

    def test_show_the_next_block_without_a_hash(self, chain: Chain) -> None:
        """
        The pending block has a number and a base fee, and no name yet.
        """
        pending = result(chain, "eth_getBlockByNumber", "pending", False)

        assert (pending["number"], pending["hash"]) == ("0x1", None)
        assert pending["baseFeePerGas"] == hex(875_000_000)

    def test_tell_the_history_of_fees(self, chain: Chain) -> None:
        """
        Three blocks have four base fees, the last being the next block's.
        """
        for _ in range(4):
            chain.mine()

        history = result(chain, "eth_feeHistory", "0x3", "latest", [50])

        assert history["oldestBlock"] == "0x2"
        assert [len(history[name]) for name in ("baseFeePerGas", "gasUsedRatio", "reward")] == [
            4,
            3,
            3,
        ]
        assert history["baseFeePerGas"][-1] == result(chain, "eth_baseFee")
