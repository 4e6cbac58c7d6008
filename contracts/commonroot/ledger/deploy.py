"""
Puts all contracts on a chain, or finds them there.

A deployer, itself put there by the chain's CREATE2 factory, creates the contracts one a transaction.
How far it is stands on the chain and nowhere else: whoever comes after a crash, or beside another who
deploys the same, goes on from there. In the end everything is verified, also what was there before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

from web3 import Web3
from web3.types import Nonce
from web3.utils import get_create_address

from commonroot.base.amounts import about
from commonroot.contracts import load
from commonroot.ledger import factory
from commonroot.ledger.book import Book, identity
from commonroot.ledger.border import asking
from commonroot.ledger.deployed import Deployed
from commonroot.ledger.errors import (
    ChainError,
    NoContract,
    Reverted,
    RpcRefused,
    TransactionFailed,
)
from commonroot.ledger.factory import code_at
from commonroot.ledger.inspection import check
from commonroot.ledger.plan import DEPLOYER, PARTS, Plan, Terms
from commonroot.ledger.sender import Sender
from commonroot.protocol.hashing import Address, to_address, word

__all__ = ["Terms", "check", "deploy"]

Told = Callable[[str], None]
"""Hears of each thing that is done, in words."""

LOCAL = Terms()
"""What suits a local chain."""

TOKEN = "TestToken"
_DEV_CHAINS = (1337, 31337)
_DEV_NODES = ("commonroot-devchain/", "anvil/", "hardhatnetwork/")

_CREATION, _A_BYTE, _A_SENT_BYTE = 53_000, 200, 16
_BESIDE = 150_000
"""Gas that a constructor may use beside what its code costs."""


class NoTokenNamed(ChainError):
    """Bonds need a token, and a chain where things have value gets no test token."""

    hint = "Name the token that bonds are paid in with --token."

    def __init__(self, chain_id: int) -> None:
        super().__init__(f"Chain {chain_id} is no dev chain: no test token is made there.")
        self.chain_id = chain_id


class NoSuchToken(ChainError):
    """No token stands where one was named."""

    hint = "Look at the address, and at which chain --rpc leads to."

    def __init__(self, address: Address) -> None:
        super().__init__(f"There is no ERC-20 token at {address} on this chain.")
        self.address = address


class DeploymentUnpayable(ChainError):
    """An account has too little ether for what is left to deploy."""

    def __init__(self, account: Address, needed: int, has: int) -> None:
        super().__init__(
            f"What is left to deploy costs about {about(needed)} ether, and {account} has {about(has)}.",
            hint="Send it some ether, and run the same command again: it goes on from where it is.",
        )
        self.account, self.needed, self.has = account, needed, has


@final
@dataclass(frozen=True, slots=True)
class Outlook:
    """What is left to do for some terms on a chain, and what it costs at most."""

    plan: Plan | None
    """None as long as the test token is not there: every address depends on it."""
    missing: tuple[str, ...]
    """What does not stand yet, in the order in which it will be created."""
    gas: int
    ether: int
    """What the gas costs today, in wei, with what the factory's own transaction pays."""


def deploy(sender: Sender, terms: Terms = LOCAL, told: Told = lambda _: None) -> Book:
    """Deploy what is not there, and return where everything is; raise unless all is as it should be."""
    found = outlook(sender.web3, terms, sender.address)
    if found.missing:
        _require_ether(sender, found)
    plan = found.plan or Plan(_make_token(sender, terms, told), terms)
    if found.missing:
        _create(sender, plan, told)
    book = book_of(sender.web3, plan)
    check(sender.web3, book)
    told(
        "Every contract is verified."
        if found.missing
        else "Every contract was found, and verified."
    )
    return book


def outlook(web3: Web3, terms: Terms, account: Address) -> Outlook:
    """Say what is left to do for some terms, and what it costs `account`; send nothing."""
    token = token_of(web3, terms, account)
    plan = None if token is None else Plan(token, terms)
    missing = tuple(_missing(web3, plan))
    gas = sum(_gas(name, plan) for name in missing)
    with asking(web3, "eth_gasPrice"):
        ether = gas * web3.eth.gas_price
    if not factory.stands(web3):
        missing, ether = ("CREATE2 factory", *missing), ether + factory.COST
    return Outlook(plan, missing, gas, ether)


def token_of(web3: Web3, terms: Terms, account: Address) -> Address | None:
    """Return the token that bonds are in; None if it is a test token that `account` has yet to make."""
    if terms.token is not None:
        require_token(web3, terms.token)
        return terms.token
    with asking(web3, "eth_chainId"):
        chain_id = web3.eth.chain_id
    if not is_dev_chain(web3):
        raise NoTokenNamed(chain_id)
    return _made_token(web3, terms, account)


def require_token(web3: Web3, address: Address) -> None:
    """Raise unless a token stands at an address."""
    if not code_at(web3, address):
        raise NoSuchToken(address)
    try:
        Deployed.at(web3, TOKEN, address).call("totalSupply")
    except (RpcRefused, Reverted) as exc:
        raise NoSuchToken(address) from exc


def is_dev_chain(web3: Web3) -> bool:
    """Say whether a chain is one that developers start for themselves."""
    with asking(web3, "eth_chainId"):
        if web3.eth.chain_id in _DEV_CHAINS:
            return True
    try:
        with asking(web3, "web3_clientVersion"):
            return web3.client_version.lower().startswith(_DEV_NODES)
    except RpcRefused:  # not every public node says what it is
        return False


def book_of(web3: Web3, plan: Plan) -> Book:
    """Return the address book of a deployment that stands."""
    chain_id, genesis = identity(web3)
    return Book(
        chain_id=chain_id,
        genesis=genesis,
        block=int(Deployed.at(web3, DEPLOYER, plan.deployer).call("since")),
        token=plan.token,
        deployer=plan.deployer,
        **{name.lower(): place for name, place in plan.places.items()},
    )


def _missing(web3: Web3, plan: Plan | None) -> list[str]:
    if plan is None:
        return [TOKEN, DEPLOYER, *PARTS]
    if not code_at(web3, plan.deployer):
        return [DEPLOYER, *PARTS]
    return list(PARTS[_created(web3, plan) :])


def _created(web3: Web3, plan: Plan) -> int:
    # Asked of other code, "how many" would have no meaning.
    if not load(DEPLOYER).fits(code_at(web3, plan.deployer)):
        raise NoContract(DEPLOYER, plan.deployer)
    return int(Deployed.at(web3, DEPLOYER, plan.deployer).call("created"))


def _gas(name: str, plan: Plan | None) -> int:
    artifact = load(name)
    sent, kept = len(artifact.bytecode), len(artifact.deployed)
    # A deployer writes a word of storage for each of its terms and hashes.
    words = 23_000 * (len(PARTS) + 5) if name == DEPLOYER else 0
    return _CREATION + _A_SENT_BYTE * sent + _A_BYTE * kept + _BESIDE + words


def _require_ether(sender: Sender, found: Outlook) -> None:
    with asking(sender.web3, "eth_getBalance"):
        has = int(sender.web3.eth.get_balance(sender.address))
    if has < found.ether:
        raise DeploymentUnpayable(sender.address, found.ether, has)


def _create(sender: Sender, plan: Plan, told: Told) -> None:
    factory.ensure(sender)
    factory.put(sender, "the creation of the deployer", plan.creation)
    told(f"The deployer stands at {plan.deployer}.")
    deployer = Deployed.at(sender.web3, DEPLOYER, plan.deployer, sender)
    # Counted here too, and waited for in the end: one RPC address may be that of many nodes, some behind.
    count = 0
    while (count := max(count, _created(sender.web3, plan))) < len(PARTS):
        name = PARTS[count]
        if _step(deployer, name, count):
            told(f"{name} stands at {plan.places[name]} ({count + 1} of {len(PARTS)}).")
        count += 1
    factory.await_code(sender.web3, "the deployment", plan.places[PARTS[-1]])


def _step(deployer: Deployed, name: str, count: int) -> bool:
    """Create a part; return False if another who deploys the same was faster."""
    try:
        deployer.send("step", load(name).bytecode)
    except Reverted as exc:
        if exc.error not in ("AlreadyCreated", "NothingToCreate"):
            raise
        return False
    except TransactionFailed:
        if int(deployer.call("created")) <= count:
            raise
        return False
    return True


def _make_token(sender: Sender, terms: Terms, told: Told) -> Address:
    creation = load(TOKEN).bytecode + word(terms.supply)
    sender.send("the creation of a test token", None, creation)
    # Looked for, and not taken from the receipt: of two that make one at once, both take the first.
    token = _made_token(sender.web3, terms, sender.address)
    if token is None:
        raise NoContract(TOKEN, "any address that the deploying account creates")
    told(f"A test token stands at {token}.")
    return token


def _made_token(web3: Web3, terms: Terms, account: Address) -> Address | None:
    """Return the first test token with the right supply that an account has made."""
    with asking(web3, "eth_getTransactionCount"):
        sent = web3.eth.get_transaction_count(account)
    for nonce in range(sent):
        address = to_address(get_create_address(account, Nonce(nonce)))
        if load(TOKEN).fits(code_at(web3, address)):
            supply = Deployed.at(web3, TOKEN, address).call("totalSupply")
            if supply == terms.supply:
                return address
    return None
