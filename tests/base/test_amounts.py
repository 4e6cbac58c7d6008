"""Amounts pass between people and contracts without losing a unit."""

from __future__ import annotations

import pytest

from commonroot.base.amounts import about, from_units, to_units
from commonroot.base.errors import UsageError


class TestToUnits:
    @pytest.mark.parametrize(
        ("text", "units"),
        [("0", 0), ("1", 10**18), ("12.5", 125 * 10**17), ("0.000000000000000001", 1)],
    )
    def test_counts_the_smallest_units(self, text: str, units: int) -> None:
        """
        One token is 10^18 units.
        """
        assert to_units(text) == units

    @pytest.mark.parametrize(
        "text", ["", "-1", "1e3", "1,5", ".5", "1.", "01", "0.0000000000000000001", "١", "inf"]
    )
    def test_refuses_what_is_not_exact(self, text: str) -> None:
        """
        No rounding, no sign, no exponent, one spelling.
        """
        with pytest.raises(UsageError, match="is no amount"):
            to_units(text)


class TestFromUnits:
    @pytest.mark.parametrize("units", [0, 1, 10**18, 125 * 10**17, 10**30 + 1])
    def test_is_read_back(self, units: int) -> None:
        """
        What is shown can be typed in again.
        """
        assert to_units(from_units(units)) == units

    def test_shows_no_needless_zeros(self) -> None:
        """
        12.5 is shown as 12.5.
        """
        assert from_units(125 * 10**17) == "12.5"


class TestAbout:
    @pytest.mark.parametrize(
        ("units", "decimals", "text"),
        [
            (10**18, 18, "1"),
            (233452498402722649777, 18, "233.4524"),
            (5, 18, "0"),
            (123, 2, "1.23"),
        ],
    )
    def test_cuts_after_four_decimals(self, units: int, decimals: int, text: str) -> None:
        """
        What is shown is never more than what is there.
        """
        assert about(units, decimals) == text
