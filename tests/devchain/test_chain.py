"""The chain takes what is right, refuses the rest in geth's words, and mines at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import rlp
from eth.chains.base import Chain as Reference
from eth.consensus.context import ConsensusContext
from eth.db.atomic import AtomicDB
from eth.vm.forks.prague import PragueVM
from eth.vm.forks.prague.blocks import PragueBlock
from eth.vm.forks.prague.constants import HISTORY_STORAGE_ADDRESS, HISTORY_STORAGE_CONTRACT_CODE
from eth_account import Account as Signer
from tests.devchain.samples import (
    ALICE,
    BOB,
    GWEI,
    NOBODY,
    deploy,
    draft,
    installer,
    refusal,
    result,
    run,
    signed,
)

from commonroot.devchain import execute
from commonroot.devchain.chain import Chain
from commonroot.devchain.errors import Rejected
from commonroot.devchain.settings import ETHER, Settings
from commonroot.devchain.transaction import sign


def send(chain: Chain, raw: bytes) -> str:
    hash: str = result(chain, "eth_sendRawTransaction", "0x" + raw.hex())
    return hash


def words(chain: Chain, raw: bytes) -> str:
    code, message = refusal(chain, "eth_sendRawTransaction", "0x" + raw.hex())
    assert code == -32000
    return message


class TestSend:
    def test_has_the_receipt_when_it_answers(self, chain: Chain) -> None:
        """
        A block is mined before the sender hears of the transaction.
        """
        hash = send(chain, signed())

        receipt = result(chain, "eth_getTransactionReceipt", hash)

        assert (receipt["status"], receipt["blockNumber"], receipt["gasUsed"]) == (
            "0x1",
            "0x1",
            "0x5208",
        )

    def test_moves_value_and_fees(self, chain: Chain) -> None:
        """
        The sender pays value and gas times base fee plus tip; only the tip goes to the miner.
        """
        run(chain, value=5, gas=21_000)

        paid = 21_000 * (875_000_000 + GWEI) + 5
        assert chain.state(chain.head).get_balance(ALICE.address) == 10_000 * ETHER - paid
        assert chain.state(chain.head).get_balance(BOB.address) == 10_000 * ETHER + 5
        assert chain.state(chain.head).get_balance(bytes(20)) == 21_000 * GWEI

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"chain_id": 1}, "invalid chain id for signer: have 1 want 31337"),
            ({"gas": 20_999}, "intrinsic gas too low: gas 20999, minimum needed 21000"),
            ({"gas": 30_000_001}, "exceeds block gas limit: have 30000001, limit 30000000"),
            ({"max_fee_per_gas": 1}, "max priority fee per gas higher than max fee per gas"),
            (
                {"max_fee_per_gas": 1, "max_priority_fee_per_gas": 0},
                "max fee per gas less than block base fee: address 0x"
                f"{ALICE.address.hex()}, maxFeePerGas: 1, baseFee: 875000000",
            ),
            (
                {"data": b"\x01" * 100, "gas": 22_700},
                "insufficient gas for floor data gas cost: gas 22700, minimum needed 25000",
            ),
            (
                {"to": b"", "data": bytes(49_153), "gas": 1_000_000},
                "max initcode size exceeded: code size 49153, limit 49152",
            ),
        ],
    )
    def test_refuses(self, chain: Chain, changes: dict[str, Any], message: str) -> None:
        """
        What can never be mined is refused, in geth's words, and mines nothing.
        """
        assert words(chain, signed(**changes)) == message
        assert chain.head.number == 0

    def test_refuses_the_poor(self, chain: Chain) -> None:
        """
        The message says what is there, what is needed and what is missing.
        """
        assert words(chain, signed(NOBODY)) == (
            "insufficient funds for gas * price + value: "
            "balance 0, tx cost 210000000000001, overshot 210000000000001"
        )

    def test_refuses_a_used_nonce(self, chain: Chain) -> None:
        """
        The message names the next nonce and the one that was given.
        """
        send(chain, signed())

        assert words(chain, signed(value=2)) == "nonce too low: next nonce 1, tx nonce 0"

    def test_refuses_the_same_one_twice(self, chain: Chain) -> None:
        """
        A transaction is known by its hash, mined or waiting.
        """
        send(chain, signed())
        send(chain, signed(nonce=2))

        assert words(chain, signed()) == "already known"
        assert words(chain, signed(nonce=2)) == "already known"

    def test_keeps_one_that_comes_too_early(self, chain: Chain) -> None:
        """
        A nonce with a gap before it waits, and both are mined when the gap closes.
        """
        early = send(chain, signed(nonce=1))
        assert result(chain, "eth_getTransactionReceipt", early) is None
        assert result(chain, "eth_getTransactionByHash", early)["blockHash"] is None
        assert result(chain, "eth_getTransactionCount", address(ALICE), "pending") == "0x0"

        send(chain, signed(nonce=0))

        assert result(chain, "eth_getTransactionReceipt", early)["transactionIndex"] == "0x1"
        assert result(chain, "eth_getTransactionCount", address(ALICE), "pending") == "0x2"

    def test_counts_waiting_ones_behind_the_next(self, chain: Chain) -> None:
        """
        The pending count goes up to the first gap.
        """
        send(chain, signed(nonce=1))
        send(chain, signed(nonce=2))

        assert chain.pool.next_nonce(ALICE.address, 1) == 3

    def test_lets_a_better_paid_one_replace(self, chain: Chain) -> None:
        """
        The same nonce again needs ten per cent more of both fees.
        """
        send(chain, signed(nonce=1))
        more = {"max_fee_per_gas": 11 * GWEI, "max_priority_fee_per_gas": GWEI * 11 // 10}

        assert words(chain, signed(nonce=1, value=9)) == "replacement transaction underpriced"
        better = send(chain, signed(nonce=1, value=9, **more))
        send(chain, signed(nonce=0))

        assert result(chain, "eth_getTransactionReceipt", better)["status"] == "0x1"

    def test_refuses_contracts_as_senders(self, chain: Chain) -> None:
        """
        Who has code cannot sign, unless it is a delegation (EIP-3607).
        """
        state = chain.state(chain.head)
        state.set_code(ALICE.address, b"\x00")
        from commonroot.devchain.pool import check

        with pytest.raises(Rejected, match="sender not an eoa"):
            check(sign(draft(), ALICE), state, chain.pending(), 31337)

    def test_puts_what_fits_into_a_block(self, chain: Chain) -> None:
        """
        Gas limits of a block's transactions never add up to more than the block's.
        """
        for nonce in (1, 2):
            send(chain, signed(nonce=nonce, gas=16_000_000))

        first = send(chain, signed(nonce=0))

        numbers = [block.number for block in (chain.archive.block(1), chain.archive.block(2))]
        assert result(chain, "eth_getTransactionReceipt", first)["blockNumber"] == "0x1"
        assert numbers == [1, 2]
        assert chain.next_nonce(ALICE.address) == 3

    def test_forgets_what_broke_the_machine(
        self, chain: Chain, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        A transaction that ends in a defect is dropped, and the next one is mined.
        """
        with monkeypatch.context() as broken:
            broken.setattr(execute, "build", None)
            assert refusal(chain, "eth_sendRawTransaction", "0x" + signed().hex())[0] == -32603

        assert run(chain, value=2)["status"] == "0x1"


class TestSendTransaction:
    def test_signs_for_its_own_accounts(self, chain: Chain) -> None:
        """
        Nonce, fees and gas are filled in.
        """
        request = {"from": address(ALICE), "to": address(BOB), "value": "0x1"}

        hash = result(chain, "eth_sendTransaction", request)

        sent = result(chain, "eth_getTransactionByHash", hash)
        assert (sent["gas"], sent["nonce"], sent["type"]) == ("0x5208", "0x0", "0x2")

    def test_refuses_to_sign_for_others(self, chain: Chain) -> None:
        """
        It has no other keys.
        """
        request = {"from": address(NOBODY), "to": address(BOB)}

        assert refusal(chain, "eth_sendTransaction", request) == (-32000, "unknown account")


class TestBlocks:
    def test_are_what_an_independent_client_computes(self, chain: Chain) -> None:
        """
        py-evm's own chain, given the same genesis, imports every block without objection.
        """
        contract = bytes.fromhex(deploy(chain)[2:])
        run(chain, to=contract, value=0, data=call_data("store(uint256,bytes)", 7, 64, 0))
        run(chain, to=contract, value=0, data=call_data("store(uint256,bytes)", 101, 64, 0))
        chain.send(signed(nonce=4))
        chain.send(signed(nonce=3, max_priority_fee_per_gas=0))
        run(chain, BOB, data=b"\x01" * 300, gas=60_000)

        reference = reference_chain(chain)
        for number in range(1, chain.head.number + 1):
            block = chain.archive.block(number)
            assert block is not None
            theirs = reference.import_block(as_reference(block)).imported_block
            assert theirs.hash == block.hash

        assert chain.head.number == 5

    def test_come_later_than_their_parents(self, chain: Chain) -> None:
        """
        Timestamps rise by one second at least, however fast blocks come.
        """
        stamps = [chain.mine().header.timestamp for _ in range(3)]

        assert stamps[0] < stamps[1] < stamps[2]


class TestTime:
    def test_goes_forward_by_request(self, chain: Chain) -> None:
        """
        The next block is that much later, and later blocks stay ahead.
        """
        before = chain.head.header.timestamp

        assert result(chain, "evm_increaseTime", 1_000) == 1_000
        result(chain, "evm_mine")

        assert 1_000 <= chain.head.header.timestamp - before < 1_060

    def test_can_be_chosen_for_the_next_block(self, chain: Chain) -> None:
        """
        The next block has exactly this timestamp; later ones go on from there.
        """
        chosen = chain.head.header.timestamp + 5_000
        result(chain, "evm_setNextBlockTimestamp", chosen)

        assert chain.mine().header.timestamp == chosen
        assert chosen < chain.mine().header.timestamp < chosen + 60

    def test_never_goes_back(self, chain: Chain) -> None:
        """
        A timestamp that is not after the latest block's is refused.
        """
        now = chain.head.header.timestamp

        code, message = refusal(chain, "evm_setNextBlockTimestamp", hex(now))

        assert code == -32602
        assert message.startswith(f"Timestamp error: {now} is lower than or equal")


class TestAutomine:
    def test_can_be_off(self, chain: Chain) -> None:
        """
        Transactions wait until a block is asked for, and may be replaced by ones that pay more.
        """
        assert result(chain, "evm_setAutomine", False) is True
        first = send(chain, signed())
        assert words(chain, signed(max_fee_per_gas=10 * GWEI + 1)) == (
            "replacement transaction underpriced"
        )
        second = send(chain, signed(max_fee_per_gas=11 * GWEI, max_priority_fee_per_gas=2 * GWEI))
        assert result(chain, "eth_getTransactionReceipt", second) is None

        result(chain, "evm_mine")

        assert result(chain, "eth_getTransactionReceipt", second)["blockNumber"] == "0x1"
        assert result(chain, "eth_getTransactionByHash", first) is None

    def test_is_true_or_false(self, chain: Chain) -> None:
        """
        Anything else is refused.
        """
        assert refusal(chain, "evm_setAutomine", "no")[0] == -32602


class TestDrop:
    def test_forgets_what_waits(self, chain: Chain) -> None:
        """
        A dropped transaction is unknown; another one of its nonce may come.
        """
        gone, kept = send(chain, signed(nonce=2)), send(chain, signed(BOB, nonce=2))

        assert result(chain, "anvil_dropTransaction", gone) == gone

        assert result(chain, "eth_getTransactionByHash", gone) is None
        assert result(chain, "eth_getTransactionByHash", kept) is not None
        assert result(chain, "anvil_dropTransaction", gone) is None

    def test_is_kept(self, tmp_path: Path) -> None:
        """
        What was dropped does not come back with the journal.
        """
        first = Chain(Settings(state=tmp_path))
        gone = send(first, signed(nonce=2))
        result(first, "anvil_dropTransaction", gone)
        first.close()

        second = Chain(Settings(state=tmp_path))

        assert not list(second.pool)
        second.close()


class TestGenesis:
    def test_is_of_one_chain(self) -> None:
        """
        Two chains that begin in the same moment can be told apart.
        """
        assert Chain(Settings()).head.hash != Chain(Settings()).head.hash


class TestSnapshot:
    def test_brings_everything_back(self, chain: Chain) -> None:
        """
        Blocks, balances, time and waiting transactions are as they were.
        """
        send(chain, signed(nonce=5))
        name = result(chain, "evm_snapshot")
        head = chain.head.hash
        lost = run(chain, BOB, to=ALICE.address)["transactionHash"]
        result(chain, "evm_increaseTime", 500)
        send(chain, signed(BOB, nonce=9))

        assert result(chain, "evm_revert", name) is True

        assert chain.head.hash == head
        assert chain.clock.offset == 0
        assert [waiting.nonce for waiting in chain.pool] == [5]
        assert result(chain, "eth_getTransactionReceipt", lost) is None
        assert result(chain, "eth_getBalance", address(BOB)) == hex(10_000 * ETHER)

    def test_is_used_up_with_those_after_it(self, chain: Chain) -> None:
        """
        Going back to a snapshot uses it and all later ones.
        """
        first, second = result(chain, "evm_snapshot"), result(chain, "evm_snapshot")

        assert result(chain, "evm_revert", first) is True
        assert result(chain, "evm_revert", second) is False
        assert result(chain, "evm_revert", first) is False


class TestDelegation:
    def test_lets_an_account_run_code(self, chain: Chain) -> None:
        """
        An EIP-7702 transaction gives its authority a contract's code.
        """
        contract = deploy(chain, installer(b"\x5f\x5f\x55\x00"))
        grant = Signer.sign_authorization(
            {"chainId": 31337, "address": contract, "nonce": 0}, NOBODY.secret
        )
        fields = {
            "type": 4,
            "chainId": 31337,
            "nonce": 1,
            "to": NOBODY.address,
            "value": 0,
            "gas": 100_000,
            "maxFeePerGas": 2 * GWEI,
            "maxPriorityFeePerGas": 1,
            "authorizationList": [grant],
        }
        raw = bytes(Signer.sign_transaction(fields, ALICE.secret).raw_transaction)

        hash = send(chain, raw)

        sent = result(chain, "eth_getTransactionByHash", hash)
        assert result(chain, "eth_getTransactionReceipt", hash)["status"] == "0x1"
        assert sent["authorizationList"][0]["address"] == contract
        assert result(chain, "eth_getCode", address(NOBODY)) == "0xef0100" + contract[2:]


def address(account: Any) -> str:
    return "0x" + account.address.hex()


def call_data(signature: str, *arguments: int) -> bytes:
    from commonroot.devchain.hashing import keccak

    return keccak(signature.encode())[:4] + b"".join(word.to_bytes(32) for word in arguments)


class _Reference(Reference):
    """py-evm's own chain, which knows nothing of ours."""

    vm_configuration = ((0, PragueVM),)
    chain_id = 31337
    consensus_context_class = ConsensusContext


def reference_chain(chain: Chain) -> Reference:
    genesis = chain.archive.block(0)
    assert genesis is not None
    funded: dict[bytes, Any] = {
        account: {"balance": 10_000 * ETHER, "nonce": 0, "code": b"", "storage": {}}
        for account in chain.accounts
    }
    funded[HISTORY_STORAGE_ADDRESS] = {
        "balance": 0,
        "nonce": 1,
        "code": HISTORY_STORAGE_CONTRACT_CODE,
        "storage": {},
    }
    params = {
        "difficulty": 0,
        "gas_limit": genesis.header.gas_limit,
        "timestamp": genesis.header.timestamp,
        "extra_data": genesis.header.extra_data,
        "nonce": bytes(8),
        "base_fee_per_gas": GWEI,
        "parent_beacon_block_root": bytes(32),
    }
    made = _Reference.from_genesis(AtomicDB(), params, funded)
    assert made.get_canonical_head().hash == genesis.hash
    return made


def as_reference(block: Any) -> PragueBlock:
    bodies = [
        rlp.decode(transaction.raw) if transaction.type_id == 0 else transaction.raw
        for transaction in block.transactions
    ]
    encoded = rlp.encode([rlp.decode(block.header.encode()), bodies, [], []])
    return rlp.decode(encoded, sedes=PragueBlock)
