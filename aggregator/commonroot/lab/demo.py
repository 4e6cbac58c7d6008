"""
The whole path on one machine: a chain, four nodes, a program, its rounds, a sale, and the proofs.

Nothing here is a mock. The chain is the dev chain, the aggregator and the nodes are the commands that
anybody runs, as processes of their own, and money moves by contract calls. The demo ends with
`summary.json`, and with homes that can be looked into afterwards.
"""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import Any

from commonroot.aggregator.lock import alone
from commonroot.base.errors import UsageError
from commonroot.base.files import write_whole
from commonroot.base.processes import Children
from commonroot.lab.acts import NODES, Acts, Money, Options, Sale, Tell
from commonroot.lab.cast import Person
from commonroot.lab.material import Material, gather
from commonroot.ledger.book import Book
from commonroot.ledger.border import asking
from commonroot.ledger.connect import connect
from commonroot.market.use import Gain, Measured
from commonroot.node.kept import relying_on
from commonroot.node.verify import Verdict
from commonroot.protocol.hashing import to_hex

_MARK = ".commonroot-demo"
"""Lies in the folder of a demo, so that nothing else is ever cleared away for one; and is its lock."""


def run(options: Options, tell: Tell) -> dict[str, Any]:
    """Play a demo, and return its summary, which then also lies in its folder."""
    begun = time.monotonic()
    _require_no_other(options.folder)
    material = gather(NODES, options.data)
    with alone(options.folder / _MARK, who="demo"):
        _clear(options.folder)
        return _play(options, tell, material, begun)


def _play(options: Options, tell: Tell, material: Material, begun: float) -> dict[str, Any]:
    with Children() as children:
        acts = Acts(options, tell, children)
        chain, rpc = acts.chain()
        with relying_on(chain):
            people = acts.people(rpc)
            book = acts.deploy(people)
            program = acts.program(people, book, material)
            acts.rounds(people, program, chain)
            sale = acts.sale(people, book, program)
            money = acts.money(people, book, program)
            measured = acts.accuracy(people, book, sale, material.buyer)
            verdict = acts.recompute(people, book, program)
            summary = {
                **_learned(options, acts, measured),
                **_paid(people, book, program, money, sale),
                **_chain(rpc),
                **_proved(sale, verdict),
                "seconds": {**acts.seconds, "total": round(time.monotonic() - begun, 2)},
                "folder": str(options.folder),
            }
    for person in people:
        person.keep_chain(options.folder / "chain")
    text = json.dumps(summary, indent=2) + "\n"
    write_whole(options.folder / "summary.json", text.encode())
    return summary


def _require_no_other(folder: Path) -> None:
    """Refuse to touch a folder that is not a demo's."""
    if folder.exists() and any(folder.iterdir()) and not (folder / _MARK).exists():
        raise UsageError(
            f"{folder} holds something that is not a demo's.",
            hint="Name another folder with --dir; it is emptied before the demo.",
        )


def _clear(folder: Path) -> None:
    """Make way for a demo."""
    for path in folder.iterdir():
        # The mark stays: a clearing that was broken off can be taken up again, by one demo at a time.
        if path.name != _MARK:
            whole = path.is_dir() and not path.is_symlink()
            shutil.rmtree(path) if whole else path.unlink()


def _learned(options: Options, acts: Acts, measured: tuple[Gain, Measured]) -> dict[str, Any]:
    first, last = measured
    return {
        "rounds": options.rounds,
        "nodes": NODES,
        "quarantined": acts.quarantined,
        "crashed": list(acts.crashed.values()),
        "accuracy": {
            "version_0": {"before": first.before.mean, "after": first.after.mean},
            "last": {"before": last.before.mean, "after": last.after.mean},
            "scratch": last.scratch.mean,
            "interval": max(last.after.interval, last.scratch.interval),
            "tasks": last.after.tasks,
            "ways": last.ways,
            "shots": last.shots,
        },
    }


def _paid(
    people: list[Person], book: Book, program: int, money: Money, sale: Sale
) -> dict[str, Any]:
    ledger = people[0].ledger(book)
    paid = sum(money.payouts.values())
    quote = ledger.licences.offer(sale.offer)
    assert quote is not None
    return {
        "accounts": {person.name: person.address for person in people},
        "payouts": dict(money.payouts),
        "paid": paid,
        "budget": paid + ledger.programs.program(program).budget,
        "licence": {
            "offer": sale.offer,
            "purchase": sale.purchase,
            "version": quote.version,
            "price": quote.price,
            "buyer": people[2].address,
            "income": dict(money.income),
        },
    }


def _chain(rpc: str) -> dict[str, int]:
    """Count what the whole demo cost, over all blocks and everybody."""
    web3 = connect(rpc)
    with asking(web3, "eth_getBlockByNumber"):
        blocks = [web3.eth.get_block(number) for number in range(web3.eth.block_number + 1)]
    return {
        "transactions": sum(len(block["transactions"]) for block in blocks),
        "gas": sum(block["gasUsed"] for block in blocks),
    }


def _proved(sale: Sale, recomputed: Verdict) -> dict[str, Any]:
    file = sale.verdict
    return {
        "verified": file.holds and recomputed.holds,
        "model": {
            "file": str(sale.file),
            "hash": to_hex(file.root),
            "id": file.model,
            "version": file.version,
        },
    }
