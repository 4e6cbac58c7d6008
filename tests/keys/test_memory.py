"""An account never signs two deltas for one round, whatever happens in between."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest
from tests.keys.samples import DELTA, DOMAIN, OTHER, RECEIPT, receipt

from commonroot.base.errors import DiskFull
from commonroot.keys.errors import AgentRefused, MemoryDamaged, MemoryTaken
from commonroot.keys.memory import kept
from commonroot.protocol.hashing import Digest
from commonroot.protocol.receipt import Domain

SECOND = receipt(delta_root=Digest(bytes(32)))


class TestRemember:
    def test_refuses_a_second_delta(self, tmp_path: Path) -> None:
        """
        The reason names the round and the delta that was signed.
        """
        with kept(tmp_path / "signed.json") as memory:
            memory.remember(RECEIPT, DOMAIN)

            with pytest.raises(AgentRefused, match=f"round 3, epoch 0 .* 0x{DELTA.hex()}"):
                memory.remember(SECOND, DOMAIN)

    def test_admits_the_same_delta_again(self, tmp_path: Path) -> None:
        """
        A receipt that was lost on its way may be signed again, with another deadline too.
        """
        with kept(tmp_path / "signed.json") as memory:
            memory.remember(RECEIPT, DOMAIN)
            memory.remember(receipt(deadline=9), DOMAIN)

    def test_admits_another_delta_elsewhere(self, tmp_path: Path) -> None:
        """
        Another round, epoch, program, chain or contract is another matter.
        """
        other = {"delta_root": Digest(bytes(32))}
        with kept(tmp_path / "signed.json") as memory:
            memory.remember(RECEIPT, DOMAIN)
            memory.remember(receipt(round=4, **other), DOMAIN)
            memory.remember(receipt(epoch=1, **other), DOMAIN)
            memory.remember(receipt(program=2, **other), DOMAIN)
            memory.remember(SECOND, Domain(1, DOMAIN.programs))
            memory.remember(SECOND, Domain(31337, OTHER))

    def test_survives_its_process(self, tmp_path: Path) -> None:
        """
        What was remembered once is refused by the next agent.
        """
        with kept(tmp_path / "signed.json") as memory:
            memory.remember(RECEIPT, DOMAIN)

        with kept(tmp_path / "signed.json") as memory, pytest.raises(AgentRefused):
            memory.remember(SECOND, DOMAIN)
        assert stat.S_IMODE((tmp_path / "signed.json").stat().st_mode) == 0o600

    def test_forgets_what_it_could_not_write(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        Without space nothing is remembered, so nothing is signed; afterwards either delta may be.
        """
        with kept(tmp_path / "signed.json") as memory:
            with monkeypatch.context() as patched:
                patched.setattr(os, "fsync", _full)
                with pytest.raises(DiskFull):
                    memory.remember(RECEIPT, DOMAIN)

            memory.remember(SECOND, DOMAIN)
            with pytest.raises(AgentRefused):
                memory.remember(RECEIPT, DOMAIN)


class TestKept:
    def test_is_kept_by_one_at_a_time(self, tmp_path: Path) -> None:
        """
        A second agent for the account is refused while the first one lives.
        """
        path = tmp_path / "signed.json"
        with kept(path), pytest.raises(MemoryTaken, match="Another signing agent"), kept(path):
            pass
        with kept(path):
            pass

    @pytest.mark.parametrize("junk", [b"", b"{", b"[]", b'{"a": 1}', b'{"a": "0x00"}', b"\xff"])
    def test_refuses_a_damaged_file(self, tmp_path: Path, junk: bytes) -> None:
        """
        Nothing is signed on top of a record that cannot be read; the hint says why.
        """
        (tmp_path / "signed.json").write_bytes(junk)

        with pytest.raises(MemoryDamaged) as caught, kept(tmp_path / "signed.json"):
            pass
        assert "costs the bond" in caught.value.hint


def _full(descriptor: int) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")
