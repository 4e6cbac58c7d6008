"""Models: their versions, where roots stand, and what they say of themselves."""

from __future__ import annotations

import pytest
from tests.contracts.world import World, refused

from commonroot.protocol.hashing import ZERO, keccak


class TestModels:
    def test_take_orders_from_programs_alone(self, world: World) -> None:
        """
        Nobody else mints a model or adds a version, not even its owner.
        """
        id = world.program()
        owner = world.sponsor.models.deployed
        mine = keccak(b"mine"), ZERO

        with refused("OnlyPrograms", caller=world.sponsor.account):
            owner.send("append", id, 1, *mine)
        with refused("OnlyPrograms", caller=world.sponsor.account):
            owner.send("mint", world.sponsor.account, 99, *mine, 0, 0, "")

    def test_know_only_versions_that_exist(self, world: World) -> None:
        """
        A version's number is below their count.
        """
        id = world.program()

        with refused("NoSuchVersion", model=id, version=1):
            world.stranger.models.root(id, 1)
        with refused("ERC721NonexistentToken", tokenId=9):
            world.stranger.models.head(9)
        assert world.stranger.models.places_of(keccak(b"nowhere")) == []

    def test_say_the_royalty_of_a_sale(self, world: World) -> None:
        """
        ERC-2981: of 500, a fifth goes to whoever sponsored the model.
        """
        id = world.program()

        said = world.stranger.models.deployed.call("royaltyInfo", id, 500)

        assert said == [world.sponsor.account, 100]

    @pytest.mark.parametrize(
        ("interface", "spoken"),
        [("80ac58cd", True), ("2a55205a", True), ("01ffc9a7", True), ("ffffffff", False)],
    )
    def test_say_which_interfaces_they_speak(
        self, world: World, interface: str, spoken: bool
    ) -> None:
        """
        ERC-721, ERC-2981 and ERC-165, and not just anything.
        """
        models = world.stranger.models.deployed

        assert models.call("supportsInterface", bytes.fromhex(interface)) is spoken
