"""Named tensors lie in one order in a vector, and nothing else fits into it."""

from __future__ import annotations

import numpy as np
import pytest
from tests.protocol.samples import TABLE, arrays

from commonroot.base.errors import ProtocolError
from commonroot.protocol.fixed import DELTA_MAX, GRADIENT_MAX, NotFinite
from commonroot.protocol.table import MOST_LANES, Table, Tensor


class TestOf:
    def test_sorts_weights_by_name_then_moments(self) -> None:
        """
        The order depends on kinds and names alone, not on how a net happens to list its tensors.
        """
        given = [Tensor("b", (2,)), Tensor("A", (1,), "moment"), Tensor("a", (3,))]

        assert [each.name for each in Table.of(given).tensors] == ["a", "b", "A"]
        assert Table.of(reversed(given)) == Table.of(given)

    @pytest.mark.parametrize(
        ("tensors", "why"),
        [
            ([], "no weights"),
            ([Tensor("m", (2,), "moment")], "no weights"),
            ([Tensor("a", (2,)), Tensor("a", (3,), "moment")], "same name"),
            ([Tensor("a", (2, 0))], "Tensor a has an impossible shape"),
            ([Tensor("a", (-2, -2))], "Tensor a has an impossible shape"),
            ([Tensor("a", (2,), "weight", 31)], "Tensor a has an impossible shape or scale"),
            ([Tensor("a", (2,), "weight", -1)], "Tensor a has an impossible shape or scale"),
        ],
    )
    def test_refuses_impossible_tensors(self, tensors: list[Tensor], why: str) -> None:
        """
        What no vector can hold is refused before anything is laid out.
        """
        with pytest.raises(ProtocolError, match=why):
            Table.of(tensors)

    def test_refuses_more_than_a_machine_holds(self) -> None:
        """
        A spec that asks for petabytes costs its reader one multiplication.
        """
        with pytest.raises(ProtocolError, match=f"at most {MOST_LANES} are taken"):
            Table.of([Tensor("a", (2**31,) * 8)])


class TestLayout:
    def test_pads_each_kind_to_whole_chunks(self) -> None:
        """
        88 lanes of weights take two chunks and 4 of moments one of their own.
        """
        assert (TABLE.lanes("weight"), TABLE.lanes("moment")) == (88, 4)
        assert (TABLE.chunks("weight"), TABLE.chunks("moment"), TABLE.chunks()) == (2, 1, 3)

    def test_puts_every_tensor_in_its_place(self) -> None:
        """
        Bias, kernel, forty zeros, then the moments, then zeros again.
        """
        named = {
            "second": np.full((2, 2), 4.0),
            "kernel": np.full((5, 17), 2.0),
            "bias": np.array([1.0, 3.0, 5.0]),
        }

        packed = TABLE.pack(named)

        assert packed[:5].tolist() == [1, 3, 5, 2, 2]
        assert packed[87] == 2
        assert packed[88:128].tolist() == [0] * 40
        assert packed[128:].tolist() == [4] * 4 + [0] * 60

    def test_flattens_rows_first(self) -> None:
        """
        The last index runs fastest, also where an array lies in memory the other way round.
        """
        table = Table.of([Tensor("a", (2, 3))])
        array = np.asfortranarray(np.arange(6.0).reshape(2, 3))

        assert table.pack({"a": array})[:6].tolist() == [0, 1, 2, 3, 4, 5]

    def test_unpacks_what_it_packed(self) -> None:
        """
        Every tensor comes back under its name and in its shape.
        """
        given = arrays(1)

        got = TABLE.unpack(TABLE.pack(given))

        assert got.keys() == given.keys()
        assert all(np.array_equal(got[name], given[name]) for name in given)

    def test_takes_scalars(self) -> None:
        """
        A tensor without sides is one lane.
        """
        table = Table.of([Tensor("a", ())])

        assert table.encode({"a": np.array(0.5)})[0] == 2**19

    @pytest.mark.parametrize(
        ("changes", "why"),
        [
            ({"foreign": np.zeros(1)}, "Tensor foreign is not in the table"),
            ({"bias": np.zeros(4)}, r"Tensor bias is of shape \(4,\); expected \(3,\)"),
            ({"kernel": np.zeros((17, 5))}, r"Tensor kernel is of shape \(17, 5\)"),
        ],
    )
    def test_refuses_other_arrays(self, changes: dict[str, np.ndarray], why: str) -> None:
        """
        Foreign and misshapen arrays are named; nothing is broadcast into place.
        """
        with pytest.raises(ProtocolError, match=why):
            TABLE.pack({**arrays(1), **changes})

    def test_refuses_a_missing_array(self) -> None:
        """
        No tensor is taken for zero because it was left out.
        """
        given = arrays(1)
        del given["bias"]

        with pytest.raises(ProtocolError, match="Tensor bias is missing"):
            TABLE.pack(given)

    @pytest.mark.parametrize("size", [128, 256])
    def test_refuses_a_vector_of_another_length(self, size: int) -> None:
        """
        A vector one chunk short or long belongs to another table.
        """
        with pytest.raises(ProtocolError, match="the table fills 192 lanes"):
            TABLE.unpack(np.zeros(size, np.int32))


class TestNumbers:
    def test_uses_each_tensors_scale(self) -> None:
        """
        A lane of a log-scaled moment is worth what its own scale says.
        """
        table = Table.of([Tensor("a", (1,)), Tensor("m", (1,), "moment", 0)])

        lanes = table.encode({"a": np.array([1.0]), "m": np.array([-60.0])})

        assert (lanes[0], lanes[64]) == (2**20, -60)
        assert table.decode(lanes)["m"].tolist() == [-60.0]

    def test_names_the_lane_that_is_not_finite(self) -> None:
        """
        A NaN in the first kernel weight lies in lane 3, behind the biases.
        """
        given = arrays(1)
        given["kernel"][0, 0] = np.nan

        with pytest.raises(NotFinite, match="Lane 3 of the vector is nan"):
            TABLE.encode(given)

    def test_moves_by_its_delta(self) -> None:
        """
        Base plus delta is what the adapted arrays encode to, within the rounding of each.
        """
        base = TABLE.encode(arrays(1))
        adapted = {name: each + 0.25 for name, each in arrays(1).items()}

        moved = base + TABLE.delta(adapted, base)

        assert np.abs(moved - TABLE.encode(adapted)).max() <= 1
        TABLE.require_padding(moved)

    def test_bounds_its_delta(self) -> None:
        """
        Twenty away is more than a delta can say: it says the most it can.
        """
        base = TABLE.encode(arrays(1))
        adapted = {name: each + 20.0 for name, each in arrays(1).items()}

        assert TABLE.delta(adapted, base)[:88].tolist() == [DELTA_MAX] * 88

    def test_gives_moments_no_gradient(self) -> None:
        """
        Slopes are of weights alone, and the largest uses the whole range.
        """
        slopes = {name: each for name, each in arrays(1).items() if name != "second"}

        gradient = TABLE.gradient(slopes)

        assert np.abs(gradient).max() == GRADIENT_MAX
        assert not gradient[128:].any()


class TestRequirePadding:
    @pytest.mark.parametrize("lane", [88, 127, 132, 191])
    def test_refuses_a_number_in_the_padding(self, lane: int) -> None:
        """
        Nothing travels in lanes that belong to no tensor.
        """
        lanes = TABLE.encode(arrays(1))
        lanes[lane] = 1

        with pytest.raises(ProtocolError, match=f"Lane {lane} is padding and not zero"):
            TABLE.require_padding(lanes)
