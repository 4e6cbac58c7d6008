"""A home's own dev chain runs for as long as a command needs it, and no longer."""

from __future__ import annotations

import json
import os
import signal
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from commonroot.base.errors import ChildDied
from commonroot.base.settings import KEPT, Settings
from commonroot.ledger.errors import ChainUnreachable
from commonroot.node.kept import NoKeptChain, chain_of


def _ask(url: str, method: str) -> object:
    call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": []}
    request = urllib.request.Request(
        url, json.dumps(call).encode(), {"content-type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)["result"]


class TestChainOf:
    def test_is_the_address_that_was_chosen(self, tmp_path: Path) -> None:
        """
        A chain somebody else runs is neither started nor stopped.
        """
        with chain_of(Settings(tmp_path, rpc="http://127.0.0.1:1")) as url:
            assert url == "http://127.0.0.1:1"

    def test_starts_the_kept_chain_and_stops_it(self, tmp_path: Path) -> None:
        """
        The chain goes on where it stopped, and answers nobody afterwards.
        """
        settings = Settings(tmp_path, rpc=KEPT)
        settings.chain_folder.mkdir()
        with chain_of(settings) as url:
            _ask(url, "evm_mine")
        with pytest.raises(urllib.error.URLError):
            _ask(url, "eth_blockNumber")
        with chain_of(settings) as url:
            assert _ask(url, "eth_blockNumber") == "0x1"

    def test_says_where_a_chain_should_be(self, tmp_path: Path) -> None:
        """
        A home without a chain says how to get one.
        """
        with pytest.raises(NoKeptChain, match="no dev chain"), chain_of(Settings(tmp_path, KEPT)):
            pass

    def test_begins_no_chain_among_other_files(self, tmp_path: Path) -> None:
        """
        A home that names itself as the chain's folder gets no journal between its wallets.
        """
        settings = Settings(tmp_path, rpc=f"{KEPT}:")
        settings.write()

        with pytest.raises(NoKeptChain, match="no dev chain"), chain_of(settings):
            pass

        assert [path.name for path in tmp_path.iterdir()] == ["settings.json"]

    def test_says_that_the_chain_ended(self, tmp_path: Path) -> None:
        """
        Nobody is told to start a chain that was started for them; what it said can be read.
        """
        settings = Settings(tmp_path, rpc=KEPT)
        settings.chain_folder.mkdir()
        with pytest.raises(ChildDied, match="was killed by signal 9"), chain_of(settings) as url:
            os.kill(int((settings.chain_folder / "lock").read_text()), signal.SIGKILL)
            raise ChainUnreachable(url)

        assert len(list((tmp_path / "logs").iterdir())) == 1

    def test_leaves_no_log_of_a_run_that_was_refused(self, tmp_path: Path) -> None:
        """
        What goes wrong elsewhere is not the chain's doing.
        """
        settings = Settings(tmp_path, rpc=KEPT)
        settings.chain_folder.mkdir()
        with pytest.raises(KeyboardInterrupt), chain_of(settings):
            raise KeyboardInterrupt

        assert not list((tmp_path / "logs").iterdir())

    def test_leaves_no_log_of_a_good_run(self, tmp_path: Path) -> None:
        """
        Only a run that went wrong leaves something to read.
        """
        settings = Settings(tmp_path, rpc=KEPT)
        settings.chain_folder.mkdir()
        with chain_of(settings):
            assert (tmp_path / "logs" / f"chain-{os.getpid()}.log").exists()
        assert not list((tmp_path / "logs").iterdir())
