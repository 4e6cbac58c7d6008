"""What was acknowledged is on disk, and comes back at the same hashes."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from tests.devchain.samples import ALICE, BOB, deploy, refusal, result, run, signed

from commonroot.devchain.chain import Chain
from commonroot.devchain.errors import JournalDamaged, StateLocked, StateMismatch, StateUnusable
from commonroot.devchain.settings import Settings


@contextmanager
def kept(folder: Path, **changes: int) -> Iterator[Chain]:
    with closing(Chain(Settings(state=folder, **changes))) as chain:
        yield chain


def hashes(chain: Chain) -> list[bytes]:
    return [chain.archive.hash_of(number) for number in range(chain.head.number + 1)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a chain of three blocks in it."""
    with kept(tmp_path) as chain:
        deploy(chain)
        run(chain)
        run(chain, BOB)
    return tmp_path


class TestRestart:
    def test_brings_back_every_block(self, tmp_path: Path) -> None:
        """
        Hashes, receipts, balances and code are the same, and the chain goes on from there.
        """
        with kept(tmp_path) as chain:
            contract = deploy(chain)
            receipt = run(chain)
            before, code = hashes(chain), result(chain, "eth_getCode", contract)

        with kept(tmp_path) as chain:
            assert hashes(chain) == before
            assert result(chain, "eth_getCode", contract) == code
            assert result(chain, "eth_getTransactionReceipt", receipt["transactionHash"]) == receipt
            assert run(chain)["blockNumber"] == "0x3"

    def test_brings_back_time(self, tmp_path: Path) -> None:
        """
        The chain's clock is as far ahead as before, and a chosen timestamp is not forgotten.
        """
        with kept(tmp_path) as chain:
            result(chain, "evm_increaseTime", 1_000)
            chosen = chain.head.header.timestamp + 5_000
            result(chain, "evm_setNextBlockTimestamp", chosen)

        with kept(tmp_path) as chain:
            assert chain.clock.offset == 1_000
            assert chain.mine().header.timestamp == chosen

        with kept(tmp_path) as chain:
            assert chosen < chain.mine().header.timestamp < chosen + 60

    def test_stays_reverted(self, folder: Path) -> None:
        """
        Blocks that were reverted do not come back, whatever was mined after them.
        """
        with kept(folder) as chain:
            name = chain.snapshot()
            run(chain)
            chain.revert(name)
            run(chain, value=7)
            before = hashes(chain)

        with kept(folder) as chain:
            assert hashes(chain) == before

    def test_brings_back_what_waits(self, folder: Path) -> None:
        """
        A transaction that came too early still waits, until its time comes.
        """
        with kept(folder) as chain:
            chain.send(signed(nonce=3))

        with kept(folder) as chain:
            assert [waiting.nonce for waiting in chain.pool] == [3]
            run(chain)
            assert chain.next_nonce(ALICE.address) == 4

        with kept(folder) as chain:
            assert list(chain.pool) == []

    def test_forgets_snapshots(self, folder: Path) -> None:
        """
        A snapshot lasts as long as the process.
        """
        with kept(folder) as chain:
            name = chain.snapshot()

        with kept(folder) as chain:
            assert chain.revert(name) is False


class TestDamage:
    @pytest.mark.parametrize("torn", [1, 16, 100])
    def test_at_the_end_costs_only_the_last_record(self, folder: Path, torn: int) -> None:
        """
        A record that a crash tore is dropped; the chain goes on and can be read again.
        """
        with kept(folder) as chain:
            before = hashes(chain)
        path = folder / "chain.journal"
        os.truncate(path, path.stat().st_size - torn)

        with kept(folder) as chain:
            assert hashes(chain) == before[:-1]
            run(chain, value=9)
            after = hashes(chain)

        with kept(folder) as chain:
            assert hashes(chain) == after

    @pytest.mark.parametrize("tail", [b"\x00" * 4_096, b"CRj1", b"CRj1" + b"\xff" * 100])
    def test_of_a_tail_is_dropped(self, folder: Path, tail: bytes) -> None:
        """
        Zeros or garbage after the last record cost nothing.
        """
        with kept(folder) as chain:
            before = hashes(chain)
        path = folder / "chain.journal"
        whole = path.stat().st_size
        path.write_bytes(path.read_bytes() + tail)

        with kept(folder) as chain:
            assert hashes(chain) == before
        assert path.stat().st_size == whole

    @pytest.mark.parametrize("at", [0, 5, 9, 13, 40, 1_200])
    def test_in_the_middle_is_an_error(self, folder: Path, at: int) -> None:
        """
        One flipped bit before the last record, wherever it is: nothing is read past it in silence.
        """
        path = folder / "chain.journal"
        data = bytearray(path.read_bytes())
        data[at] ^= 1
        path.write_bytes(data)

        with pytest.raises(JournalDamaged, match="an intact record follows"), kept(folder):
            pass

        assert path.read_bytes() == data

    @pytest.mark.parametrize("content", [b"7", b"{}", b"notes of somebody\n" * 100])
    def test_of_another_kind_of_file_is_an_error(self, tmp_path: Path, content: bytes) -> None:
        """
        A file that never was a journal is refused, and stays as it is.
        """
        path = tmp_path / "chain.journal"
        path.write_bytes(content)

        with pytest.raises(JournalDamaged, match="no record begins there"), kept(tmp_path):
            pass

        assert path.read_bytes() == content

    @pytest.mark.parametrize("left", [b"\x00" * 4_096, b"CR", b"CRj1" + b"\xff" * 100])
    def test_of_the_first_record_is_dropped(self, tmp_path: Path, left: bytes) -> None:
        """
        A crash while a chain began leaves nothing that would keep it from beginning.
        """
        (tmp_path / "chain.journal").write_bytes(left)

        with kept(tmp_path) as chain:
            assert len(hashes(chain)) == 1

    def test_of_the_order_is_an_error(self, folder: Path) -> None:
        """
        Records that are whole but do not follow one another are no chain.
        """
        path = folder / "chain.journal"
        data = path.read_bytes()
        second = data.index(b"CRj1", 1)
        third = data.index(b"CRj1", second + 1)
        path.write_bytes(data[:second] + data[third:])

        with pytest.raises(JournalDamaged, match="block 2 does not follow"), kept(folder):
            pass


class TestFolder:
    def test_belongs_to_one_chain(self, folder: Path) -> None:
        """
        A second chain on the same folder is refused, with the process that has it.
        """
        refused = pytest.raises(StateLocked, match=f"in use by process {os.getpid()}")
        with kept(folder), refused, kept(folder):
            pass

        with kept(folder) as chain:
            assert chain.head.number == 3

    @pytest.mark.parametrize(
        ("setting", "name", "stored"),
        [
            ("chain_id", "chain-id", 31337),
            ("accounts", "accounts", 10),
            ("balance", "balance", 10_000),
        ],
    )
    def test_keeps_its_settings(self, folder: Path, setting: str, name: str, stored: int) -> None:
        """
        What the genesis was made with cannot change; the hint says what to pass.
        """
        with pytest.raises(StateMismatch) as refused, kept(folder, **{setting: 5}):
            pass

        assert f"--{name} {stored}" in refused.value.hint

    def test_must_be_one(self, tmp_path: Path) -> None:
        """
        A file where the folder should be is said so.
        """
        (tmp_path / "state").write_text("")

        with pytest.raises(StateUnusable, match="Cannot write to"), kept(tmp_path / "state"):
            pass


class TestFullDisk:
    def test_refuses_and_goes_on(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """
        What cannot be written did not happen; with room again the chain goes on.
        """

        def full(*_: object) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        with kept(folder) as chain:
            before = chain.head.hash
            with monkeypatch.context() as disk:
                disk.setattr(os, "pwrite", full)
                code, message = refusal(
                    chain, "eth_sendRawTransaction", "0x" + signed(nonce=2).hex()
                )
                assert (code, "No space left on device" in message) == (-32000, True)
                assert chain.head.hash == before
            run(chain, value=3)
            after = hashes(chain)

        with kept(folder) as chain:
            assert hashes(chain) == after
            assert chain.state(chain.head).get_nonce(ALICE.address) == 3
