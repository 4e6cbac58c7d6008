"""What a person sees of a run: a line for what happens, a table for every round."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from commonroot.base.amounts import about
from commonroot.base.console import console


@final
@dataclass(slots=True)
class _Shown:
    """What will stand in a round's table."""

    outcomes: dict[str, str] = field(default_factory=dict)
    """What became of each node that was asked."""
    scores: Mapping[str, str] = field(default_factory=dict)
    payouts: Mapping[str, str] = field(default_factory=dict)


@final
@dataclass(slots=True)
class Display:
    """Shows events as they come."""

    symbol: str = ""
    decimals: int = 0
    out: Console = field(default_factory=console)
    names: Mapping[str, str] = field(default_factory=dict)
    """What to call accounts that are known by name."""
    rounds: dict[int, _Shown] = field(default_factory=dict)
    """What is known of rounds that are not final: several may be in progress."""

    def __call__(self, event: Mapping[str, Any]) -> None:
        """Show one event, or keep it for the round's table."""
        match event["event"]:
            case "begins":
                self.symbol, self.decimals = event["symbol"], event["decimals"]
                self._line("begins", event)
            case "round_opened":
                self.rounds[event["round"]] = _Shown()
            case "accepted":
                self._of(event).outcomes[event["node"]] = "accepted"
            case "refused" | "silent":
                self._of(event).outcomes[event["node"]] = event["why"]
            case "proposed":
                shown = self._of(event)
                shown.scores, shown.payouts = event["scores"], event["payouts"]
            case "finalized":
                self.out.print(self._table(event))
                self.rounds.pop(event["round"], None)
            case kind:
                self._line(kind, event)

    def _of(self, event: Mapping[str, Any]) -> _Shown:
        return self.rounds.setdefault(event["round"], _Shown())

    def _line(self, kind: str, event: Mapping[str, Any]) -> None:
        said = {
            "begins": "Program {program}, round {round} of {rounds}, on {endpoint}.",
            "admitted": "{node} is admitted.",
            "bonded": "{amount} more are the bond now.",
            "unbonded": "Round {round} needs {needed} of free bond, and {free} are free.",
            "overdue": "Round {round} is not opened again before the sponsor appoints this aggregator anew.",
            "answered": "Round {round}, epoch {epoch}: a demand is answered ({what}, chunk {chunk}).",
            "voided": "Round {round}, epoch {epoch}, is void, and is done again.",
            "waiting": "Waiting: {why}",
            "unreadable": "{why}",
            "abandoned": "Round {round}, epoch {epoch}, is abandoned: {why}",
            "failed": "{why}",
            "done": "All {rounds} rounds are final.",
        }.get(kind)
        if said is not None:
            shown = dict(event)
            for name in ("amount", "free", "needed"):
                if name in shown:
                    shown[name] = self._amount(event[name])
            # Plain text: a stranger's words must not be read as markup.
            self.out.print(Text(said.format(**shown)))

    def _table(self, event: Mapping[str, Any]) -> Table:
        title = f"Round {event['round']}: version {event['version']} in {event['seconds']} s"
        table = Table("node", "what became of it", title=title, title_justify="left")
        table.add_column("score", justify="right")
        table.add_column("payout", justify="right")
        shown = self._of(event)
        for node, outcome in shown.outcomes.items():
            style = "green" if outcome == "accepted" else "red"
            payout = self._amount(shown.payouts[node]) if node in shown.payouts else ""
            score = shown.scores.get(node, "")
            table.add_row(self.names.get(node, node), Text(outcome, style), score, payout)
        return table

    def _amount(self, units: str) -> str:
        return f"{about(int(units), self.decimals)} {self.symbol}"


def as_json(event: Mapping[str, Any]) -> None:
    """Show an event as the line that it is, for programs."""
    print(json.dumps(event), flush=True)
