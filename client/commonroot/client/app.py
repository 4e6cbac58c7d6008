"""
Flower's client app: takes a message apart, has it answered, and puts the answer together.

Flower runs it in a process that was forked from a warm one; all it needs to know lies in the file that
the node's supervisor names in the node's configuration.
"""

from __future__ import annotations

from pathlib import Path

import torch
import torch._dynamo  # the first gradient imports it anyway: a second here, or one in every fork
from flwr.app import Context, Message
from flwr.clientapp import ClientApp

from commonroot.base.messages import pack, unpack
from commonroot.client.contribute import Contributor
from commonroot.protocol.wire import Assignment, Promise

# A machine may serve several nodes, and threads that wait for one another cost more than they bring.
torch.set_num_threads(1)

app = ClientApp()


@app.train()
def train(message: Message, context: Context) -> Message:
    """Answer one round's message."""
    fields, data = unpack(message.content)
    answer, delta = _contributor(context).answer(Assignment.from_fields(fields), data)
    return Message(content=pack(answer.to_fields(), delta), reply_to=message)


@app.query()
def acknowledge(message: Message, context: Context) -> Message:
    """Keep the promise that a contribution will be in its round."""
    fields, _ = unpack(message.content)
    _contributor(context).keep_promise(Promise.from_fields(fields))
    return Message(content=pack({}, b""), reply_to=message)


def _contributor(context: Context) -> Contributor:
    return Contributor.read(Path(str(context.node_config["settings"])))
