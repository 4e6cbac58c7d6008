"""Versions come out of the store as they went in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from commonroot.base.errors import ProtocolError
from commonroot.keys.sealing import new_key
from commonroot.protocol import fixed
from commonroot.protocol.manifest import ManifestRefused
from commonroot.store.artifacts import Store
from commonroot.store.sealed import put_sealed
from commonroot.store.versions import get_lanes, get_manifest, get_seed, put_seed

LANES = np.arange(-64, 64, dtype=np.int32)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Return an empty store."""
    return Store.at(str(tmp_path))


class TestSeed:
    def test_is_open_to_all(self, store: Store) -> None:
        """
        Version 0 is read with nothing but the digest that the chain holds.
        """
        assert (get_seed(store, put_seed(store, LANES)) == LANES).all()


class TestLanes:
    def test_are_read_open_or_sealed(self, store: Store) -> None:
        """
        A sealed vector needs its key, an open one none.
        """
        key, data = new_key(), fixed.to_bytes(LANES)

        assert (get_lanes(store, put_sealed(store, key, data, "a"), key, "a") == LANES).all()
        assert (get_lanes(store, store.put(data), None, "a") == LANES).all()

    def test_are_whole_chunks(self, store: Store) -> None:
        """
        Bytes that are no vector are refused.
        """
        with pytest.raises(ProtocolError, match="whole number"):
            get_lanes(store, store.put(b"junk"), None, "a")


class TestManifest:
    def test_is_one(self, store: Store) -> None:
        """
        Bytes that are no manifest are refused, although they have the digest asked for.
        """
        with pytest.raises(ManifestRefused):
            get_manifest(store, store.put(b"junk"))
