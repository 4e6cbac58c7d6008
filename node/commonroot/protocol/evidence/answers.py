"""What an aggregator shows when something of its proposal is demanded."""

from __future__ import annotations

from commonroot.protocol.evidence import rows
from commonroot.protocol.evidence.build import shown
from commonroot.protocol.evidence.shapes import Leaf, Shown, WholeRow
from commonroot.protocol.replay.layout import summed_weights
from commonroot.protocol.replay.recorded import Artifacts, Laid
from commonroot.protocol.round import Contribution, packed_weights


def answer_row(artifacts: Artifacts, laid: Laid, chunk: int) -> WholeRow:
    """Return a whole row, with all that leads to what the round committed to."""
    return WholeRow(
        base=rows.chunk_bytes(laid.base, chunk),
        result=rows.chunk_bytes(laid.result, chunk),
        gradient=rows.chunk_bytes(laid.gradient, chunk),
        deltas=b"".join(rows.chunk_bytes(each, chunk) for each in laid.deltas),
        sums=rows.sums_of(laid, chunk),
        weights=packed_weights(summed_weights(artifacts)),
        row_proof=rows.row_proof(laid, chunk),
        base_proof=rows.leaf_of(laid.base, chunk).proof,
        result_proof=rows.leaf_of(laid.result, chunk).proof,
        gradient_proof=rows.leaf_of(laid.gradient, chunk).proof,
    )


def answer_column(artifacts: Artifacts, chunk: int, column: int) -> tuple[Shown, Leaf]:
    """Return a contribution, and what the root that its node signed holds at a chunk."""
    return shown(artifacts, column), rows.leaf_of(artifacts.deltas[column], chunk)


def answer_contributions(artifacts: Artifacts) -> tuple[Contribution, ...]:
    """Return all contributions, in the close's order."""
    return tuple(entry.contribution for entry in artifacts.manifest.entries)
