"""Models, their versions and their lineage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from commonroot.ledger.deployed import Deployed
from commonroot.ledger.gateways.absent import digest_or_none
from commonroot.ledger.sender import Sent
from commonroot.protocol.hashing import Address, Digest, to_address


@final
@dataclass(frozen=True, slots=True)
class Version:
    """One state of a shared initialization."""

    root: Digest
    manifest: Digest | None


@final
@dataclass(frozen=True, slots=True)
class Place:
    """Where a root stands."""

    model: int
    version: int


@final
@dataclass(frozen=True, slots=True)
class Models:
    """The deployed contract of models."""

    deployed: Deployed
    first: int
    """The block from which on it stands: manifests are said in events, and held nowhere else."""

    def head(self, model: int) -> int:
        """Return the newest version's number."""
        return int(self.deployed.call("head", model))

    def root(self, model: int, number: int) -> Digest:
        """Return the root over one version's chunks."""
        return Digest(self.deployed.call("versionRoot", model, number))

    def version(self, model: int, number: int) -> Version:
        """Return one version with what was said of it when it was added."""
        root, filters = self.root(model, number), {"model": model, "version": number}
        (said,) = self.deployed.logs("VersionAdded", self.first, None, filters)
        return Version(root, digest_or_none(said.arguments["manifest"]))

    def places_of(self, root: Digest) -> list[Place]:
        """Return every place where a root stands, oldest first; anyone may start from any root."""
        return [Place(*place) for place in self.deployed.call("placesOf", root)]

    def owner_of(self, model: int) -> Address:
        """Return a model's owner."""
        return to_address(self.deployed.call("ownerOf", model))

    def parent_of(self, model: int) -> int | None:
        """Return the model that a model grew from."""
        return int(self.deployed.call("parentOf", model)) or None

    def royalty_of(self, model: int) -> int:
        """Return the basis points of its children's income that a model asks."""
        return int(self.deployed.call("royaltyOf", model))

    def uri(self, model: int) -> str:
        """Return where a model's spec and card can be fetched."""
        return str(self.deployed.call("tokenURI", model))

    def transfer(self, to: Address, model: int) -> Sent:
        """Give a model to another owner."""
        return self.deployed.send("transferFrom", self.deployed.speaker.address, to, model)
