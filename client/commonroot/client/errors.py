"""
What can go wrong on the node's side of a round, as a tree:

* ClientError
  + SettingsDamaged       the file that describes a run cannot be read
  + NotTheQuestion        the aggregator asks what the node did not agree to, or what the chain denies
  + ChainSilent           the chain does not answer, or not as a chain does
  + NotReady              something is missing before a node can take part
  + NotTheAggregator      what answers at the aggregator's address is not what the chain names
"""

from __future__ import annotations

from commonroot.base.errors import CommonrootError


class ClientError(CommonrootError):
    """The base of what can go wrong on the node's side of a round."""


class SettingsDamaged(ClientError):
    """The file that describes a run cannot be read."""

    hint = "Start `commonroot node run` again: it writes the file anew."


class NotTheQuestion(ClientError):
    """The aggregator asks what the node did not agree to, or what the chain denies."""


class ChainSilent(ClientError):
    """The chain does not answer, or not as a chain does."""

    hint = "See that the chain's RPC address is reachable from here."

    def __init__(self, url: str, why: object) -> None:
        super().__init__(f"The chain at {url} does not answer: {why}")
        self.url = url


class NotReady(ClientError):
    """Something is missing before a node can take part."""


class NotTheAggregator(ClientError):
    """What answers at the aggregator's address is not what the chain names."""

    hint = "Somebody may be in between. Ask the aggregator, by another way, whether it moved."
