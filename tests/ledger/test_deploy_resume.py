"""A deployment that is interrupted anywhere, or shared with others, becomes one whole deployment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from typing import Any

import pytest
from tests.devchain.samples import served
from tests.ledger.chains import (
    ALICE,
    BOB,
    CAROL,
    TERMS,
    TRANSACTIONS,
    Answer,
    Killed,
    new_chain,
    sender,
)
from web3.types import RPCResponse

from commonroot.keys.signer import WalletSigner
from commonroot.ledger.book import Book
from commonroot.ledger.connect import connect
from commonroot.ledger.deploy import Terms, deploy
from commonroot.ledger.plan import PARTS
from commonroot.ledger.sender import Sender


class TestCrash:
    @pytest.mark.parametrize("heard", [False, True])
    def test_is_gone_on_from(self, heard: bool) -> None:
        """
        Each process sends one transaction and is killed: before it hears back, or before the next one.
        """
        chain, lives = new_chain(), 0

        def one_life() -> Book:
            taken = list[RPCResponse]()

            def bend(method: str, params: Any, ask: Answer) -> RPCResponse:
                if method != "eth_sendRawTransaction":
                    return ask(method, params)
                if taken:
                    raise Killed
                answer = ask(method, params)
                if "error" not in answer:
                    taken.append(answer)
                    if not heard:
                        raise Killed
                return answer

            return deploy(sender(chain, bend=bend), TERMS)

        book = None
        while book is None:
            lives += 1
            try:
                book = one_life()
            except Killed:
                assert lives <= TRANSACTIONS

        assert lives == TRANSACTIONS + (0 if heard else 1)
        assert chain.head.number == TRANSACTIONS
        assert book == deploy(sender(chain, BOB), replace(TERMS, token=book.token))

    def test_of_a_process_is_gone_on_from(self) -> None:
        """
        A process that the system kills in the middle leaves nothing to be cleaned up.
        """
        script = "import sys; from tests.ledger.test_deploy_resume import go_on; go_on(sys.argv[1])"
        with served() as devchain:
            killed = subprocess.Popen(
                [sys.executable, "-c", script, devchain.url],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
                stdout=subprocess.PIPE,
                text=True,
            )
            with killed:
                assert killed.stdout is not None
                for line in killed.stdout:
                    if line.startswith("Programs"):
                        killed.send_signal(signal.SIGKILL)
            assert killed.returncode == -signal.SIGKILL

            book = deploy(Sender(connect(devchain.url), ALICE), TERMS)
            assert connect(devchain.url).eth.block_number == TRANSACTIONS
            assert book.deployer == deploy(Sender(connect(devchain.url), ALICE), TERMS).deployer


class TestTwoDeployers:
    @pytest.mark.parametrize("method", ["eth_estimateGas", "eth_sendRawTransaction"])
    @pytest.mark.parametrize("turn", [1, 2, 7])
    def test_make_one_deployment(self, method: str, turn: int) -> None:
        """
        One is overtaken by the other in the middle of a step, which then comes too late.
        """
        chain = new_chain()
        token = deploy(sender(chain, CAROL), replace(TERMS, minimum_bond=8)).token
        terms = replace(TERMS, token=token)
        others, turns = list[Book](), list[Any]()

        def be_faster(asked: str, params: Any, ask: Answer) -> RPCResponse:
            if asked == method:
                turns.append(params)
                if len(turns) == turn:
                    others.append(deploy(sender(chain, BOB), terms))
            return ask(asked, params)

        book = deploy(sender(chain, ALICE, be_faster), terms)

        assert others == [book]

    @pytest.mark.parametrize("turn", [1, 2, 3, 4])
    def test_find_one_factory(self, turn: int) -> None:
        """
        The other is faster while the factory is put there, or the test token is made.
        """
        chain, others, turns = new_chain(), list[Book](), list[Any]()

        def be_faster(asked: str, params: Any, ask: Answer) -> RPCResponse:
            if asked == "eth_sendRawTransaction":
                turns.append(params)
                if len(turns) == turn:
                    others.append(deploy(sender(chain), TERMS))
            return ask(asked, params)

        assert [deploy(sender(chain, ALICE, be_faster), TERMS)] == others

    def test_at_once_make_one_deployment(self) -> None:
        """
        Three accounts over three connections, none waiting for another.
        """
        books, failures = list[Book](), list[BaseException]()
        with served() as devchain:
            token = deploy(Sender(connect(devchain.url), ALICE), TERMS).token
            terms = replace(TERMS, token=token, minimum_bond=9)

            def run(signer: WalletSigner) -> None:
                try:
                    books.append(deploy(Sender(connect(devchain.url), signer), terms))
                except BaseException as exc:  # noqa: BLE001 - shown below, in the thread that may fail
                    failures.append(exc)

            threads = [threading.Thread(target=run, args=(who,)) for who in (ALICE, BOB, CAROL)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

        assert failures == []
        assert len(books) == 3
        assert len(set(books)) == 1


def go_on(url: str, terms: Terms = TERMS) -> None:
    """Deploy as a process of its own, which says what it does and waits to be killed after each part."""

    def tell(words: str) -> None:
        print(words, flush=True)
        if words.startswith(PARTS[3]):
            threading.Event().wait()

    deploy(Sender(connect(url), ALICE), terms, tell)
