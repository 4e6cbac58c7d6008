"""Calls, estimates and the surroundings of running code are what the network's are."""

from __future__ import annotations

from typing import Any

import pytest
from tests.devchain.samples import (
    ALICE,
    BOB,
    deploy,
    installer,
    refusal,
    result,
    rpc,
    run,
)

from commonroot.devchain.chain import Chain
from commonroot.devchain.hashing import keccak

HISTORY = "0x0000f90827f1c53a10cb7a02335b175320002935"


def data(signature: str, *arguments: int) -> str:
    encoded = b"".join(word.to_bytes(32) for word in arguments)
    return "0x" + (keccak(signature.encode())[:4] + encoded).hex()


def words(answered: str) -> list[int]:
    raw = bytes.fromhex(answered[2:])
    return [int.from_bytes(raw[at : at + 32]) for at in range(0, len(raw), 32)]


@pytest.fixture
def contract(chain: Chain) -> str:
    return deploy(chain)


class TestRevert:
    def test_carries_the_custom_error(self, chain: Chain, contract: str) -> None:
        """
        Code 3, and the ABI-encoded error as data: TooLarge(101, 100).
        """
        call = {"to": contract, "data": data("store(uint256,bytes)", 101, 64, 0)}
        expected = data("TooLarge(uint256,uint256)", 101, 100)

        for method in ("eth_call", "eth_estimateGas"):
            error = rpc(chain, method, call)["error"]
            assert error == {"code": 3, "message": "execution reverted", "data": expected}

    def test_says_a_plain_reason(self, chain: Chain, contract: str) -> None:
        """
        The string of a `require` is in the message.
        """
        call = {"to": contract, "data": data("store(uint256,bytes)", 13, 64, 0)}

        assert refusal(chain, "eth_call", call) == (3, "execution reverted: unlucky")

    def test_names_a_panic(self, chain: Chain, contract: str) -> None:
        """
        A division by zero is called so.
        """
        call = {"to": contract, "data": data("divide(uint256)", 0)}

        assert refusal(chain, "eth_call", call) == (
            3,
            "execution reverted: division or modulo by zero",
        )

    @pytest.mark.parametrize("output", ["", "08c379a0", "08c379a0" + "ff" * 64, "4e487b71"])
    def test_survives_a_broken_reason(self, chain: Chain, output: str) -> None:
        """
        Data that only looks like a reason is handed on as it is.
        """
        raw = bytes.fromhex(output)
        stores = b"".join(
            b"\x60" + bytes([byte]) + b"\x60" + bytes([at]) + b"\x53" for at, byte in enumerate(raw)
        )
        reverting = deploy(chain, installer(stores + b"\x60" + bytes([len(raw)]) + b"\x5f\xfd"))

        error = rpc(chain, "eth_call", {"to": reverting})["error"]

        assert error == {"code": 3, "message": "execution reverted", "data": "0x" + output}

    def test_is_mined_with_status_zero(self, chain: Chain, contract: str) -> None:
        """
        A reverting transaction is in a block, pays, and changes nothing else.
        """
        call = bytes.fromhex(data("store(uint256,bytes)", 101, 64, 0)[2:])

        receipt = run(chain, to=bytes.fromhex(contract[2:]), value=0, data=call)

        assert (receipt["status"], receipt["logs"]) == ("0x0", [])
        assert words(result(chain, "eth_call", {"to": contract, "data": data("stored()")})) == [0]


class TestCall:
    def test_leaves_no_trace(self, chain: Chain, contract: str) -> None:
        """
        A call that stores something stores nothing.
        """
        call = {"to": contract, "data": data("store(uint256,bytes)", 7, 64, 0)}

        result(chain, "eth_call", call)

        assert words(result(chain, "eth_call", {"to": contract, "data": data("stored()")})) == [0]

    def test_sees_the_block_that_is_named(self, chain: Chain, contract: str) -> None:
        """
        The past is there under its number, its hash and its tag.
        """
        store = bytes.fromhex(data("store(uint256,bytes)", 7, 64, 0)[2:])
        before = chain.head
        run(chain, to=bytes.fromhex(contract[2:]), value=0, data=store)
        call = {"to": contract, "data": data("stored()")}

        def stored(at: Any) -> list[int]:
            return words(result(chain, "eth_call", call, at))

        assert stored("latest") == [7]
        assert stored(hex(before.number)) == [0]
        assert stored({"blockHash": "0x" + before.hash.hex()}) == [0]
        assert result(chain, "eth_call", call, "earliest") == "0x"
        assert refusal(chain, "eth_call", call, "0x99") == (-32000, "header not found")

    def test_runs_in_the_block_that_is_named(self, chain: Chain, contract: str) -> None:
        """
        "latest" is the latest block's number and time; "pending" the next one's.
        """
        call = {"to": contract, "data": data("surroundings()"), "from": "0x" + "aa" * 20}
        header = chain.head.header

        latest = words(result(chain, "eth_call", call))
        pending = words(result(chain, "eth_call", call, "pending"))

        assert latest[:3] == [1, header.timestamp, 0]
        assert latest[3:] == [int.from_bytes(header.prev_randao), int("aa" * 20, 16), 31337]
        assert (pending[0], pending[1] > header.timestamp) == (2, True)

    def test_sees_the_base_fee_if_it_names_a_price(self, chain: Chain, contract: str) -> None:
        """
        Without a price the base fee is zero, as in geth.
        """
        call = {"to": contract, "data": data("surroundings()"), "from": "0x" + ALICE.address.hex()}

        priced = words(result(chain, "eth_call", call | {"maxFeePerGas": hex(10**10)}))

        assert priced[2] == chain.head.header.base_fee

    def test_refuses_money_that_is_not_there(self, chain: Chain, contract: str) -> None:
        """
        A call cannot spend what its sender does not have.
        """
        call = {"to": contract, "value": "0x1", "from": "0x" + "aa" * 20}

        assert refusal(chain, "eth_call", call) == (
            -32000,
            f"insufficient funds for gas * price + value: address 0x{'aa' * 20} have 0 want 1",
        )

    def test_says_when_the_gas_is_used_up(self, chain: Chain, contract: str) -> None:
        """
        A call that never ends, ends.
        """
        call = {"to": contract, "data": data("spin()"), "gas": "0x186a0"}

        assert refusal(chain, "eth_call", call) == (-32000, "out of gas")

    def test_says_when_the_gas_cannot_even_begin(self, chain: Chain, contract: str) -> None:
        """
        Less than the intrinsic gas is refused before anything runs.
        """
        call = {"to": contract, "gas": "0x5207"}

        assert refusal(chain, "eth_call", call)[1].startswith("intrinsic gas too low: have 20999")

    def test_names_an_opcode_that_does_not_exist(self, chain: Chain) -> None:
        """
        Invalid code is an error without data, not a revert.
        """
        invalid = deploy(chain, installer(b"\xfe"))

        code, message = refusal(chain, "eth_call", {"to": invalid})

        assert (code, "opcode" in message) == (-32000, True)

    def test_follows_calls_within_calls(self, chain: Chain) -> None:
        """
        A contract that calls itself for as long as there is gas comes to an end.
        """
        forever = deploy(chain, installer(bytes.fromhex("5f5f5f5f5f305af100")))

        assert result(chain, "eth_call", {"to": forever}) == "0x"

    def test_refuses_overrides(self, chain: Chain, contract: str) -> None:
        """
        What is not done is not ignored either.
        """
        answered = refusal(chain, "eth_call", {"to": contract}, "latest", {contract: {}})

        assert answered == (-32000, "state and block overrides are not supported")


class TestBlockHash:
    def test_knows_the_last_256_blocks(self, chain: Chain, contract: str) -> None:
        """
        The hash of each of the last 256 blocks, and zero for all others.
        """
        for _ in range(300):
            chain.mine()
        head = chain.head.number

        def hash_of(number: int) -> str:
            asked: str = result(
                chain, "eth_call", {"to": contract, "data": data("hashOf(uint256)", number)}
            )
            return asked

        for number in (head - 1, head - 2, head - 256):
            assert hash_of(number)[2:] == chain.archive.hash_of(number).hex()
        for number in (head - 257, head, head + 1, 2**255):
            assert words(hash_of(number)) == [0]

    def test_is_kept_beyond_the_last_256(self, chain: Chain) -> None:
        """
        The contract of EIP-2935 knows every block there was, and refuses to speak of others.
        """
        for _ in range(300):
            chain.mine()
        head = chain.head.number

        def ask(number: int) -> Any:
            return rpc(chain, "eth_call", {"to": HISTORY, "data": "0x" + number.to_bytes(32).hex()})

        for number in (0, 1, head - 257, head - 1):
            assert ask(number)["result"][2:] == chain.archive.hash_of(number).hex()
        for number in (head, head + 1):
            assert ask(number)["error"]["code"] == 3

    def test_is_kept_for_a_transaction_too(self, chain: Chain) -> None:
        """
        A transaction finds its own parent there, which a call at the head does not.
        """
        # calldatacopy, staticcall, and the answer into the first slot
        asks = "60205f5f3760205f60205f73" + HISTORY[2:] + "5afa505f515f5500"
        asking = bytes.fromhex(deploy(chain, installer(bytes.fromhex(asks)))[2:])
        head = chain.head.number

        run(chain, to=asking, value=0, data=head.to_bytes(32))

        kept = result(chain, "eth_getStorageAt", "0x" + asking.hex(), "0x0", "latest")
        assert kept[2:] == chain.archive.hash_of(head).hex()

    def test_is_right_twice_in_one_call(self, chain: Chain, contract: str) -> None:
        """
        Asking for one hash does not spoil the next answer.
        """
        for _ in range(3):
            chain.mine()
        head = chain.head.number

        answered = result(chain, "eth_call", {"to": contract, "data": data("twoHashes()")})

        hashes = [chain.archive.hash_of(head - 2), chain.archive.hash_of(head - 1)]
        assert answered[2:] == "".join(hash.hex() for hash in hashes)


class TestEstimate:
    def test_of_a_transfer_is_exact(self, chain: Chain) -> None:
        """
        21,000 and no more.
        """
        request = {"from": "0x" + ALICE.address.hex(), "to": "0x" + BOB.address.hex()}

        assert result(chain, "eth_estimateGas", request) == "0x5208"

    @pytest.mark.parametrize("note", [0, 300])
    def test_is_enough_and_not_much_more(self, chain: Chain, contract: str, note: int) -> None:
        """
        The transaction succeeds with it, and would not with 2% less.
        """
        call = data("store(uint256,bytes)", 7, 64, note) + "ff" * note
        request = {"from": "0x" + ALICE.address.hex(), "to": contract, "data": call}

        estimate = int(result(chain, "eth_estimateGas", request), 16)
        receipt = run(
            chain,
            to=bytes.fromhex(contract[2:]),
            value=0,
            data=bytes.fromhex(call[2:]),
            gas=estimate,
        )

        assert receipt["status"] == "0x1"
        assert estimate <= int(receipt["gasUsed"], 16) * 1.03

    def test_respects_what_the_sender_can_pay(self, chain: Chain, contract: str) -> None:
        """
        Who names a price gets no more gas than the money lasts for.
        """
        request = {"from": "0x" + "aa" * 20, "to": contract, "maxFeePerGas": "0x1"}

        assert refusal(chain, "eth_estimateGas", request) == (
            -32000,
            "gas required exceeds allowance (0)",
        )

    def test_gives_up_on_what_never_ends(self, chain: Chain, contract: str) -> None:
        """
        The message says how much gas was not enough.
        """
        request = {"to": contract, "data": data("spin()"), "gas": "0x186a0"}

        assert refusal(chain, "eth_estimateGas", request) == (
            -32000,
            "gas required exceeds allowance (100000)",
        )


class TestGas:
    def test_of_data_has_a_floor(self, chain: Chain) -> None:
        """
        A transfer with 100 bytes of data pays for them as EIP-7623 says: 21,000 + 40 each.
        """
        receipt = run(chain, data=b"\x01" * 100)

        assert int(receipt["gasUsed"], 16) == 21_000 + 4_000

    def test_is_given_back_for_cleared_storage(self, chain: Chain) -> None:
        """
        Clearing a slot costs 21,000 + 5,000 + 2 x 2 (pushes), less a fifth (EIP-3529).
        """
        # Stores calldata size at slot zero: SSTORE(0, CALLDATASIZE).
        contract = bytes.fromhex(deploy(chain, installer(b"\x36\x5f\x55\x00"))[2:])
        run(chain, to=contract, value=0, data=b"\x00")

        receipt = run(chain, to=contract, value=0)

        assert int(receipt["gasUsed"], 16) == 21_000 + 5_000 + 4 - 4_800
