"""An allowlist says who may take part, by one digest."""

from __future__ import annotations

import pytest

from commonroot.base.errors import ProtocolError
from commonroot.protocol import allowlist, tree
from commonroot.protocol.hashing import Address, keccak, to_address

ONE, TWO, THREE, OTHER = (to_address(bytes([digit] * 20)) for digit in (0x11, 0x22, 0x33, 0x44))


class TestRoot:
    def test_of_one_account_is_its_leaf(self) -> None:
        """
        The leaf is keccak(0x07 | account), and one leaf needs no node above it.
        """
        assert allowlist.root([ONE]) == keccak(b"\x07" + b"\x11" * 20)

    def test_does_not_depend_on_order_or_repetition(self) -> None:
        """
        The same accounts give the same root, however they are listed.
        """
        assert allowlist.root([THREE, ONE, TWO, ONE]) == allowlist.root([ONE, TWO, THREE])


class TestAdmission:
    @pytest.mark.parametrize("account", [ONE, TWO, THREE])
    def test_leads_to_the_root(self, account: Address) -> None:
        """
        Leaf, index and proof give the root that the rules hold.
        """
        listed = [TWO, THREE, ONE]
        place = allowlist.admission(listed, account)

        found = tree.root_from(allowlist.leaf(account), place.index, 3, place.proof)

        assert found == allowlist.root(listed)

    def test_is_refused_to_others(self) -> None:
        """
        Who is not listed gets no proof.
        """
        with pytest.raises(ProtocolError, match="not on the allowlist"):
            allowlist.admission([ONE, TWO], OTHER)
