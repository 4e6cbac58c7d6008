"""What a person types does what it says, on a real chain, and says what is wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.cli.conftest import Place

from commonroot.cli import root
from commonroot.protocol.hashing import to_hex
from commonroot.protocol.manifest import Absence
from commonroot.store.versions import get_manifest


class TestVerify:
    def test_a_version_is_computed_again(self, place: Place) -> None:
        """
        A node computes the newest version again from its deltas.
        """
        verdict = place.ask("verify", "1", "--wallet", "node")

        assert (verdict["holds"], verdict["version"], verdict["recomputed_round"]) == (True, 1, 1)

    def test_a_file_with_one_flipped_bit_is_found(self, place: Place, tmp_path: Path) -> None:
        """
        The file's home is found by itself; version and chunk are named, and the status is 1.
        """
        file = place.settings.home / "model.safetensors"
        place.run("model", "pull", "1", "--version", "0", "--to", str(file))
        place.capture.readouterr()
        assert root.run(["verify", str(file)]) == 0
        data = bytearray(file.read_bytes())
        data[-3 * 32 - 1] ^= 1  # in the last moment, just before the three leaves
        file.write_bytes(data)

        assert root.run(["verify", str(file)]) == 1
        said = " ".join(place.capture.readouterr().out.split())
        assert "is not version 0 of model 1" in said
        assert "chunk 2" in said
        assert "Checked against chain 31337" in said

    def test_a_stranger_is_told_who_may_read(self, place: Place) -> None:
        """
        A members' round is computed again by its members.
        """
        assert "--wallet" in place.run("verify", "1", "--wallet", "stranger", status=1)


class TestLineage:
    def test_leads_to_those_who_contributed(self, place: Place) -> None:
        """
        From a root to the nodes, their datasets, payouts and transactions.
        """
        version = place.life.world.stranger.models.version(1, 1)
        traced = place.ask("lineage", to_hex(version.root))

        (round,) = traced["rounds"]
        nodes = [each["node"] for each in round["contributions"]]
        assert nodes == [each.ledger.account for each in place.life.parties]
        assert sorted(round["transactions"]) == ["closed", "finalized", "opened", "proposed"]
        assert traced["spec_name"] == "A small life"

    def test_is_a_tree_for_people(self, place: Place) -> None:
        """
        The same is readable without JSON.
        """
        said = place.run("lineage", "1")

        assert "model 1, version 1" in said
        assert place.life.parties[0].ledger.account in said

    def test_shows_strangers_words_only(
        self, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        What an aggregator wrote into a manifest can neither style nor command a terminal.
        """
        hostile = Absence(place.life.world.stranger.account, "[red]no\x1b[2J")
        monkeypatch.setattr(
            "commonroot.node.lineage.get_manifest",
            lambda store, digest: replace(get_manifest(store, digest), absent=(hostile,)),
        )

        said = place.run("lineage", "1")

        assert "[red]no" in said
        assert "\x1b" not in said


class TestReward:
    def test_is_claimed_once(self, place: Place) -> None:
        """
        What is listed is paid, and then it is no longer owed.
        """
        (owed,) = place.ask("reward", "list", "1", "--wallet", "node")
        before = place.balance("node")

        taken = place.ask("reward", "claim", "1", "--wallet", "node")

        assert taken["paid"] == owed["payout"]
        assert place.balance("node") > before
        assert place.ask("reward", "list", "1", "--wallet", "node")[0]["claimed"]
        assert place.ask("reward", "claim", "1", "--wallet", "node")["rounds"] == 0


class TestLicence:
    def test_goes_from_offer_to_file(self, place: Place, tmp_path: Path) -> None:
        """
        Sold, bought, delivered, pulled, verified; then its price is withdrawn.
        """
        offer = place.ask("model", "sell", "1", "--price", "0.000000000000001")
        assert place.ask("licence", "quote", str(offer["offer"])) == offer
        place.run("reward", "claim", "1", "--wallet", "node")
        bought = place.ask("licence", "buy", "1", "--wallet", "buyer", "--yes")
        assert bought["price"] == "0.000000000000001 TEST"
        place.run("model", "pull", "1", "--wallet", "buyer", status=1)
        assert place.ask("provider", "run", "--once") == [{"licence": 1, "stage": "delivered"}]
        file = tmp_path / "model.safetensors"
        pulled = place.ask("model", "pull", "1", "--wallet", "buyer", "--to", str(file))
        assert (pulled["version"], pulled["licence"]) == (1, 1)
        assert place.ask("verify", str(file))["holds"]
        assert place.ask("licence", "list", "--wallet", "buyer")[0]["stage"] == "accepted"

        taken = place.ask("licence", "withdraw", "1")
        assert taken["withdrawn"] == "0.0000000000000001"
        assert place.ask("licence", "withdraw", "1", "--wallet", "node")["shares"] > 0

    def test_is_not_bought_without_a_yes(self, place: Place) -> None:
        """
        Where nobody can be asked, nothing is spent unless that was agreed to.
        """
        place.run("model", "sell", "1", "--price", "0.000000000000001")
        before = place.balance("buyer")

        assert "--yes" in place.run("licence", "buy", "1", "--wallet", "buyer", status=2)
        assert place.balance("buyer") == before


class TestNode:
    def test_joins_with_a_dataset(self, place: Place) -> None:
        """
        One command puts up the bond, makes the keys and takes part.
        """
        place.run("dataset", "add", "mine", "drawn:1:1x2", "--wallet", "stranger")
        joined = place.ask(
            "node", "join", "1", "--dataset", "mine", "--wallet", "stranger", "--yes"
        )

        assert joined["member"]
        listed = place.ask("node", "list", "1")
        (dataset,) = place.ask("dataset", "list", "--wallet", "stranger")
        assert [each["dataset"] for each in listed][-1] == dataset["id"]
        assert (place.settings.home / "keys" / "flower" / "stranger.pub").is_file()

    def test_keeps_its_receipt_key_from_a_try_before(
        self, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        A join that was interrupted before it was on chain is simply run again.
        """

        def dies(*_: object) -> None:
            raise KeyboardInterrupt

        words = ["node", "join", "--wallet", "stranger", "--yes"]
        with monkeypatch.context() as broken:
            broken.setattr("commonroot.ledger.gateways.nodes.Nodes.join", dies)
            place.run(*words, status=130)
        assert place.ask(*words)["member"]

    def test_needs_program_and_dataset_together(self, place: Place) -> None:
        """
        One without the other is misuse.
        """
        assert "go together" in place.run("node", "join", "1", "--wallet", "stranger", status=2)


class TestProgram:
    def test_is_planned_created_and_ended(self, place: Place) -> None:
        """
        A dry run sends nothing; the budget goes in and what is left comes back.
        """
        before = place.balance("owner")
        planned = place.ask("program", "create", "Small", "--budget", "200", "--dry-run")
        assert place.balance("owner") == before
        created = place.ask("program", "create", "Small", "--budget", "200", "--yes")
        assert created["spec"] == planned["spec"]
        place.run("program", "fund", "2", "5", "--yes")

        assert place.ask("program", "show", "2")["budget"] == "205"
        assert place.ask("program", "end", "2", "--yes")["returned"] == "205"
        assert place.balance("owner") == before
        assert [each["ended"] for each in place.ask("program", "list")] == [False, True]


class TestLooking:
    def test_shows_rounds_models_and_balances(self, place: Place) -> None:
        """
        What the chain says is shown to anybody.
        """
        (round,) = place.ask("round", "list", "1")
        assert (round["stage"], round["nodes"], round["version"]) == ("finalized", 2, 1)
        assert len(place.ask("round", "show", "1", "1")["contributions"]) == 2
        assert [each["version"] for each in place.ask("model", "list")] == [1]
        assert len(place.ask("model", "show", "1")["versions"]) == 2
        assert place.ask("balance", "--wallet", "node")["symbol"] == "TEST"
        assert place.ask("node", "show", "--wallet", "node")["member"]

    @pytest.mark.parametrize(
        ("words", "status", "said"),
        [
            (["program", "show", "9"], 1, "There is no program 9 among 1."),
            (["model", "show", "9"], 1, "There is no program 9 among 1."),
            (["verify", "1@9"], 1, "Model 1 has no version 9; its newest is 1."),
            (["verify", "nofile"], 2, "is no file, no hash and no model"),
            (["licence", "quote", "9"], 1, "There is no offer 9."),
            (["reward", "list", "1", "--wallet", "nobody"], 1, "There is no wallet nobody"),
            (["balance", "--rpc", "http://127.0.0.1:1"], 1, "No chain answers at"),
            (["balance", "0x12"], 1, "is not an address"),
            (["dataset", "show", "none"], 2, "There is no dataset none"),
            (["program", "create", "x", "--budget", "1e9", "--yes"], 2, "'1e9' is no amount"),
            (["program", "create", "x", "--budget", "999999999999", "--yes"], 1, "needs"),
        ],
    )
    def test_says_what_is_wrong(
        self, place: Place, words: list[str], status: int, said: str
    ) -> None:
        """
        Wrong names, numbers and addresses are one sentence each.
        """
        assert said in place.run(*words, status=status)

    def test_says_that_nothing_is_deployed(self, place: Place) -> None:
        """
        Without an address book there is nothing to talk to, and what makes one is named.
        """
        (place.settings.home / "book.json").unlink()

        assert "commonroot deploy" in place.run("program", "list", status=1)

    def test_refuses_the_wrong_password(
        self, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        A wrong password changes nothing.
        """
        monkeypatch.setenv("COMMONROOT_PASSWORD", "wrong")

        assert "does not open" in place.run("reward", "claim", "1", "--wallet", "node", status=1)


class TestWallet:
    def test_sends_token_and_ether(self, place: Place) -> None:
        """
        What leaves one account arrives at the other.
        """
        to = place.life.world.stranger.account
        before = place.balance("stranger")

        place.run("wallet", "send", to, "3", "--yes")
        place.run("wallet", "send", to, "1", "--ether", "--yes")

        assert place.balance("stranger") == before + 3 * 10**18

    def test_imports_a_key(self, place: Place, tmp_path: Path) -> None:
        """
        A key in a file of one's own becomes a wallet; a file others can read is refused.
        """
        file = tmp_path / "key"
        file.write_text("0x" + "11" * 32 + "\n")
        file.chmod(0o644)
        words = ["wallet", "import", "other", "--key-file", str(file)]
        place.run(*words, status=1)
        file.chmod(0o600)

        assert place.ask(*words)["address"] == "0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A"


class TestDeploy:
    def test_fills_the_book_of_a_fresh_home(self, place: Place, tmp_path: Path) -> None:
        """
        The addresses that are shown are the ones in the book; a second deploy replaces nothing.
        """
        home = place.settings.home
        (home / "book.json").unlink()

        deployed = place.ask("deploy", "--bond", "1")
        book = (home / "book.json").read_bytes()

        assert deployed["programs"].encode() in book
        assert "already" in place.run("deploy", status=2)
        assert (home / "book.json").read_bytes() == book
