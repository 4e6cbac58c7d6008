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
class Display:
    """Shows events as they come."""

    symbol: str = ""
    decimals: int = 0
    out: Console = field(default_factory=console)
    names: Mapping[str, str] = field(default_factory=dict)
    """What to call accounts that are known by name."""
    outcomes: dict[str, str] = field(default_factory=dict)
    """What became of each node that was asked in the round."""
    scores: Mapping[str, str] = field(default_factory=dict)
    payouts: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, event: Mapping[str, Any]) -> None:
        """Show one event, or keep it for the round's table."""
        match event["event"]:
            case "begins":
                self.symbol, self.decimals = event["symbol"], event["decimals"]
                self._line("begins", event)
            case "accepted":
                self.outcomes[event["node"]] = "accepted"
            case "refused" | "silent":
                self.outcomes[event["node"]] = event["why"]
            case "proposed":
                self.scores, self.payouts = event["scores"], event["payouts"]
            case "finalized":
                self.out.print(self._table(event))
                self.outcomes, self.scores, self.payouts = {}, {}, {}
            case kind:
                self._line(kind, event)

    def _line(self, kind: str, event: Mapping[str, Any]) -> None:
        said = {
            "begins": "Program {program}, round {round} of {rounds}, on {endpoint}.",
            "admitted": "{node} is admitted.",
            "bonded": "{amount} are the bond for a round.",
            "waiting": "Waiting: {why}",
            "unreadable": "{why}",
            "abandoned": "Round {round}, epoch {epoch}, is abandoned: {why}",
            "failed": "{why}",
            "done": "All {rounds} rounds are final.",
        }.get(kind)
        if said is not None:
            shown = dict(event)
            if kind == "bonded":
                shown["amount"] = self._amount(event["amount"])
            # Plain text: a stranger's words must not be read as markup.
            self.out.print(Text(said.format(**shown)))

    def _table(self, event: Mapping[str, Any]) -> Table:
        title = f"Round {event['round']}: version {event['version']} in {event['seconds']} s"
        table = Table("node", "what became of it", title=title, title_justify="left")
        table.add_column("score", justify="right")
        table.add_column("payout", justify="right")
        for node, outcome in self.outcomes.items():
            style = "green" if outcome == "accepted" else "red"
            payout = self._amount(self.payouts[node]) if node in self.payouts else ""
            table.add_row(
                self.names.get(node, node), Text(outcome, style), self.scores.get(node, ""), payout
            )
        return table

    def _amount(self, units: str) -> str:
        return f"{about(int(units), self.decimals)} {self.symbol}"


def as_json(event: Mapping[str, Any]) -> None:
    """Show an event as the line that it is, for programs."""
    print(json.dumps(event), flush=True)
