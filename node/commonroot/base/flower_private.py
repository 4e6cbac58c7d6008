"""
Everything of Flower that Flower does not publish, in one place.

Why it is needed at all: a stock SuperNode looks for messages every 3 s, a stock executor runs whatever
code a bundle brings and pays seconds of imports for each message, and a stock grid waits for one
node's unfinished upload before it looks at the next reply. `tests/base/test_flower_private.py` fails
when one of these names moves.
"""

from __future__ import annotations

import importlib
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NoReturn, final

import httpx
from flwr.app import Message
from flwr.common.constant import ErrorCode
from flwr.common.serde import message_from_proto
from flwr.proto.control_pb2 import RegisterNodeRequest
from flwr.proto.message_pb2 import ConfirmMessageReceivedRequest
from flwr.proto.runtime_pb2 import AcquireTaskRequest, PullAppMessagesRequest
from flwr.supercore.constant import HEAD_BODY_DIVIDER, TaskType
from flwr.supercore.control import ControlHttpClient
from flwr.supercore.error import ApiErrorCode, FlowerError
from flwr.supercore.inflatable.inflatable_object import iterate_object_tree
from flwr.supercore.inflatable.inflatable_protobuf_utils import make_pull_object_fn_protobuf
from flwr.supercore.inflatable.inflatable_utils import (
    ObjectPullError,
    inflate_object_from_contents,
    pull_objects,
)
from flwr.supercore.interceptors import (
    RuntimeVersionHttpInterceptor,
    SuperExecAuthHttpInterceptor,
)
from flwr.supercore.retry import make_simple_http_retry_invoker
from flwr.supercore.runtime import RuntimeHttpClient

from commonroot.base.documents import load_json

# By name, since their packages export functions that hide the modules.
_CLIENT = "flwr.supernode.runtime.run_clientapp"
_SERVER = "flwr.superlink.runtime.run_serverapp"
_NODE_LOOP = "flwr.supernode.start_client_internal"

NODE_LOST = ErrorCode.NODE_UNAVAILABLE
"""The error that a SuperLink writes in place of a reply, for a node whose heartbeat has stopped."""

_CHUNK = 5 * 2**20  # of an array in transit
_MOST_OBJECTS = 32  # records, fields and arrays of a message of ours, generously
_AS_JSON = {b"Array", b"ArrayRecord", b"RecordDict"}  # the objects whose bodies are JSON

POLL = 0.3
"""Seconds between looks for a message or a task; each look costs a SuperLink some milliseconds."""

# An object that is announced comes within milliseconds as a rule; stock Flower waits a second first.
_pull_objects = partial(pull_objects, initial_backoff=0.05, backoff_cap=1.0)


class _Impatient:
    """Stands for the `time` module where only `sleep` is called."""

    @staticmethod
    def sleep(seconds: float) -> None:
        time.sleep(min(seconds, POLL))


def run_supernode(arguments: list[str]) -> NoReturn:
    """Be `flower-supernode`, but look for messages every POLL seconds."""
    loop: Any = importlib.import_module(_NODE_LOOP)
    loop.time, loop.pull_objects = _Impatient(), _pull_objects
    sys.argv = ["flower-supernode", *arguments]
    importlib.import_module("flwr.supernode.cli.flower_supernode").flower_supernode()
    sys.exit(0)


def client_runner(app: Any) -> Callable[..., None]:
    """Return Flower's runner of client apps, made to take the installed app and no bundle."""
    module: Any = importlib.import_module(_CLIENT)
    module.install_from_fab = lambda *_, **__: Path()
    module.get_load_client_app_fn = lambda *_, **__: lambda *_: app
    runner: Callable[..., None] = module.run_clientapp
    return runner


def server_runner(app: Any) -> Callable[..., None]:
    """Return Flower's runner of server apps, made to take the installed app whatever is named."""
    module: Any = importlib.import_module(_SERVER)
    plain_run = module.run_

    def run_installed(*, grid: Any, context: Any, **_: Any) -> Any:
        return plain_run(grid=grid, context=context, server_app_dir="", loaded_server_app=app)

    module.run_ = run_installed
    runner: Callable[..., None] = module.run_serverapp
    return runner


@final
@dataclass(frozen=True, slots=True)
class Runtime:
    """The part of a SuperLink or SuperNode that hands out tasks, as one executor sees it."""

    address: str
    trust: bytes | None
    secret: bytes
    server: bool

    def wait_for_task(self) -> str:
        """Return the token of the next task; end the process when its parent has gone."""
        kind = TaskType.SERVER_APP if self.server else TaskType.CLIENT_APP
        request = AcquireTaskRequest(supported_task_types=[kind])
        client, parent = self._client(), os.getppid()
        while os.getppid() == parent:
            try:
                answer = client.AcquireTask(request)
            except httpx.TransportError:  # not up yet, or restarting
                time.sleep(POLL)
                continue
            if answer.HasField("task") and answer.token:
                client.close()
                return str(answer.token)
            time.sleep(POLL)
        sys.exit(1)

    def run(self, runner: Callable[..., None], token: str, **extra: object) -> None:
        """Run the app for one task."""
        runner(
            runtime_api_address=self.address,
            token=token,
            insecure=self.trust is None,
            certificates=self.trust,
            parent_pid=os.getppid(),
            **extra,
        )

    def _client(self) -> RuntimeHttpClient:
        signed = {"/flwr.proto.Runtime/AcquireTask"}
        return RuntimeHttpClient.from_server_address(
            server_address=self.address,
            insecure=self.trust is None,
            root_certificates=self.trust,
            interceptors=[
                RuntimeVersionHttpInterceptor(component_name="SuperExec"),
                SuperExecAuthHttpInterceptor(master_secret=self.secret, protected_methods=signed),
            ],
        )


@final
class Control:
    """The part of a SuperLink that admits SuperNodes; Flower's own command takes a second for each."""

    def __init__(self, address: str, trust: bytes) -> None:
        self._client = ControlHttpClient.from_server_address(
            server_address=address,
            insecure=False,
            root_certificates=trust,
            interceptors=[RuntimeVersionHttpInterceptor(component_name="flwr CLI")],
            retry_invoker=make_simple_http_retry_invoker(),
        )

    def admit(self, public_key: bytes) -> None:
        """Let the SuperNode with a public key (PEM) in, now and whenever it comes again."""
        try:
            self._client.RegisterNode(RegisterNodeRequest(public_key=public_key))
        except httpx.HTTPStatusError as exc:
            error = FlowerError.from_json(exc.response.text)
            # A SuperLink's database outlives it, and remembers whom it knows.
            if error is None or error.code != ApiErrorCode.PUBLIC_KEY_ALREADY_IN_USE:
                raise


class UploadUnfinished(Exception):
    """A reply was announced, and its content did not come or is no reply."""


@final
@dataclass(frozen=True, slots=True)
class Arrival:
    """A reply that was announced; its content may still be on its way."""

    grid: Any
    envelope: Message
    identity: str
    objects: tuple[str, ...]

    @property
    def reply_to(self) -> str:
        """Return the id of the message that is answered."""
        return str(self.envelope.metadata.reply_to_message_id)

    def fetch(self, patience: float, most_bytes: int) -> Message:
        """Return the whole reply; raise if its content does not come in time, or is too much."""
        if len(self.objects) > _MOST_OBJECTS + most_bytes // _CHUNK:
            raise UploadUnfinished(f"it consists of {len(self.objects)} objects")
        client, node, run = self.grid._runtime_client, self.grid.node, self.grid.run.run_id
        pull = make_pull_object_fn_protobuf(client.PullObject, node, run)
        try:
            contents = _pull_objects(list(self.objects), pull, max_time=patience)
        except ObjectPullError as exc:
            raise UploadUnfinished(str(exc)) from exc
        _require_modest(contents, most_bytes)
        client.ConfirmMessageReceived(
            ConfirmMessageReceivedRequest(node=node, run_id=run, message_object_id=self.identity)
        )
        message = inflate_object_from_contents(self.identity, contents)
        if not isinstance(message, Message):
            raise UploadUnfinished(f"{type(message).__name__} came instead of a message")
        return message


def arrivals(grid: Any, message_ids: Iterable[str]) -> list[Arrival]:
    """Return the replies that were announced since the last look, without waiting for content."""
    answer = grid._runtime_client.PullMessages(
        PullAppMessagesRequest(message_ids=list(message_ids))
    )
    return [
        Arrival(
            grid,
            message_from_proto(envelope),
            envelope.metadata.message_id,
            tuple(part.object_id for part in iterate_object_tree(tree)),
        )
        for envelope, tree in zip(answer.messages_list, answer.message_object_trees, strict=True)
    ]


def _require_modest(contents: Mapping[str, bytes], most_bytes: int) -> None:
    """Refuse more than was agreed on, also where one chunk is named many times over."""
    if sum(map(len, contents.values())) > most_bytes:
        raise UploadUnfinished(f"it has more than {most_bytes} bytes")
    unfolded = 0
    for content in contents.values():
        head, _, body = content.partition(HEAD_BODY_DIVIDER)
        kind, _, rest = head.partition(b" ")
        if kind in _AS_JSON:
            document = _document(body)
            unfolded += _unfolded(rest, document, contents) if kind == b"Array" else 0
    if unfolded > most_bytes:
        raise UploadUnfinished(f"its arrays unfold to {unfolded} bytes")


def _document(body: bytes) -> Any:
    # Flower reads it with `json.loads`, which ends a process whose recursion limit was raised (see
    # `commonroot.base.documents`): what nests too deep must not come so far.
    try:
        return load_json(body)
    except ValueError as exc:
        raise UploadUnfinished(f"an object of it cannot be read: {exc!s:.100}") from exc


def _unfolded(head: bytes, array: Any, contents: Mapping[str, bytes]) -> int:
    """Return how long an array's chunks are together, each as often as it is named."""
    try:
        chunks = head.decode().partition(" ")[0].split(",")
        return sum(len(contents[chunks[index]]) for index in array["arraychunk_ids"])
    except (LookupError, TypeError, ValueError) as exc:
        raise UploadUnfinished("an array of it names chunks that it does not have") from exc
