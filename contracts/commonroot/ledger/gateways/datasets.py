"""Commitments to datasets that nobody is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from commonroot.ledger.deployed import Deployed
from commonroot.ledger.sender import Sent
from commonroot.protocol.hashing import Address, Digest, address_bytes, keccak, to_address


@final
@dataclass(frozen=True, slots=True)
class Dataset:
    """What an account says it trains on, in the order of the contract's struct."""

    owner: Address
    since: int
    """The block it was registered in."""
    until: int
    """The block it was retired in; zero if it was not."""
    count: int
    root: Digest
    schema: Digest
    terms: Digest


def dataset_id(owner: Address, root: Digest) -> Digest:
    """Return the name of an owner's dataset: keccak256(abi.encode(owner, root))."""
    return keccak(bytes(12), address_bytes(owner), root)


@final
@dataclass(frozen=True, slots=True)
class Datasets:
    """The deployed contract of datasets."""

    deployed: Deployed

    def dataset(self, id: Digest) -> Dataset | None:
        """Return a dataset."""
        owner, since, until, count, *digests = self.deployed.call("dataset", id)
        if not int(owner, 16):
            return None
        return Dataset(to_address(owner), since, until, count, *map(Digest, digests))

    def active_at(self, id: Digest, block: int) -> bool:
        """Say whether a dataset was registered and not retired at the end of a block."""
        return bool(self.deployed.call("activeAt", id, block))

    def register(self, root: Digest, count: int, schema: Digest, terms: Digest) -> Digest:
        """Commit to a dataset; return its id."""
        sent = self.deployed.send("register", root, count, schema, terms)
        return Digest(self.deployed.event(sent, "DatasetRegistered").arguments["dataset"])

    def retire(self, id: Digest) -> Sent:
        """End the use of a dataset."""
        return self.deployed.send("retire", id)
