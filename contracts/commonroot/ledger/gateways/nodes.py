"""The members: their bonds, and which keys spoke for them at which block."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from commonroot.ledger.deployed import Deployed
from commonroot.ledger.gateways.absent import address_or_none, digest_or_none
from commonroot.ledger.gateways.token import Permit
from commonroot.ledger.sender import Sent
from commonroot.protocol.hashing import Address, Digest


@final
@dataclass(frozen=True, slots=True)
class Keys:
    """The keys that speak for a node, in the order of the contract's struct."""

    receipt: Address
    """The account whose key signs receipts."""
    flower: bytes
    """The public key of its SuperNode, as DER."""
    possession: bytes
    """The receipt key's signature that lets the account register it (`keys.signer`)."""

    def fields(self) -> tuple[str | bytes, ...]:
        """Return the struct as the contract takes it."""
        return self.receipt, self.flower, self.possession


@final
@dataclass(frozen=True, slots=True)
class Nodes:
    """The deployed contract of members."""

    deployed: Deployed

    def token(self) -> Address:
        """Return the token that bonds are in."""
        return Address(self.deployed.call("token"))

    def minimum_bond(self) -> int:
        """Return the least bond of a member."""
        return int(self.deployed.call("minimumBond"))

    def unbonding_delay(self) -> int:
        """Return the seconds between leaving and taking the bond back."""
        return int(self.deployed.call("unbondingDelay"))

    def bond_of(self, account: Address) -> int:
        """Return the bond that is held for an account."""
        return int(self.deployed.call("bondOf", account))

    def withdrawable_at(self, account: Address) -> int:
        """Return when a former member may take its bond back; zero for members."""
        return int(self.deployed.call("withdrawableAt", account))

    def receipt_key_at(self, account: Address, block: int) -> Address | None:
        """Return the receipt key that speaks for an account at the end of a block."""
        return address_or_none(self.deployed.call("receiptKeyAt", account, block))

    def flower_key_at(self, account: Address, block: int) -> Digest | None:
        """Return the hash of the Flower key that speaks for an account at the end of a block."""
        return digest_or_none(self.deployed.call("flowerKeyAt", account, block))

    def account_of_flower_key(self, key: bytes, block: int) -> Address | None:
        """Return the member that a Flower key speaks for at the end of a block."""
        return address_or_none(self.deployed.call("accountOfFlowerKey", key, block))

    def member_at(self, account: Address, block: int) -> bool:
        """Say whether an account is a member at the end of a block."""
        return bool(self.deployed.call("memberAt", account, block))

    def owed(self, account: Address) -> int:
        """Return what an account may take for having reported nodes."""
        return int(self.deployed.call("owed", account))

    def retired_at(self, receipt_key: Address) -> int | None:
        """Return when a receipt key ceased to speak for its account."""
        return int(self.deployed.call("retiredAt", receipt_key)) or None

    def was_slashed(self, account: Address) -> bool:
        """Say whether an account was slashed, and can never be a member again."""
        return bool(self.deployed.call("wasSlashed", account))

    def possession_digest(self, account: Address) -> Digest:
        """Return what a receipt key signs to be registered by an account."""
        return Digest(self.deployed.call("possessionDigest", account))

    def join(self, bond: int, keys: Keys) -> Sent:
        """Become a member; the bond must be approved."""
        return self.deployed.send("join", bond, keys.fields())

    def join_with_permit(self, bond: int, keys: Keys, permit: Permit) -> Sent:
        """Become a member with a signed approval of the bond."""
        return self.deployed.send("joinWithPermit", bond, keys.fields(), permit.fields())

    def rotate(self, keys: Keys) -> Sent:
        """Take other keys from now on."""
        return self.deployed.send("rotate", keys.fields())

    def resign(self) -> Sent:
        """Be a member no longer; the bond is held for the delay."""
        return self.deployed.send("resign")

    def withdraw(self, to: Address) -> Sent:
        """Take the bond back after the delay."""
        return self.deployed.send("withdraw", to)

    def take(self, to: Address) -> Sent:
        """Take what the caller is owed for its reports."""
        return self.deployed.send("take", to)
