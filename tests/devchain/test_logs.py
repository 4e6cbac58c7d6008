"""Logs are found by who said them, about what, and when."""

from __future__ import annotations

from typing import Any

import pytest
from tests.devchain.samples import ALICE, BOB, deploy, installer, refusal, result, run

from commonroot.devchain.chain import Chain

# LOG2(offset 0, size 0, topics: calldata's first word, caller)
SAYER = installer(bytes.fromhex("335f355f5fa200"))


def topic(number: int) -> str:
    return "0x" + number.to_bytes(32).hex()


BY_ALICE, BY_BOB = (topic(int.from_bytes(who.address)) for who in (ALICE, BOB))


@pytest.fixture
def sayers(chain: Chain) -> tuple[str, str]:
    """Two contracts in blocks 1 and 2; then 3: (first, 7, Alice), 4: (first, 8, Bob), 5: (second, 7, Bob)."""
    first, second = deploy(chain, SAYER), deploy(chain, SAYER)
    for who, contract, word in ((ALICE, first, 7), (BOB, first, 8), (BOB, second, 7)):
        run(chain, who, to=bytes.fromhex(contract[2:]), value=0, data=word.to_bytes(32))
    return first, second


def found(chain: Chain, **wanted: Any) -> list[int]:
    wanted.setdefault("fromBlock", "earliest")
    logs = result(chain, "eth_getLogs", wanted)
    return [int(log["blockNumber"], 16) for log in logs]


class TestGetLogs:
    def test_finds_by_address(self, chain: Chain, sayers: tuple[str, str]) -> None:
        """
        One address, several, or any.
        """
        first, second = sayers

        assert found(chain) == [3, 4, 5]
        assert found(chain, address=first) == [3, 4]
        assert found(chain, address=[second, first]) == [3, 4, 5]
        assert found(chain, address="0x" + "11" * 20) == []

    @pytest.mark.parametrize(
        ("topics", "blocks"),
        [
            ([topic(7)], [3, 5]),
            ([None, BY_BOB], [4, 5]),
            ([topic(7), BY_BOB], [5]),
            ([[topic(7), topic(8)], [BY_ALICE]], [3]),
            ([[], None], [3, 4, 5]),
            ([None, None, None], []),
            ([BY_BOB], []),
        ],
    )
    def test_finds_by_topics(
        self, chain: Chain, sayers: tuple[str, str], topics: list[Any], blocks: list[int]
    ) -> None:
        """
        A position takes a topic, one of several, or anything; more positions than topics, nothing.
        """
        assert found(chain, topics=topics) == blocks

    def test_finds_by_blocks(self, chain: Chain, sayers: tuple[str, str]) -> None:
        """
        Ranges include both ends; without a start, only the latest block is looked at.
        """
        assert found(chain, fromBlock="0x3", toBlock="0x4") == [3, 4]
        assert found(chain, fromBlock="latest") == [5]
        assert [int(log["blockNumber"], 16) for log in result(chain, "eth_getLogs", {})] == [5]

    def test_finds_by_block_hash(self, chain: Chain, sayers: tuple[str, str]) -> None:
        """
        The hash names one block; a range beside it, or a wrong hash, is an error.
        """
        name = "0x" + chain.archive.hash_of(4).hex()

        assert len(result(chain, "eth_getLogs", {"blockHash": name})) == 1
        both = {"blockHash": name, "fromBlock": "0x1"}
        assert refusal(chain, "eth_getLogs", both)[0] == -32602
        assert refusal(chain, "eth_getLogs", {"blockHash": topic(1)}) == (-32000, "unknown block")

    @pytest.mark.parametrize(
        "wanted",
        [
            {"fromBlock": "0x2", "toBlock": "0x1"},
            {"fromBlock": "0x0", "toBlock": "0x99"},
            {"topics": [None] * 5},
            {"topics": 5},
            {"topics": ["0x1"]},
            {"address": "0x1"},
        ],
    )
    def test_refuses(self, chain: Chain, wanted: dict[str, Any]) -> None:
        """
        A range that runs backwards or into the future, and what is no address or topic.
        """
        chain.mine(), chain.mine()

        assert refusal(chain, "eth_getLogs", wanted)[0] == -32602

    def test_tells_where_a_log_is(self, chain: Chain, sayers: tuple[str, str]) -> None:
        """
        A log has its block, its transaction and its position, as in the receipt.
        """
        (log,) = result(chain, "eth_getLogs", {"address": sayers[1], "fromBlock": "0x0"})
        receipt = result(chain, "eth_getTransactionReceipt", log["transactionHash"])

        assert receipt["logs"] == [log]
        assert (log["logIndex"], log["topics"]) == ("0x0", [topic(7), BY_BOB])
        assert log["blockHash"] == "0x" + chain.archive.hash_of(5).hex()

    def test_forgets_what_was_reverted(self, chain: Chain, sayers: tuple[str, str]) -> None:
        """
        Logs of blocks that are gone are gone, and new ones take their place.
        """
        first = sayers[0]
        name = result(chain, "evm_snapshot")
        run(chain, to=bytes.fromhex(first[2:]), value=0, data=bytes(32))
        assert found(chain, address=first) == [3, 4, 6]

        result(chain, "evm_revert", name)
        assert found(chain, address=first) == [3, 4]
        chain.mine()
        run(chain, to=bytes.fromhex(first[2:]), value=0, data=bytes(32))

        assert found(chain, address=first) == [3, 4, 7]


class TestFilters:
    def test_tell_what_is_new(self, chain: Chain, sayers: tuple[str, str]) -> None:
        """
        Each poll brings what happened since the last one; all logs are there too.
        """
        first = sayers[0]
        name = result(chain, "eth_newFilter", {"address": first, "fromBlock": "0x0"})
        run(chain, to=bytes.fromhex(first[2:]), value=0, data=bytes(32))

        new = result(chain, "eth_getFilterChanges", name)

        assert [log["blockNumber"] for log in new] == ["0x6"]
        assert result(chain, "eth_getFilterChanges", name) == []
        assert len(result(chain, "eth_getFilterLogs", name)) == 3

    def test_tell_new_blocks(self, chain: Chain) -> None:
        """
        A block filter brings hashes.
        """
        name = result(chain, "eth_newBlockFilter")
        block = chain.mine()

        assert result(chain, "eth_getFilterChanges", name) == ["0x" + block.hash.hex()]

    def test_are_closed_once(self, chain: Chain) -> None:
        """
        A filter that is gone is an error, and cannot be closed again.
        """
        name = result(chain, "eth_newBlockFilter")

        assert result(chain, "eth_uninstallFilter", name) is True
        assert result(chain, "eth_uninstallFilter", name) is False
        assert refusal(chain, "eth_getFilterChanges", name) == (-32000, "filter not found")

    def test_are_bounded(self, chain: Chain) -> None:
        """
        Beyond a thousand, the oldest is forgotten.
        """
        names = [result(chain, "eth_newBlockFilter") for _ in range(1_001)]

        assert refusal(chain, "eth_getFilterChanges", names[0])[1] == "filter not found"
        assert result(chain, "eth_getFilterChanges", names[1]) == []
