"""The names that Flower does not publish are where this version of Flower has them."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from typing import Any

import pytest
from flwr.app import Array, ArrayRecord, ConfigRecord, RecordDict
from flwr.supercore.inflatable.inflatable_object import get_all_nested_objects

from commonroot.base import flower_private
from commonroot.base.flower_private import UploadUnfinished, _require_modest


def deflated(record: Any) -> dict[str, bytes]:
    """Return a record's objects as they travel."""
    return {name: each.deflate() for name, each in get_all_nested_objects(record).items()}


class TestNames:
    def test_flower_is_the_one_that_was_looked_into(self) -> None:
        """
        Another Flower may have moved any of this: look before this number is raised.
        """
        assert version("flwr") == "1.41.0"

    @pytest.mark.parametrize(
        ("module", "names"),
        [
            (
                flower_private._CLIENT,
                ("run_clientapp", "install_from_fab", "get_load_client_app_fn"),
            ),
            (flower_private._SERVER, ("run_serverapp", "run_")),
            (flower_private._NODE_LOOP, ("time", "pull_objects")),
            ("flwr.supernode.cli.flower_supernode", ("flower_supernode",)),
        ],
    )
    def test_what_is_replaced_is_there(self, module: str, names: tuple[str, ...]) -> None:
        """
        A name that is set on a module and never read there would change nothing.
        """
        found = import_module(module)
        source = inspect.getsource(found)

        for name in names:
            assert hasattr(found, name), name
            assert source.count(name) > 1 or name in ("flower_supernode", "run_clientapp"), name

    def test_the_nodes_loop_only_sleeps(self) -> None:
        """
        The module that gets another idea of time asks it for nothing but sleep.
        """
        source = inspect.getsource(import_module(flower_private._NODE_LOOP))

        assert set(re.findall(r"\btime\.(\w+)", source)) == {"sleep"}

    def test_the_apps_can_be_had(self) -> None:
        """
        Both apps are bare assignments of the kinds that Flower looks for.
        """
        from flwr.clientapp import ClientApp
        from flwr.serverapp import ServerApp

        assert isinstance(import_module("commonroot.client.app").app, ClientApp)
        assert isinstance(import_module("commonroot.aggregator.app").app, ServerApp)


class TestModesty:
    def test_lets_an_ordinary_reply_pass(self) -> None:
        """
        An array and some fields of the size agreed on are read.
        """
        array = Array("int32", (4,), "lanes", bytes(16))
        record = RecordDict({"a": ArrayRecord({"x": array}), "c": ConfigRecord({"n": 1})})

        _require_modest(deflated(record), 10_000)

    def test_refuses_too_many_bytes(self) -> None:
        """
        A member cannot fill the aggregator's memory.
        """
        record = RecordDict({"a": ArrayRecord({"x": Array("int32", (4,), "lanes", bytes(5000))})})

        with pytest.raises(UploadUnfinished, match="more than 4096 bytes"):
            _require_modest(deflated(record), 4096)

    def test_refuses_one_chunk_named_many_times(self) -> None:
        """
        A small reply that unfolds to a large one is refused before it is unfolded.
        """
        contents = altered(lambda array: {**array, "arraychunk_ids": [0] * 1000})

        with pytest.raises(UploadUnfinished, match="unfold to"):
            _require_modest(contents, 10_000)

    @pytest.mark.parametrize("named", [[1], [-7], ["0"], 5, None])
    def test_refuses_chunks_that_are_not_there(self, named: object) -> None:
        """
        Whatever stands where chunks are named, it is an error of ours.
        """
        contents = altered(lambda array: {**array, "arraychunk_ids": named})

        with pytest.raises(UploadUnfinished, match="does not have"):
            _require_modest(contents, 10_000)

    @pytest.mark.parametrize("kind", [b"Array", b"ArrayRecord", b"RecordDict"])
    def test_refuses_what_nests_too_deep(self, kind: bytes) -> None:
        """
        A hundred kilobytes of brackets would end the aggregator's process in Flower's own reader.
        """
        with pytest.raises(UploadUnfinished, match="deeper than 32"):
            _require_modest({"a": kind + b"  100000\0" + b"[" * 100_000}, 10**6)


def altered(change: Callable[[Any], Any]) -> dict[str, bytes]:
    """Return an array of one chunk as it travels, with what it says of itself changed."""
    contents = deflated(ArrayRecord({"x": Array("int32", (4,), "lanes", bytes(16))}))
    for name, content in contents.items():
        if content.startswith(b"Array "):
            head, _, body = content.partition(b"\0")
            contents[name] = head + b"\0" + json.dumps(change(json.loads(body))).encode()
    return contents
