"""A deployment takes foundry's chain as it takes ours, and has the same addresses there."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from tests.ledger.chains import ALICE, TERMS, new_chain, sender

from commonroot.base.processes import free_port
from commonroot.contracts.toolchain import MODULES
from commonroot.ledger import factory
from commonroot.ledger.connect import connect
from commonroot.ledger.deploy import deploy
from commonroot.ledger.errors import ChainUnreachable
from commonroot.ledger.sender import Sender

ANVIL = next(MODULES.glob("@foundry-rs/anvil-*/bin/anvil"), None)

pytestmark = pytest.mark.skipif(ANVIL is None, reason="npm brought no anvil for this platform")


@pytest.mark.parametrize("options", [(), ("--disable-default-create2-deployer",)])
def test_has_the_addresses_of_our_chain(options: tuple[str, ...]) -> None:
    """
    With the factory in its genesis, and without it.
    """
    ours = deploy(sender(new_chain()), TERMS)
    with anvil(*options) as url:
        web3 = connect(url)
        assert factory.stands(web3) is not bool(options)

        theirs = deploy(Sender(web3, ALICE), TERMS)
        again = deploy(Sender(web3, ALICE), replace(TERMS, token=theirs.token))

    assert theirs.places() == ours.places()
    assert again == theirs


@contextmanager
def anvil(*options: str) -> Iterator[str]:
    """Start foundry's chain; yield its address."""
    port = free_port()
    words = [str(ANVIL), "--port", str(port), "--silent", *options]
    with subprocess.Popen(words) as process:
        try:
            yield _once_it_answers(f"http://127.0.0.1:{port}")
        finally:
            process.terminate()


def _once_it_answers(url: str) -> str:
    deadline = time.monotonic() + 20.0
    while True:
        try:
            connect(url)
        except ChainUnreachable:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return url
