"""What the tests of a deployment share: fresh chains in this process, and connections that are bent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.contracts.world import InProcess
from web3 import Web3
from web3.types import RPCEndpoint, RPCResponse

from commonroot.devchain.accounts import derive
from commonroot.devchain.chain import Chain
from commonroot.devchain.settings import MNEMONIC, Settings
from commonroot.keys.signer import WalletSigner
from commonroot.keys.wallet import Wallet
from commonroot.ledger import factory
from commonroot.ledger.deploy import Terms
from commonroot.ledger.sender import Sender
from commonroot.ledger.strangers import forgive

Answer = Callable[[str, Any], RPCResponse]
Bend = Callable[[str, Any, Answer], RPCResponse]

ALICE, BOB, CAROL = (WalletSigner(Wallet(each.secret)) for each in derive(MNEMONIC, 3))
POOR = WalletSigner(Wallet(b"\x09" * 32))

TERMS = Terms(minimum_bond=7, unbonding_delay=50, delivery_time=500, dispute_time=300)

TRANSACTIONS = 13
"""A whole deployment: a token, two for the factory, the deployer, nine parts."""


class Killed(BaseException):
    """The process ends here: nobody may catch this."""


class Bent(InProcess):
    """A chain in this process, some of whose answers are bent by the test."""

    def __init__(self, chain: Chain, bend: Bend) -> None:
        super().__init__(chain)
        self._bend = bend
        self._inner = 0

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """Return what the test makes of the answer."""
        # An estimate asks for a call on its own account; that one is not bent again.
        if self._inner:
            return super().make_request(method, params)
        return self._bend(method, params, self._straight)

    def _straight(self, method: str, params: Any) -> RPCResponse:
        self._inner += 1
        try:
            return super().make_request(RPCEndpoint(method), params)
        finally:
            self._inner -= 1


def straight(method: str, params: Any, ask: Answer) -> RPCResponse:
    """Bend nothing."""
    return ask(method, params)


def new_chain(chain_id: int = 31337) -> Chain:
    """Return a chain on which nothing stands."""
    return Chain(Settings(chain_id=chain_id))


def at(chain: Chain, bend: Bend = straight) -> Web3:
    """Return a connection to a chain in this process."""
    return forgive(Web3(Bent(chain, bend)))


def sender(chain: Chain, signer: WalletSigner = ALICE, bend: Bend = straight) -> Sender:
    """Return somebody who sends over a connection of their own."""
    return Sender(at(chain, bend), signer)


def refusing(method: str, said: str, only: Callable[[Any], bool] = lambda _: True) -> Bend:
    """Bend a connection so that a node refuses a method, for some parameters."""

    def bend(asked: str, params: Any, ask: Answer) -> RPCResponse:
        if asked == method and only(params):
            return {"jsonrpc": "2.0", "id": 1, "error": {"code": -32000, "message": said}}
        return ask(asked, params)

    return bend


def answering(method: str, change: Callable[[Any, Any], Any]) -> Bend:
    """Bend a connection so that a method's result is changed; the change sees parameters and result."""

    def bend(asked: str, params: Any, ask: Answer) -> RPCResponse:
        answer = ask(asked, params)
        if asked == method and "result" in answer:
            return {**answer, "result": change(params, answer["result"])}
        return answer

    return bend


def is_presigned(params: Any) -> bool:
    """Say whether what is sent is the factory's own transaction."""
    return bytes.fromhex(str(params[0]).removeprefix("0x")) == factory.PRESIGNED
