"""`--dry-run` shows what a command would send and what it would cost, and changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.conftest import Place
from web3 import Web3

_COMMANDS = {
    "wallet send": ("wallet", "send", "{account}", "1", "--ether", "--wallet", "owner"),
    "node join": ("node", "join", "--wallet", "stranger", "--bond", "0.000000000000001"),
    "program fund": ("program", "fund", "1", "0.000000000000000001", "--wallet", "owner"),
    "program end": ("program", "end", "1", "--wallet", "owner"),
    "licence buy": ("licence", "buy", "1", "--wallet", "buyer"),
    "reward claim": ("reward", "claim", "1", "--wallet", "node"),
    "model sell": ("model", "sell", "1", "--price", "1", "--version", "1", "--wallet", "owner"),
}


def files(place: Place) -> set[Path]:
    """Return all that lies in the home."""
    return set(place.settings.home.rglob("*"))


def height(place: Place) -> int:
    """Return the chain's latest block."""
    web3: Web3 = place.life.world.web3
    return int(web3.eth.block_number)


@pytest.mark.parametrize("command", sorted(_COMMANDS))
def test_changes_nothing(place: Place, command: str) -> None:
    """
    No block, no file and no question: only what would be sent, and what its gas would cost.
    """
    if command == "licence buy":
        place.ask("model", "sell", "1", "--price", "0.000000000000000001", "--version", "1")
    account = place.life.world.stranger.account
    words = [word.format(account=account) for word in _COMMANDS[command]]
    before = height(place), files(place)

    steps = place.ask(*words, "--dry-run")

    assert (height(place), files(place)) == before
    assert steps[0]["gas"] >= 21_000
    assert float(steps[0]["gas_costs_at_most"]) > 0
    assert [step["call"] for step in steps[:-1]] == ["TestToken.approve"] * (len(steps) - 1)


def test_tells_what_an_approval_is_for(place: Place) -> None:
    """
    The approval has a cost; what the call after it costs shows only once it is done.
    """
    steps = place.ask("node", "join", "--wallet", "stranger", "--dry-run")

    assert [step["call"] for step in steps] == ["TestToken.approve", "Nodes.join"]
    assert steps[1]["gas"] is None
    assert "needed" in steps[1]["remark"]


def test_is_refused_as_the_command_itself(place: Place) -> None:
    """
    What would fail now is said to fail.
    """
    words = ("program", "end", "1", "--wallet", "stranger")

    assert place.run(*words, "--dry-run", status=1) == place.run(*words, "--yes", status=1)


def test_says_to_people_that_nothing_was_sent(place: Place) -> None:
    """
    The table goes to stdout, and the reassurance beside it.
    """
    said = place.run(
        "wallet", "send", place.life.world.stranger.account, "1", "--ether", "--dry-run"
    )

    assert "the transfer" in said
    assert "gas_costs_at_most" in said
