"""
Rehearsals: on a dev chain, one delta may be spoiled on purpose, to see the others shrug it off.

What spoils it is named from outside, as `module:function:round`, and gets and returns a delta; the
spoiled one is signed and sent like any other. On every other chain a rehearsal is refused.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any, final

from commonroot.base.errors import UsageError
from commonroot.protocol.fixed import Fixed

DEV_CHAIN = 31337


class NoRehearsal(UsageError):
    """A rehearsal is wished for where none may be, or in words that name none."""

    hint = "Say `module:function:round`, on a dev chain."


@final
@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What spoils the delta of one round; nothing does where no module is named."""

    module: str = ""
    function: str = ""
    round: int = 0

    @classmethod
    def read(cls, wish: str, chain_id: int) -> Rehearsal:
        """Return the rehearsal that somebody wishes for."""
        if not wish:
            return cls()
        if chain_id != DEV_CHAIN:
            raise NoRehearsal(f"Chain {chain_id} is no dev chain: nobody rehearses there.")
        module, _, rest = wish.partition(":")
        function, _, number = rest.partition(":")
        if not (module and function.isidentifier() and number.isdecimal()):
            raise NoRehearsal(f"{wish!r} names no rehearsal.")
        return cls(module, function, int(number))

    def spoil(self, round: int, delta: Fixed) -> Fixed:
        """Return the delta, spoiled if this is the round for it."""
        if round != self.round:
            return delta
        spoiler: Any = getattr(importlib.import_module(self.module), self.function)
        spoiled: Fixed = spoiler(delta)
        return spoiled
