"""Letting nodes in: their keys are admitted, they are told where to come, and enough are waited for."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import final

from commonroot.aggregator.events import Events
from commonroot.aggregator.mailbox import Post
from commonroot.aggregator.members import Member
from commonroot.aggregator.rounds import Rounds
from commonroot.protocol.hashing import Digest

LOOK = 0.5
"""Seconds between looks for nodes."""

LAST_CALL = 10.0
"""Seconds that the others get to connect once there are enough nodes to begin."""


@final
@dataclass(frozen=True, slots=True)
class Door:
    """Where nodes come in, and the certificate by which they know that it is the right place."""

    endpoint: str
    certificate: Digest


@final
@dataclass(slots=True)
class Gathering:
    """The nodes that have come in so far."""

    rounds: Rounds
    post: Post
    events: Events
    door: Door
    least: int
    admitted: set[bytes] = field(default_factory=set)
    open: bool = False
    begun: bool = False
    """Whether enough were here once: who is missing after that is not waited for again."""

    def admit(self, members: tuple[Member, ...]) -> None:
        """Admit members whom the SuperLink does not know yet."""
        for member in members:
            if member.flower_key not in self.admitted:
                self.post.admit(member.flower_key)
                self.admitted.add(member.flower_key)
                self.events.say("admitted", node=member.node)
        if not self.open:
            # Only now: who reads the endpoint may connect at once.
            self.rounds.publish(self.door.endpoint, self.door.certificate)
            self.open = True

    def wait(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Return when enough members are connected, the others having had their time as well."""
        said, enough_since = "", 0.0
        while True:
            meanwhile()
            members = self.rounds.members(self.rounds.head())
            self.admit(members)
            connected = self.post.nodes()
            here = sum(member.flower_key in connected for member in members)
            if here >= self.least:
                enough_since = enough_since or time.monotonic()
                over = self.begun or time.monotonic() - enough_since > LAST_CALL
                if over or here == len(members):
                    self.begun = True
                    return
            why = f"{here} of {len(members)} enrolled nodes are connected; {self.least} are needed."
            if why != said:
                self.events.say("waiting", why=why)
                said = why
            time.sleep(LOOK)
