"""Who worked for an epoch that came to nothing draws a part of the bond behind it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.node.life import RULES, TABLE, Life, seed_lanes

from commonroot.client.memory import Memory
from commonroot.keys.signer import WalletSigner
from commonroot.node import draws
from commonroot.node.draws import ReceiptDamaged
from commonroot.protocol import tree
from commonroot.protocol.fixed import LANES
from commonroot.protocol.receipt import Receipt
from commonroot.protocol.wire import Answer


def worked_in_vain(life: Life, home: Path) -> None:
    """Have a node hold an ack of an epoch that was then abandoned."""
    party, world = life.parties[0], life.world
    opened = world.aggregator.programs.open(life.program)
    delta = np.zeros(TABLE.lanes("weight") + TABLE.lanes("moment"), np.int32)
    delta = np.resize(delta, RULES.chunks() * LANES)
    receipt = Receipt(
        program=life.program,
        round=1,
        epoch=1,
        base_root=tree.vector_root(seed_lanes()),
        aggregator=world.aggregator.account,
        dataset=party.dataset,
        delta_root=tree.vector_root(delta),
        weight=1,
        deadline=opened.deadline,
    )
    domain = world.stranger.programs.domain()
    signature = WalletSigner(party.receipts).sign_receipt(receipt, domain)
    aggregator = world.aggregator.programs.deployed.speaker._signer
    account = party.ledger.account
    memory = Memory(home / "node" / str(life.program) / account / "rounds")
    memory.keep_answer(Answer(receipt, signature))
    memory.keep_ack(1, 1, aggregator.sign_ack(receipt, domain))
    world.ask("evm_setNextBlockTimestamp", opened.deadline + 1)
    world.stranger.programs.abandon(life.program)


class TestDraws:
    def test_bring_a_node_its_part_of_the_bond(self, life: Life, tmp_path: Path) -> None:
        """
        Two were asked: half of half the bond of 120 is one node's, once.
        """
        worked_in_vain(life, tmp_path)
        ledger = life.parties[0].ledger
        kept = list(draws.acks(tmp_path, life.program, ledger.account))
        before = ledger.token.balance_of(ledger.account)

        (owed,) = draws.draws(ledger, life.program, ledger.account, kept)
        assert (owed.amount, owed.drawn) == (30, False)
        assert draws.draw(ledger, [owed]) == 30
        assert draws.take(ledger, life.program) == 30

        assert ledger.token.balance_of(ledger.account) == before + 30
        (again,) = draws.draws(ledger, life.program, ledger.account, kept)
        assert again.drawn
        assert draws.draw(ledger, [again]) == 0
        assert draws.take(ledger, life.program) == 0

    def test_end_with_their_time(self, life: Life, tmp_path: Path) -> None:
        """
        What was not drawn in time goes back, and is not asked for in vain.
        """
        worked_in_vain(life, tmp_path)
        ledger = life.parties[0].ledger
        kept = draws.acks(tmp_path, life.program, ledger.account)
        owed = draws.draws(ledger, life.program, ledger.account, kept)
        life.world.pass_time(RULES.window + 1)
        life.world.mine()

        assert draws.draw(ledger, owed) == 0

    def test_are_nothing_without_an_ack(self, life: Life, tmp_path: Path) -> None:
        """
        Only what was promised is owed.
        """
        worked_in_vain(life, tmp_path)
        other = life.parties[1].ledger

        assert draws.draws(other, life.program, other.account, []) == []

    def test_name_a_receipt_that_cannot_be_read(self, life: Life, tmp_path: Path) -> None:
        """
        It is worth a part of a bond, so it is not passed over in silence.
        """
        worked_in_vain(life, tmp_path)
        account = life.parties[0].ledger.account
        path = tmp_path / "node" / str(life.program) / account / "rounds" / "1-1.json"
        path.write_text("{")

        with pytest.raises(ReceiptDamaged, match=r"1-1\.json cannot be read"):
            list(draws.acks(tmp_path, life.program, account))
