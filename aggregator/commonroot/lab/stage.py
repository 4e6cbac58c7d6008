"""What a person sees of a demo: a bar for its acts, the aggregator's tables, and what it came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, final

from rich.console import Console
from rich.panel import Panel
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text

from commonroot.aggregator.show import Display
from commonroot.base.amounts import about
from commonroot.lab.acts import CRASHER, POISONER, Event

_ACTS = {
    "chain": "A chain starts on this machine",
    "people": "A sponsor, an aggregator, a buyer and four nodes get wallets",
    "contracts": "The contracts are deployed",
    "program": "A program is created and funded",
    "nodes": "The nodes join with a bond and register a dataset each",
    "rounds": "Rounds: the nodes train, the chain records, pays and checks",
    "licence": "The buyer licenses the last version, pulls it and checks it",
    "payouts": "Nodes claim rewards and licence income",
    "accuracy": "The buyer adapts the model to characters that no node ever had",
    "verification": "The last version is computed again from the recorded deltas",
}


@final
@dataclass(slots=True)
class Stage:
    """Shows a demo while it is played."""

    out: Console
    rounds: int
    progress: Progress = field(init=False)
    display: Display = field(init=False)
    acts: TaskID = field(init=False)
    played: TaskID = field(init=False)

    def __post_init__(self) -> None:
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self.out,
        )
        self.display = Display(symbol="tokens", decimals=18, out=self.out)
        self.acts = self.progress.add_task("acts", total=len(_ACTS))
        self.played = self.progress.add_task("rounds", total=self.rounds)

    def __call__(self, event: Event) -> None:
        """Show one event."""
        match event["event"]:
            case "phase":
                done = list(_ACTS).index(event["name"])
                self.progress.update(self.acts, completed=done)
                self._line(f"{done + 1:>2}/{len(_ACTS)}  {_ACTS[event['name']]}", "bold cyan")
            case "joined":
                self.display.names = {**self.display.names, event["node"]: event["name"]}
                self._line(f"       {event['node']} is {event['name']}{_warning(event['name'])}")
            case "crashed":
                self._line(
                    f"       Round {event['round']}: the power of {event['name']} is cut.", "red"
                )
            case _:
                self.display(event)
                if event["event"] == "finalized":
                    self.progress.advance(self.played)

    def finish(self) -> None:
        """Fill the bars."""
        self.progress.update(self.acts, completed=len(_ACTS))

    def _line(self, text: str, style: str = "") -> None:
        self.out.print(Text(text, style))


def _warning(name: str) -> str:
    if name == f"node-{POISONER + 1}":
        return ": it will send poison"
    return ": it will lose power" if name == f"node-{CRASHER + 1}" else ""


def show_summary(out: Console, summary: Mapping[str, Any]) -> None:
    """Show what a demo came to."""
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, text in _lines(summary):
        table.add_row(name, Text(text))
    out.print(Panel(table, title="What happened", title_align="left"))


def _lines(summary: Mapping[str, Any]) -> list[tuple[str, str]]:
    accuracy, licence = summary["accuracy"], summary["licence"]
    return [
        ("rounds", f"{summary['rounds']} final, with {summary['nodes']} nodes"),
        *(("quarantined", _incident(each)) for each in summary["quarantined"]),
        *(("crashed", _incident(each)) for each in summary["crashed"]),
        (
            "accuracy",
            f"{accuracy['last']['after']:.1%} on {accuracy['ways']}-way {accuracy['shots']}-shot tasks "
            f"of unseen characters; from scratch {accuracy['scratch']:.1%}, "
            f"version 0 {accuracy['version_0']['after']:.1%} (± {accuracy['interval']:.1%})",
        ),
        *(
            ("paid", _paid(summary, account, amount))
            for account, amount in summary["payouts"].items()
        ),
        ("", f"{about(summary['paid'])} of {about(summary['budget'])} in all"),
        (
            "licence",
            f"{about(licence['price'])} for version {licence['version']}, shared out:",
        ),
        *(("", _paid(summary, account, amount)) for account, amount in licence["income"].items()),
        ("chain", f"{summary['transactions']} transactions, {summary['gas']:,} gas"),
        ("verified", "yes, bit for bit" if summary["verified"] else "NO"),
        ("model", f"{summary['model']['file']}\n{summary['model']['hash']}"),
        ("seconds", f"{summary['seconds']['total']}"),
        ("summary", str(Path(summary["folder"]) / "summary.json")),
    ]


def _incident(incident: Mapping[str, Any]) -> str:
    return f"{incident['name']} in round {incident['round']}: {incident['why']}"


def _paid(summary: Mapping[str, Any], account: str, amount: int) -> str:
    names = {address: name for name, address in summary["accounts"].items()}
    return f"{about(amount):>12} to {names[account]}"
