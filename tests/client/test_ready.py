"""Before a byte of its data is read, a node knows the program, its own part, and the aggregator."""

from __future__ import annotations

import socket
import ssl
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.client.samples import PLAN
from tests.contracts.world import World
from tests.protocol.samples import account, digest

from commonroot.base.processes import free_port
from commonroot.client.errors import NotReady, NotTheAggregator
from commonroot.client.ready import (
    Part,
    find_aggregator,
    require_keys,
    require_pinned,
    take_part,
    what_leaves,
)
from commonroot.keys.certificates import Certificate, FlowerKey, new_flower_key, self_signed
from commonroot.keys.wallet import Wallet
from commonroot.ledger.ledger import Ledger
from commonroot.node import data
from commonroot.node.membership import enrol, join
from commonroot.node.programs import create
from commonroot.protocol.hashing import to_hex
from commonroot.protocol.spec import SpecRefused
from commonroot.store.artifacts import Store
from commonroot.store.errors import NotStored
from commonroot.tasks.drawn import drawn


@dataclass(frozen=True)
class Ann:
    """A node with a home, a member of a program."""

    ledger: Ledger
    home: Path
    store: Store
    program: int
    receipts: Wallet
    flower: FlowerKey

    def part(self, **other: Any) -> Part:
        """Return her part in the program."""
        given = {"store": self.store, "home": self.home, "account": self.ledger.account, **other}
        return take_part(
            self.ledger,
            given["store"],
            given["home"],
            self.program,
            account=given["account"],
            wallet="ann",
        )


@pytest.fixture
def ann(world: World, tmp_path: Path) -> Ann:
    """Return a node that has joined a program with a dataset."""
    store, ledger = Store.at(str(tmp_path / "store")), world.nodes[0]
    budget = PLAN.spec.rules.reward
    program = create(world.sponsor, store, PLAN, aggregator=world.aggregator.account, budget=budget)
    receipts, flower = Wallet.random(), new_flower_key()
    join(ledger, receipts, flower)
    kept = data.keep(tmp_path, "mine", drawn(1, 5, seed=1), "drawn:1:1x5")
    enrol(ledger, program, data.register(ledger, store, kept).id)
    return Ann(ledger, tmp_path, store, program, receipts, flower)


class TestTakePart:
    def test_brings_chain_and_home_together(self, ann: Ann) -> None:
        """
        Program, spec, dataset and weight are those of the chain, the records those of the home.
        """
        part = ann.part()

        assert part.spec == PLAN.spec
        assert part.owned.name == "mine"
        assert part.owned.id_for(ann.ledger.account) == part.dataset
        assert part.weight == 1

    def test_refuses_who_is_no_member(self, ann: Ann, world: World) -> None:
        """
        What to do first is said.
        """
        with pytest.raises(NotReady, match="is no member") as caught:
            ann.part(account=world.stranger.account)
        assert "commonroot node join" in caught.value.hint

    def test_refuses_who_takes_no_part(self, ann: Ann, world: World) -> None:
        """
        A member of the network is not a member of every program.
        """
        join(world.nodes[1], Wallet.random(), new_flower_key())

        with pytest.raises(NotReady, match="takes no part in program"):
            ann.part(account=world.nodes[1].account)

    def test_refuses_a_home_without_the_dataset(self, ann: Ann, tmp_path: Path) -> None:
        """
        A node trains on what it committed to, or not at all.
        """
        with pytest.raises(NotReady, match="is not in this home"):
            ann.part(home=tmp_path / "elsewhere")

    def test_refuses_without_the_spec(self, ann: Ann, tmp_path: Path) -> None:
        """
        What cannot be read cannot be agreed to.
        """
        with pytest.raises(NotStored):
            ann.part(store=Store.at(str(tmp_path / "empty")))


class TestRequire:
    def test_a_pinned_spec_is_the_only_one(self, ann: Ann) -> None:
        """
        Whoever pinned a digest runs that spec and no other.
        """
        part = ann.part()
        require_pinned(part, None)
        require_pinned(part, to_hex(part.spec.digest).upper().replace("0X", "0x"))

        with pytest.raises(SpecRefused, match="you pinned"):
            require_pinned(part, to_hex(digest("another")))

    def test_the_homes_keys_are_the_chains(self, ann: Ann) -> None:
        """
        Keys that do not speak for the account would only earn refusals.
        """
        part = ann.part()
        require_keys(ann.ledger, part, ann.receipts.address, ann.flower.der)

        with pytest.raises(NotReady, match="signs receipts for"):
            require_keys(ann.ledger, part, account("eve"), ann.flower.der)
        with pytest.raises(NotReady, match="another SuperNode's key"):
            require_keys(ann.ledger, part, ann.receipts.address, new_flower_key().der)

    def test_what_leaves_the_machine_is_said(self, ann: Ann) -> None:
        """
        The risk that no mode stops is said plainly, before anything starts.
        """
        said = " ".join(what_leaves(ann.part()))

        assert "stays here" in said
        assert "Whoever may see deltas may try to invert them" in said
        assert "No mode of this version stops that." in said


class TestFindAggregator:
    def test_gives_address_and_certificate(self, ann: Ann, world: World) -> None:
        """
        What answers shows the certificate whose fingerprint is on chain.
        """
        shown = self_signed()
        with _serving(shown) as endpoint:
            world.aggregator.programs.set_endpoint(ann.program, endpoint, shown.fingerprint)
            found = find_aggregator(ann.ledger, ann.program, 5.0, _silence)

        assert found == (endpoint, shown.pem)

    def test_refuses_another_certificate(self, ann: Ann, world: World) -> None:
        """
        Somebody in between has a certificate of their own, and is found out by it.
        """
        with _serving(self_signed()) as endpoint:
            world.aggregator.programs.set_endpoint(ann.program, endpoint, self_signed().fingerprint)
            with pytest.raises(NotTheAggregator, match="the chain names"):
                find_aggregator(ann.ledger, ann.program, 5.0, _silence)

    def test_waits_and_then_gives_up(self, ann: Ann, world: World) -> None:
        """
        An aggregator that is not there is waited for, and that is said once.
        """
        endpoint = f"127.0.0.1:{free_port()}"
        world.aggregator.programs.set_endpoint(ann.program, endpoint, digest("certificate"))
        said: list[str] = []

        with pytest.raises(NotReady, match="is not there after 1 s"):
            find_aggregator(ann.ledger, ann.program, 1.0, said.append)
        assert said == ["Waiting for the aggregator."]

    @pytest.mark.parametrize(
        "endpoint",
        [
            "",
            "host",
            "host:",
            "host:http",
            ":9",
            "a..b:9",
            "a:" + "9" * 5000,
        ],
    )
    def test_refuses_what_is_no_address(self, ann: Ann, world: World, endpoint: str) -> None:
        """
        An aggregator may write anything on chain.
        """
        world.aggregator.programs.set_endpoint(ann.program, endpoint, digest("certificate"))

        with pytest.raises(NotTheAggregator, match="is no address of host and port"):
            find_aggregator(ann.ledger, ann.program, 1.0, _silence)


def _silence(_: str) -> None:
    pass


@contextmanager
def _serving(shown: Certificate) -> Iterator[str]:
    """Show a certificate to whoever connects."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with tempfile.TemporaryDirectory() as folder:
            paths = Path(folder) / "certificate.pem", Path(folder) / "key.pem"
            shown.write(*paths)
            context.load_cert_chain(*paths)
        server = threading.Thread(target=_answer, args=(listener, context))
        server.start()
        yield f"127.0.0.1:{port}"
        # Whoever waits for a visitor gets one, and ends.
        socket.create_connection(("127.0.0.1", port)).close()
        server.join()


def _answer(listener: socket.socket, context: ssl.SSLContext) -> None:
    while True:
        connection, _ = listener.accept()
        try:
            context.wrap_socket(connection, server_side=True).close()
        except OSError:
            connection.close()
            return
