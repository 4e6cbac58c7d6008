"""Blocks are hashed, filtered and priced as the network does it."""

from __future__ import annotations

from dataclasses import replace

from eth_bloom import BloomFilter
from tests.devchain.samples import ALICE, BOB

from commonroot.devchain.block import EMPTY_ROOT, Block, Header, Log, Receipt, bloom_of, root_of
from commonroot.devchain.hashing import keccak

PLAIN = Header(number=1, parent_hash=bytes(32), timestamp=2, gas_limit=1_000, base_fee=800)

# Block 54 of the chain that ethereum/execution-apis (CC0-1.0) records its cases on.
RECORDED = Header(
    number=54,
    parent_hash=bytes.fromhex("1c40cb1eae4d15a808b06f18145f4585fd6d45244b332853bd695e62e6990454"),
    timestamp=540,
    gas_limit=200_000_000,
    base_fee=0x1A21397,
    parent_beacon_root=bytes.fromhex(
        "346910f7e777c596be32f0dcf46ccfda2efe8d6c5d3abbfe0f76dba7437f5dad"
    ),
    state_root=bytes.fromhex("6da8f636cdc85dbe8c1b5299e5db22f462c041febaf3b78cac1040152ee30b3b"),
    transactions_root=bytes.fromhex(
        "1d8e3b1f3ca532f9ea439d21d14dc59b7b5871dcd32c0c4c328d17e18f8f85b3"
    ),
    receipts_root=bytes.fromhex("1a7a488c0a3a5c1f846f03b8f37243cadc7e2b085d95f93612da2bdf3973d5dd"),
    bloom=int(
        "0000000000000000000000800000000000000000000001000000000080000000000000200000000000000000"
        "0200000800020000000000000000000000000000010000000000000000004000000800000200000000000000"
        "4008000010010020000000001000000000000000000000000000000000000000000000000000000000000000"
        "0100020000000000000000000100000000000002200000000800000000000000000000900080000000000000"
        "0000200002400000001000000000000000000000001000000200000000000000000000800000020000000100"
        "040000000000200000000000000000000001000000000000804800000000000000008000",
        16,
    ),
    gas_used=0x52F71,
)


class TestHeader:
    def test_has_the_recorded_hash(self) -> None:
        """
        A Prague block of the public suite gets the hash that a node gave it.
        """
        expected = "d226371d0b1551adb03fb52b71f08e3e11247fe9b1af994768af8cdaa8e7dcd7"

        assert keccak(RECORDED.encode()).hex() == expected

    def test_moves_the_base_fee_by_an_eighth_at_most(self) -> None:
        """
        Empty blocks lower it by 1/8, full ones raise it by 1/8, half-full ones leave it.
        """
        assert PLAIN.next_base_fee() == 700
        assert replace(PLAIN, gas_used=1_000).next_base_fee() == 900
        assert replace(PLAIN, gas_used=500).next_base_fee() == 800

    def test_raises_even_a_tiny_base_fee(self) -> None:
        """
        A full block raises the fee by one at least.
        """
        assert replace(PLAIN, base_fee=1, gas_used=1_000).next_base_fee() == 2


class TestReceipt:
    def test_comes_back_from_its_encoding(self) -> None:
        """
        Nothing of a receipt is lost in the journal.
        """
        logs = (Log(ALICE.address, (bytes(32), b"\x01" * 32), b"said"),)
        receipt = Receipt.of(True, 30_000, 21_000, logs)

        assert receipt.cumulative_gas == 51_000
        assert Receipt.decode(receipt.encode(2), 21_000) == receipt
        assert Receipt.decode(receipt.encode(0), 21_000) == receipt


class TestBloom:
    def test_equals_an_independent_one(self) -> None:
        """
        Addresses and topics set the bits that eth-bloom sets.
        """
        logs = [Log(ALICE.address, (b"\x01" * 32,), b""), Log(BOB.address, (), b"")]
        theirs = BloomFilter.from_iterable([ALICE.address, b"\x01" * 32, BOB.address])

        assert bloom_of(logs) == int(theirs)


class TestRoot:
    def test_of_nothing_is_the_empty_trie(self) -> None:
        """
        A block without transactions has the well-known empty root.
        """
        assert root_of(()) == EMPTY_ROOT
        assert EMPTY_ROOT.hex().startswith("56e81f171bcc55a6ff8345e692c0f86e")


class TestBlock:
    def test_comes_back_from_its_record(self) -> None:
        """
        An empty block is the same after it was written down.
        """
        block = Block.seal(PLAIN, (), ())

        assert Block.from_rlp(block.to_rlp()) == block
