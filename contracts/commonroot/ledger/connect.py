"""An RPC address, or several of one chain, becomes a connection, or one clear error."""

from __future__ import annotations

from web3 import HTTPProvider, Web3
from web3.middleware import ExtraDataToPOAMiddleware

from commonroot.ledger.border import asking
from commonroot.ledger.border import url as shown
from commonroot.ledger.endpoints import Endpoints
from commonroot.ledger.errors import NotAChain, WrongChain
from commonroot.ledger.places import split
from commonroot.ledger.strangers import forgive

TIMEOUT = 30.0
"""Seconds that one request may take."""

_SOONER = 10.0
"""The same where another endpoint can be asked."""


def connect(url: str, chain_id: int | None = None) -> Web3:
    """Return a connection to the chain at `url`; refuse another chain than the one wanted."""
    web3 = forgive(Web3(_provider(split(url))))
    # Chains run by a few authorities put their signatures where others have 32 bytes at most.
    web3.middleware_onion.inject(ExtraDataToPOAMiddleware, layer=0)
    with asking(web3, "eth_chainId"):
        found = web3.eth.chain_id
    if not isinstance(found, int):
        raise NotAChain(shown(web3), f"it calls its chain {found}")
    if chain_id not in (None, found):
        raise WrongChain(f"chain {chain_id}", f"{found}")
    return web3


def _provider(urls: list[str]) -> HTTPProvider | Endpoints:
    if len(urls) > 1:
        several = Endpoints(urls, _SOONER)
        several.require_one_chain()
        return several
    # No silent repeats: whoever asks decides what to do about silence.
    return HTTPProvider(
        urls[0], request_kwargs={"timeout": TIMEOUT}, exception_retry_configuration=None
    )
