"""A version that is not what the chain says is found out, wherever it differs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.contracts.world import World
from tests.node import life as lives
from tests.node.life import Life, seed_lanes

from commonroot.keys.places import version_key
from commonroot.keys.wallet import Wallet
from commonroot.ledger.errors import WrongChain
from commonroot.market.pull import write
from commonroot.node import again
from commonroot.node.again import NotARound, NotForYou
from commonroot.node.verify import recompute, verify_file
from commonroot.protocol.rules import Visibility
from commonroot.store.errors import DigestMismatch, ModelFileDamaged
from commonroot.store.versions import get_manifest


@pytest.fixture
def file(life: Life, tmp_path: Path) -> Path:
    """Return version 1 as a model file."""
    life.play(seed_lanes())
    path = tmp_path / "model.safetensors"
    key = version_key(life.home, life.program, 1, 1).read_bytes()
    write(life.world.buyer, life.store, path, life.program, 1, key)
    return path


class TestVerifyFile:
    def test_says_that_a_file_is_the_version(self, life: Life, file: Path) -> None:
        """
        A whole file is named by model and version, with the chain it was checked against.
        """
        verdict = verify_file(life.world.stranger, file)

        assert verdict.holds
        assert (verdict.model, verdict.version) == (life.program, 1)
        assert str(life.world.book.chain_id) in verdict.chain

    @pytest.mark.parametrize(("lane", "chunk"), [(0, 0), (63, 0), (64, 1), (86, 2)])
    def test_names_the_version_and_the_chunk(
        self, life: Life, file: Path, lane: int, chunk: int
    ) -> None:
        """
        One flipped bit in any chunk is found, with the version and the chunk it is in.
        """
        data = bytearray(file.read_bytes())
        # The file holds no padding: 85 weights, 4 moments, then three leaves.
        data[len(data) - 3 * 32 - 4 * 89 + 4 * lane] ^= 1
        file.write_bytes(data)

        verdict = verify_file(life.world.stranger, file)

        assert not verdict.holds
        assert verdict.chunks == (chunk,)
        assert f"not version 1 of model {life.program}" in verdict.finding
        assert f"chunk {chunk} " in verdict.finding

    def test_reads_no_damaged_header(self, life: Life, file: Path) -> None:
        """
        A flipped bit in the header is an error, and nothing in the header is believed.
        """
        data = bytearray(file.read_bytes())
        data[40] ^= 1
        file.write_bytes(data)

        with pytest.raises(ModelFileDamaged):
            verify_file(life.world.stranger, file)

    def test_refuses_a_file_of_other_contracts(self, life: Life, file: Path) -> None:
        """
        A file is compared with the contracts it comes from and no others.
        """
        ledger = life.world.stranger
        other = replace(ledger, book=replace(ledger.book, models=ledger.book.nodes))

        with pytest.raises(WrongChain, match="models at"):
            verify_file(other, file)


class TestRecompute:
    def test_gives_the_version_bit_for_bit(self, life: Life) -> None:
        """
        Each of two versions follows from its recorded deltas.
        """
        life.play(life.play(seed_lanes()), seed=2)

        for version in (1, 2):
            verdict = recompute(
                life.world.stranger, life.store, life.program, version, [life.parties[1].receipts]
            )
            assert verdict.holds, verdict.finding
            assert verdict.round == version

    def test_needs_no_key_in_an_open_program(self, world: World, tmp_path: Path) -> None:
        """
        Where everything is public, anybody computes it again.
        """
        life = lives.begin(world, tmp_path, Visibility.OPEN, nodes=(2, 3))
        life.play(seed_lanes())

        assert recompute(world.stranger, life.store, life.program, 1).holds

    def test_is_for_those_who_may_read(self, life: Life) -> None:
        """
        A wallet that the round's keys were not wrapped for is told who may read.
        """
        life.play(seed_lanes())

        with pytest.raises(NotForYou):
            recompute(life.world.stranger, life.store, life.program, 1, [Wallet.random()])

    def test_names_a_changed_delta(self, life: Life) -> None:
        """
        A delta whose stored bytes were changed does not have its digest any more.
        """
        life.play(seed_lanes())
        version = life.world.stranger.models.version(life.program, 1)
        assert version.manifest is not None
        artifact = get_manifest(life.store, version.manifest).entries[0].artifact
        path = next(Path(life.store.place).rglob(artifact.hex()))
        data = bytearray(path.read_bytes())
        data[100] ^= 1
        path.write_bytes(data)

        with pytest.raises(DigestMismatch, match=artifact.hex()):
            recompute(life.world.stranger, life.store, life.program, 1, [life.parties[0].receipts])

    def test_names_what_another_round_would_come_to(
        self, life: Life, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        A round whose chain record is another one is not confirmed, and the first difference is named.
        """
        life.play(seed_lanes())
        ledger = life.world.stranger
        receipts = [life.parties[0].receipts]

        true = again.past(ledger, life.store, life.program, 1)
        lie = replace(true, recorded=replace(true.recorded, seed=true.recorded.parent_root))
        monkeypatch.setattr("commonroot.node.verify.past", lambda *_: lie)

        verdict = recompute(ledger, life.store, life.program, 1, receipts)

        assert not verdict.holds
        assert "Round 1 does not hold: the proposal's seed" in verdict.finding

    def test_has_nothing_to_do_for_the_seed(self, life: Life) -> None:
        """
        No round made version 0.
        """
        with pytest.raises(NotARound):
            recompute(life.world.stranger, life.store, life.program, 0)
