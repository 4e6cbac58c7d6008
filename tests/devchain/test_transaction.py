"""Transactions are read as the network reads them, and refused in its words."""

from __future__ import annotations

from typing import Any

import pytest
import rlp
from eth_account import Account as Signer
from tests.devchain.samples import ALICE, BOB, GWEI, draft, signed

from commonroot.devchain.errors import Rejected
from commonroot.devchain.transaction import Transaction, decode, sign

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141

# Recorded cases of ethereum/execution-apis (CC0-1.0): the bytes, and the hash a node gave them.
RECORDED = {
    "legacy": (
        "f86c808401a213988261a894aa000000000000000000000000000000000000000a825544"
        "8718e5bb3abd109fa073fbe7ff7e74339e7cc61fb3cb3f7630cd3f1d5fef653d7297654b"
        "2d22894daea042a188d30f35f19408c73c803bc1e9e17ce129c457e31fd2a368b54507af2f4c",
        "b55b6dfd4ba0bb2b00283b0e84cda496c90bc7c5ae9025e07edc3a7fbaf6a269",
    ),
    "dynamic fee": (
        "02f8d0870c72dd9d5e883e038201f48401a2158b83013880947dcd17433742f4c0ca53122ab541d0ba67fc27"
        "df808401020304f85bf859947dcd17433742f4c0ca53122ab541d0ba67fc27dff842a0000000000000000000"
        "0000000000000000000000000000000000000000000000a00100000000000000000000000000000000000000"
        "00000000000000000000000001a013441f796609349cf843b8a0b4f7eee7f898657a28aa226c8db3383a4ad8"
        "7c34a07edae97fbc1f2bcd8e62967b2568bbafe7577ff279d24f89dff6d75336246956",
        "8b63a0e2744c3c93a84d0c3ac637855d182db2aa46ea39e7bfa5df54ac98b72c",
    ),
}
COMMON = {"to": BOB.address, "value": 5, "gas": 50_000, "nonce": 3, "data": "0x0102"}
KINDS: dict[int, dict[str, Any]] = {
    0: {"gasPrice": 2 * GWEI, "chainId": 31337},
    1: {"gasPrice": 2 * GWEI, "chainId": 31337, "accessList": [], "type": 1},
    2: {"maxFeePerGas": 2 * GWEI, "maxPriorityFeePerGas": GWEI, "chainId": 31337, "type": 2},
}


class TestDecode:
    @pytest.mark.parametrize("name", RECORDED)
    def test_gives_the_recorded_hash(self, name: str) -> None:
        """
        A transaction of the public suite has the hash that a node gave it.
        """
        raw, hash = RECORDED[name]

        assert decode(bytes.fromhex(raw)).hash.hex() == hash

    @pytest.mark.parametrize("kind", KINDS)
    def test_reads_what_wallets_sign(self, kind: int) -> None:
        """
        Each kind comes back with its sender and its fields.
        """
        raw = Signer.sign_transaction(COMMON | KINDS[kind], ALICE.secret).raw_transaction

        read = decode(bytes(raw))

        assert (read.type_id, read.sender, read.to) == (kind, ALICE.address, BOB.address)
        assert (read.nonce, read.gas, read.value, read.data) == (3, 50_000, 5, b"\x01\x02")
        assert (read.max_fee_per_gas, read.chain_id) == (2 * GWEI, 31337)

    def test_reads_a_legacy_one_without_chain(self) -> None:
        """
        Keyless deployments use such signatures; their chain id is none.
        """
        fields = COMMON | {"gasPrice": GWEI}
        raw = Signer.sign_transaction(fields, ALICE.secret).raw_transaction

        read = decode(bytes(raw))

        assert (read.chain_id, read.sender) == (None, ALICE.address)

    @pytest.mark.parametrize(
        ("raw", "why"),
        [
            (b"", "typed transaction too short"),
            (b"\x02", "typed transaction too short"),
            (b"\x03\xc0", "transaction type not supported"),
            (b"\x7f\xc0", "transaction type not supported"),
            (b"\x02\xc0", "rlp: expected a list of 12 items, got 0"),
            (b"\x02\x01", "rlp: expected input list"),
            (b"\xc0", "rlp: expected a list of 9 items, got 0"),
            (b"\xf8", "rlp: "),
            (signed()[:-1], "rlp: "),
            (signed() + b"\x00", "rlp: "),
        ],
    )
    def test_refuses_what_is_none(self, raw: bytes, why: str) -> None:
        """
        Bytes that are no transaction are refused with the reason.
        """
        with pytest.raises(Rejected, match=f"^{why}"):
            decode(raw)

    def test_refuses_lists_within_lists_without_end(self) -> None:
        """
        Nesting twenty thousand deep is refused, not followed.
        """
        nested = b""
        for _ in range(20_000):
            nested = rlp.codec.length_prefix(len(nested), 0xC0) + nested

        with pytest.raises(Rejected, match=r"^rlp: "):
            decode(nested)

    def test_refuses_numbers_with_leading_zeros(self) -> None:
        """
        One number has one encoding, or a transaction would have several hashes.
        """
        fields = rlp.decode(signed()[1:])
        fields[1] = b"\x00"

        with pytest.raises(Rejected, match="non-canonical integer"):
            decode(b"\x02" + rlp.encode(fields))

    def test_refuses_the_mirrored_signature(self) -> None:
        """
        The signature with n - s is valid mathematics and a second hash: it is refused (EIP-2).
        """
        fields = rlp.decode(signed()[1:])
        parity, s = fields[9], int.from_bytes(fields[11])
        fields[9] = b"" if parity else b"\x01"
        fields[11] = (ORDER - s).to_bytes(32)

        with pytest.raises(Rejected, match="invalid transaction v, r, s values"):
            decode(b"\x02" + rlp.encode(fields))

    def test_refuses_a_signature_of_nobody(self) -> None:
        """
        Some r belong to no point of the curve.
        """
        fields = rlp.decode(signed()[1:])
        fields[10] = (5).to_bytes(1)

        with pytest.raises(Rejected, match="invalid sender"):
            decode(b"\x02" + rlp.encode(fields))


class TestSign:
    def test_gives_what_decodes_to_the_draft(self) -> None:
        """
        Signing and reading are inverse.
        """
        made = sign(draft(access_list=((BOB.address, (0, 2**256 - 1)),)), ALICE)

        assert decode(made.raw) == made

    def test_gives_the_same_bytes_as_eth_account(self) -> None:
        """
        The bytes are those of an independent implementation.
        """
        fields = COMMON | KINDS[2]
        theirs = bytes(Signer.sign_transaction(fields, ALICE.secret).raw_transaction)

        mine = sign(
            Transaction(
                ALICE.address,
                BOB.address,
                data=b"\x01\x02",
                value=5,
                gas=50_000,
                nonce=3,
                max_fee_per_gas=2 * GWEI,
                max_priority_fee_per_gas=GWEI,
                chain_id=31337,
            ),
            ALICE,
        )

        assert mine.raw == theirs


class TestGas:
    def test_counts_what_is_taken_before_execution(self) -> None:
        """
        21,000, 4 and 16 a byte, 2,400 and 1,900 for an access, 32,000 and 2 a word for a creation.
        """
        assert draft(data=b"\x00\x01").intrinsic_gas == 21_000 + 4 + 16
        assert draft(access_list=((BOB.address, (1, 2)),)).intrinsic_gas == 21_000 + 2_400 + 3_800
        assert draft(to=b"", data=b"\x01" * 33).least_gas == 53_000 + 33 * 16 + 2 * 2

    def test_has_a_floor_for_data(self) -> None:
        """
        Data costs 10 and 40 a byte at least, whatever is executed (EIP-7623).
        """
        assert draft(data=b"\x00\x01").floor_gas == 21_000 + 10 + 40
