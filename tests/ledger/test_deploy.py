"""A deployment is whole and every contract of it knows the right others, or there is none."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.contracts.world import World, signer_of

from commonroot.ledger import deploy as deploying
from commonroot.ledger.book import Book
from commonroot.ledger.deploy import Terms, check, deploy
from commonroot.ledger.errors import DeploymentMismatch, NoContract
from commonroot.ledger.sender import Sender
from commonroot.protocol.hashing import Address


class TestDeploy:
    def test_takes_a_token_that_is_there(self, world: World) -> None:
        """
        Bonds can be in any token; then no test token is made.
        """
        sender = Sender(world.web3, signer_of(world.stranger))

        book = deploy(sender, Terms(token=world.book.token, minimum_bond=7))

        assert book.token == world.book.token
        assert sender.tally.transactions == 5
        assert world.nodes[0].nodes.minimum_bond() == 100
        assert replace(world.stranger, book=book).nodes.minimum_bond() == 7

    def test_keeps_its_terms(self, world: World) -> None:
        """
        Bond, delays and supply are what was said.
        """
        ledger = world.stranger

        assert ledger.nodes.token() == world.book.token
        assert ledger.nodes.unbonding_delay() == 50
        assert (ledger.licences.delivery_time(), ledger.licences.dispute_time()) == (500, 300)
        assert ledger.token.symbol() == "TEST"
        assert ledger.token.decimals() == 18

    def test_notices_another_sender(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """
        A transaction in between moves every address after it: the deployment is no good.
        """
        sender = Sender(world.web3, signer_of(world.stranger))
        create = deploying._create

        def interrupted(sender: Sender, name: str, *arguments: object) -> Address:
            if name == "Models":
                sender.send("something else", world.buyer.account)
            return create(sender, name, *arguments)

        monkeypatch.setattr(deploying, "_create", interrupted)

        with pytest.raises(DeploymentMismatch, match="The address of Models"):
            deploy(sender, Terms())


class TestCheck:
    def test_is_content_with_a_whole_deployment(self, world: World) -> None:
        """
        Everything is there and knows each other.
        """
        check(world.web3, world.book)

    @pytest.mark.parametrize("name", ["nodes", "datasets", "models", "licences", "programs"])
    def test_notices_what_is_not_there(self, world: World, name: str) -> None:
        """
        An account without code, or with other code, is no contract of ours.
        """
        for address in (world.buyer.account, world.book.token):
            book: Book = replace(world.book, **{name: address})  # type: ignore[arg-type]

            with pytest.raises(NoContract, match=address):
                check(world.web3, book)

    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("nodes", r"Nodes\.token"),
            ("datasets", r"Programs\.datasets"),
            ("models", r"Models\.programs"),
            ("licences", r"Licences\.programs"),
            ("programs", r"Models\.programs"),
            ("token", r"Nodes\.token"),
        ],
    )
    def test_notices_contracts_of_two_deployments(self, world: World, name: str, said: str) -> None:
        """
        The right code at the wrong place does not know the others.
        """
        sender = Sender(world.web3, signer_of(world.stranger))
        other = deploy(sender, Terms())
        mixed: Book = replace(world.book, **{name: getattr(other, name)})

        with pytest.raises(DeploymentMismatch, match=said):
            check(world.web3, mixed)
