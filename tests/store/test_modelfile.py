"""Every bit of a model file is accounted for: it is whole, or the file says where it is not."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import numpy as np
import pytest
import rfc8785
from safetensors.numpy import load_file
from tests.store.samples import TABLE, lanes, model_file, spec

from commonroot.base.errors import DiskFull, ProtocolError
from commonroot.protocol import tree
from commonroot.protocol.hashing import ZERO, Digest, keccak
from commonroot.protocol.table import Table, Tensor
from commonroot.store.damage import Damage, Finding, Stretch
from commonroot.store.errors import ModelFileDamaged, ModelFileError, NoModelFile, NotTheVersion
from commonroot.store.modelfile import ModelFile, Origin, read, write

FILE = model_file()
ROOT = FILE.origin.root
BYTES = FILE.to_bytes()
HEADER = 8 + int.from_bytes(BYTES[:8], "little")
DATA = HEADER + 4 * (73 + 5)
"""Where the data ends and the leaves begin."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.safetensors"


def flipped(bit: int) -> bytes:
    """Return the file with one bit flipped."""
    damaged = bytearray(BYTES)
    damaged[bit // 8] ^= 1 << bit % 8
    return bytes(damaged)


class TestWrite:
    def test_gives_back_what_was_written(self, path: Path) -> None:
        """
        Origin, spec, lanes and leaves come back, and the file is whole.
        """
        write(path, FILE)
        found = read(path)

        assert (found.origin, found.spec, found.leaves) == (FILE.origin, FILE.spec, FILE.leaves)
        assert found.lanes.dtype == np.int32 and (found.lanes == lanes()).all()
        assert found.check(ROOT).whole
        assert str(found.check(ROOT)) == "every chunk is as the chain says"

    def test_is_a_safetensors_file(self, path: Path) -> None:
        """
        Other tools read the lanes under their names and shapes, and the leaves.
        """
        write(path, FILE)
        tensors = load_file(path)

        assert sorted(tensors) == ["bias", "chunk_hashes", "log_v", "weight"]
        for name, array in TABLE.unpack(lanes()).items():
            assert tensors[name].dtype == np.int32 and (tensors[name] == array).all()
        assert tensors["chunk_hashes"].tobytes() == b"".join(tree.chunk_leaves(lanes()))

    def test_is_the_same_every_time(self) -> None:
        """
        A version has one file, whose header starts its data at a multiple of eight.
        """
        assert model_file().to_bytes() == BYTES
        assert HEADER % 8 == 0 and len(BYTES) == DATA + 3 * 32

    def test_states_the_checksum_of_its_header(self) -> None:
        """
        The checksum is the keccak of the canonical header without it.
        """
        header = json.loads(BYTES[8:HEADER])
        checksum = header["__metadata__"].pop("checksum")

        assert checksum == "0x" + keccak(rfc8785.dumps(header)).hex()

    def test_leaves_the_old_file_where_the_disk_is_full(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        Without space there is one clear error, and what was there stays.
        """

        def full(descriptor: int) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        write(path, FILE)
        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(DiskFull, match=r"model\.safetensors"):
            write(path, model_file(version=4))
        assert path.read_bytes() == BYTES and len(list(path.parent.iterdir())) == 1

    def test_refuses_lanes_that_are_not_the_versions(self) -> None:
        """
        The error names both roots.
        """
        with pytest.raises(NotTheVersion, match=ROOT.hex()):
            model_file(root=ZERO)

    def test_refuses_padding_that_is_not_zero(self) -> None:
        """
        Lanes that the file could not give back are not written.
        """
        spoiled = lanes()
        spoiled[73] = 1
        origin = Origin(1, ZERO, FILE.origin.models, 1, 0, tree.vector_root(spoiled))

        with pytest.raises(ProtocolError, match="Lane 73 is padding"):
            ModelFile.of(origin, spec(), spoiled)

    @pytest.mark.parametrize("name", ["chunk_hashes", "__metadata__"])
    def test_refuses_a_tensor_with_a_name_of_the_files_own(self, name: str) -> None:
        """
        No tensor can take the place of the leaves or of the header.
        """
        table = Table.of([Tensor(name, (64,))])
        values = lanes(table)
        origin = Origin(1, ZERO, FILE.origin.models, 1, 0, tree.vector_root(values))

        with pytest.raises(ModelFileError, match=name):
            ModelFile.of(origin, spec(table), values).to_bytes()


class TestFlippedBit:
    def test_in_the_header_is_damage_of_the_header(self, path: Path) -> None:
        """
        Length, metadata, spec, tensor entries, checksum and padding are all covered, in every byte.
        """
        for byte in range(HEADER):
            path.write_bytes(flipped(8 * byte + byte % 8))

            with pytest.raises(ModelFileDamaged, match=r"The header of .* is damaged"):
                read(path)

    def test_in_the_data_is_found_in_its_chunk(self, path: Path) -> None:
        """
        The leaves say which chunk it is.
        """
        for bit in range(8 * HEADER, 8 * DATA, 5):
            path.write_bytes(flipped(bit))

            found = read(path).check(ROOT)
            lane = (bit // 8 - HEADER) // 4
            chunk = 0 if lane < 64 else 1 if lane < 73 else 2
            assert found.finding is Finding.DATA_DAMAGED and not found.whole
            assert [damage.chunk for damage in found.damages] == [chunk]
            assert f"its data is damaged: chunk {chunk} (" in str(found)

    def test_in_the_leaves_is_found_at_its_leaf(self, path: Path) -> None:
        """
        The data has the chain's root, so the leaf is what is wrong.
        """
        for bit in range(8 * DATA, 8 * len(BYTES), 5):
            path.write_bytes(flipped(bit))

            found = read(path).check(ROOT)
            assert found.finding is Finding.LEAVES_DAMAGED and not found.whole
            assert [damage.chunk for damage in found.damages] == [(bit // 8 - DATA) // 32]

    def test_names_the_tensors_of_its_chunk(self, path: Path) -> None:
        """
        A chunk may hold the end of one tensor and the beginning of the next.
        """
        path.write_bytes(flipped(8 * HEADER))

        (damage,) = read(path).check(ROOT).damages
        assert damage == Damage(0, (Stretch("bias", 0, 2), Stretch("weight", 0, 60)))
        assert str(damage) == "chunk 0 (bias[0..2], weight[0..60])"


class TestCheck:
    def test_finds_damage_in_both_parts(self, path: Path) -> None:
        """
        Where neither part has the root, chunks that contradict their leaf are named as certain.
        """
        damaged = bytearray(flipped(8 * HEADER))
        damaged[-1] ^= 1
        path.write_bytes(damaged)

        found = read(path).check(ROOT)
        assert found.finding is Finding.BOTH_DAMAGED
        assert [damage.chunk for damage in found.damages] == [0, 2]

    def test_finds_another_version(self, path: Path) -> None:
        """
        A file that is whole in itself and not what the chain has is not called damaged.
        """
        write(path, FILE)

        found = read(path).check(Digest(b"\x01" * 32))
        assert found.finding is Finding.ANOTHER and not found.damages and not found.whole
        assert ROOT.hex() in str(found) and "01" * 32 in str(found)

    def test_believes_the_chain_and_not_the_file(self, path: Path) -> None:
        """
        A forged file, right in all its own sums, is not the version.
        """
        other = lanes()
        other[0] += 1
        forged = ModelFile.of(
            Origin(31337, ZERO, FILE.origin.models, 1, 3, tree.vector_root(other)), spec(), other
        )
        write(path, forged)

        assert read(path).check(ROOT).finding is Finding.ANOTHER

    def test_names_the_first_of_many_chunks(self) -> None:
        """
        A file full of damage is summed up.
        """
        table = Table.of([Tensor("weight", (20 * 64,))])
        values = lanes(table)
        root = tree.vector_root(values)
        file = ModelFile.of(
            Origin(1, ZERO, FILE.origin.models, 1, 0, root), spec(table), values.copy()
        )
        file.lanes[:] += 1

        said = str(file.check(root))
        assert "chunk 7 (weight[448..511]) and 12 more" in said and "chunk 8" not in said


class TestRead:
    @pytest.mark.parametrize("length", [0, 4, 8, 9, HEADER - 1])
    def test_refuses_a_cut_header(self, path: Path, length: int) -> None:
        """
        The beginning of a file is one clear error.
        """
        path.write_bytes(BYTES[:length])

        with pytest.raises(ModelFileDamaged, match="header"):
            read(path)

    @pytest.mark.parametrize("change", [-33, -1, 1, 256])
    def test_refuses_another_length(self, path: Path, change: int) -> None:
        """
        Missing and additional bytes are named with the number expected.
        """
        path.write_bytes(BYTES[:change] if change < 0 else BYTES + bytes(change))

        with pytest.raises(ModelFileDamaged, match=f"has {len(BYTES) + change} .* {len(BYTES)}"):
            read(path)

    def test_refuses_a_missing_file(self, path: Path) -> None:
        """
        The error names the file.
        """
        with pytest.raises(NoModelFile, match=r"model\.safetensors .*No such file"):
            read(path)

    @pytest.mark.parametrize(
        "header",
        [
            b"",
            b"{}",
            b"[" * 100_000,
            b'{"__metadata__":[]}',
            b'{"__metadata__":{"chain_id":1}}',
            b'{"__metadata__":{"chain_id":"1","model":"1","version":"-1"}}',
            b'{"__metadata__":{"chain_id":"1","model":"1","version":"1","genesis":99999999999}}',
        ],
        ids=range(7),
    )
    def test_refuses_other_headers(self, path: Path, header: bytes) -> None:
        """
        Other tools' files, and hostile ones, are one clear error.
        """
        path.write_bytes(len(header).to_bytes(8, "little") + header)

        with pytest.raises(ModelFileDamaged):
            read(path)
