"""What the contracts' tests share: a chain in this process, everything deployed, and who acts on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest
from web3 import Web3
from web3.providers.base import JSONBaseProvider
from web3.types import RPCEndpoint, RPCResponse

from commonroot.contracts.artifacts import read
from commonroot.contracts.toolchain import ROOT
from commonroot.devchain.chain import Chain
from commonroot.devchain.rpc import answer
from commonroot.devchain.settings import Settings
from commonroot.keys.signer import WalletSigner
from commonroot.keys.wallet import Wallet
from commonroot.ledger.book import Book
from commonroot.ledger.deploy import Terms, deploy
from commonroot.ledger.errors import Reverted
from commonroot.ledger.gateways.nodes import Keys
from commonroot.ledger.gateways.programs import Opened
from commonroot.ledger.gateways.records import Charter
from commonroot.ledger.ledger import Ledger
from commonroot.ledger.sender import Sender, Tally
from commonroot.ledger.strangers import forgive
from commonroot.protocol import payout as payouts
from commonroot.protocol.hashing import ZERO, Digest, keccak
from commonroot.protocol.payout import Payout
from commonroot.protocol.round import Close, Proposal
from commonroot.protocol.rules import Aggregation, Rules, Visibility, Weighting

BOND = 100
"""The least bond of a member."""
UNBONDING = 100_000
DELIVERY, DISPUTE = 500, 300
FLOOR, PACE = 10, 2
"""Seconds that answers have at least, and how many rows a second beyond that."""
PURSE = 10_000
"""What everybody has at the start."""

RULES = Rules(
    aggregation=Aggregation.WEIGHTED_MEAN,
    weighting=Weighting.EQUAL,
    visibility=Visibility.MEMBERS,
    max_weight=1,
    weights=100,
    moments=10,
    rounds=3,
    min_nodes=2,
    max_nodes=4,
    step_first=1,
    step_last=1,
    step_under=1,
    trim=0,
    norm_cap=1000,
    max_pending=1,
    window=100,
    patience=1000,
    succession=3000,
    reward=80,
    bond=160,
    demand_fee=5,
    shares_per_round=1024,
    owner_cut=1000,
    allowlist=ZERO,
)
"""Three rounds of at most 80; a tenth of the income goes to the owner; three chunks."""

SPEC, SEED = keccak(b"spec"), keccak(b"version 0")


PLENTY = 12_000_000
"""More gas than any of our transactions needs."""


class InProcess(JSONBaseProvider):
    """
    Asks a chain in this process.

    An estimate runs a call several times to be exact; here it runs once, and there is plenty.
    """

    def __init__(self, chain: Chain) -> None:
        super().__init__()
        self._chain = chain

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """Return the chain's answer."""
        if method == "eth_estimateGas":
            tried = self.make_request(RPCEndpoint("eth_call"), params)
            return tried if "error" in tried else {**tried, "result": hex(PLENTY)}
        body = answer(self._chain, self.encode_rpc_request(method, params))
        return self.decode_rpc_response(body)


@dataclass(frozen=True, slots=True)
class Done:
    """A finalized round, and all it takes to claim from it."""

    close: Close
    proposal: Proposal
    leaves: tuple[Payout, ...]


@dataclass(frozen=True, slots=True)
class World:
    """A chain with everything on it. The first account has the supply; the others have a purse each."""

    chain: Chain
    web3: Web3
    book: Book
    ledgers: tuple[Ledger, ...]

    @property
    def sponsor(self) -> Ledger:
        """Return who pays for programs and owns their models."""
        return self.ledgers[0]

    @property
    def aggregator(self) -> Ledger:
        """Return who runs rounds."""
        return self.ledgers[1]

    @property
    def nodes(self) -> tuple[Ledger, ...]:
        """Return those who may become nodes, ascending by address as a round lists them."""
        return tuple(sorted(self.ledgers[2:6], key=lambda each: int(each.account, 16)))

    @property
    def buyer(self) -> Ledger:
        """Return who wants a licence."""
        return self.ledgers[6]

    @property
    def stranger(self) -> Ledger:
        """Return who has no part in anything."""
        return self.ledgers[7]

    @property
    def now(self) -> int:
        """Return the time of the newest block."""
        return int(self.web3.eth.get_block("latest")["timestamp"])

    @property
    def block(self) -> int:
        """Return the newest block's number."""
        return int(self.web3.eth.block_number)

    def pass_time(self, seconds: int) -> None:
        """Make the next block come `seconds` after the newest, whatever the wall clock says."""
        self.ask("evm_setNextBlockTimestamp", self.now + seconds)

    def mine(self, blocks: int = 1) -> None:
        """Add empty blocks."""
        for _ in range(blocks):
            self.ask("evm_mine")

    def pass_blocks(self, blocks: int) -> None:
        """Add very many empty blocks, as many at a time as the chain lets one ask for."""
        for begun in range(0, blocks, 1000):
            self.ask("hardhat_mine", min(1000, blocks - begun))

    def ask(self, method: str, *params: Any) -> Any:
        """Return what the chain answers to a method of its own."""
        return self.web3.provider.make_request(RPCEndpoint(method), list(params))["result"]

    def balance(self, of: Ledger) -> int:
        """Return what somebody has of the test token."""
        return of.token.balance_of(of.account)

    def keys(self, of: Ledger, flower: bytes | None = None) -> Keys:
        """Return somebody's own keys: the account's as receipt key, and a Flower key."""
        return keys(of.account, of, self.book, flower or f"flower of {of.account}".encode())

    def member(self, of: Ledger) -> Ledger:
        """Make somebody a member with the least bond."""
        of.token.allow(self.book.nodes, BOND)
        of.nodes.join(BOND, self.keys(of))
        return of

    def dataset(self, of: Ledger, name: bytes = b"records") -> Digest:
        """Register a dataset of ten records."""
        return of.datasets.register(keccak(name), 10, keccak(b"schema"), keccak(b"terms"))

    def program(
        self, rules: Rules = RULES, budget: int = 240, bond: int = 160, **charter: Any
    ) -> int:
        """Create a program with a budget for three rounds and a bond for one."""
        self.sponsor.token.allow(self.book.programs, budget)
        id = self.sponsor.programs.create(rules, replace(self.charter(), **charter), budget)
        self.deposit(id, bond)
        return id

    def deposit(self, id: int, amount: int, by: Ledger | None = None) -> None:
        """Raise somebody's bond in a program; the aggregator's unless said otherwise."""
        who = by or self.aggregator
        if amount:
            who.token.allow(self.book.bonds, amount)
            who.bonds.deposit(id, amount)

    def charter(self) -> Charter:
        """Return an ordinary charter."""
        return Charter(
            spec=SPEC,
            token=self.book.token,
            aggregator=self.aggregator.account,
            seed=SEED,
            manifest=keccak(b"manifest 0"),
            royalty=2000,
            uri="ipfs://card",
        )

    def enrol(self, id: int, node: Ledger, name: bytes = b"records") -> Digest:
        """Have a member take part in a program with a dataset of its own; return that."""
        dataset = self.dataset(node, name)
        node.enrolments.join(id, dataset)
        return dataset

    def closing(self, opened: Opened, count: int = 2) -> Close:
        """Return what closes an opened round over `count` contributions."""
        hashes = keccak(b"weights"), keccak(b"contributions")
        fields: tuple[Any, ...] = (*opened.opening.fields(), count, *hashes)
        return Close(*fields)

    def seed(self, close: Close) -> Digest:
        """Return what a round's proposal must be seeded with; zero before that is known."""
        source = self.stranger.programs.round(close.program, close.round).close_block + 1
        known = 1 < source <= self.block
        return Digest(bytes(self.web3.eth.get_block(source)["hash"])) if known else ZERO

    def leaves(self, scores: Sequence[int] = (30, 10), rules: Rules = RULES) -> tuple[Payout, ...]:
        """Return what the first nodes are paid for some scores: for 30 and 10, it is 50 and 30."""
        accounts = [node.account for node in self.nodes[: len(scores)]]
        squares = [1] * len(scores)
        return tuple(
            payouts.payouts(accounts, scores, squares, rules.reward, rules.shares_per_round)
        )

    def proposing(self, close: Close, leaves: Sequence[Payout], chunks: int = 3) -> Proposal:
        """Return a proposal that pays some leaves."""
        top = payouts.tree_root(leaves)
        return Proposal(
            close=close.digest(),
            seed=self.seed(close),
            chunks=chunks,
            count=close.count,
            row_root=keccak(b"rows"),
            result_root=keccak(b"version", bytes([close.program, close.round])),
            gradient_root=keccak(b"gradient"),
            payout_root=top.digest,
            payout_sum=top.payout,
            shares_sum=top.shares,
            manifest=keccak(b"manifest", bytes([close.round])),
        )

    def run_round(self, id: int, scores: Sequence[int] = (30, 10), rules: Rules = RULES) -> Done:
        """Take a round from its opening to its end."""
        close, proposal, leaves = self.propose(id, scores, rules)
        self.pass_time(rules.window)
        self.stranger.programs.finalize(id, proposal)
        return Done(close, proposal, leaves)

    def propose(
        self, id: int, scores: Sequence[int] = (30, 10), rules: Rules = RULES
    ) -> tuple[Close, Proposal, tuple[Payout, ...]]:
        """Take a round from its opening to its proposal."""
        close = self.close(id, len(scores))
        leaves = self.leaves(scores, rules)
        proposal = self.proposing(close, leaves)
        self.aggregator.programs.propose(id, proposal)
        return close, proposal, leaves

    def close(self, id: int, count: int = 2) -> Close:
        """Open and close a round, and wait for its seed."""
        close = self.closing(self.aggregator.programs.open(id), count)
        self.aggregator.programs.close(close)
        self.mine()
        return close

    def claim(
        self,
        done: Done,
        index: int,
        by: Ledger | None = None,
        place: int | None = None,
        **changes: Any,
    ) -> None:
        """Claim a leaf of a finalized round: by its node, as what it is, unless said otherwise."""
        who = by or self.nodes[index]
        usual: dict[str, Any] = {
            "id": done.close.program,
            "number": done.close.round,
            "proposal": done.proposal,
            "index": index if place is None else place,
            "payout": done.leaves[index],
            "siblings": payouts.proof(done.leaves, index),
            "to": who.account,
        }
        who.programs.claim(**(usual | changes))


def keys(account: str, receipt: Ledger, book: Book, flower: bytes) -> Keys:
    """Return keys for an account whose receipts somebody else's key signs."""
    signer = signer_of(receipt)
    signed = signer.sign_possession(account, book.nodes, book.chain_id)  # type: ignore[arg-type]
    return Keys(receipt.account, flower, signed)


def begin() -> World:
    """Return a new world; about half a second."""
    chain = Chain(Settings())
    web3 = forgive(Web3(InProcess(chain)))
    signers = [WalletSigner(Wallet(each.secret)) for each in chain.accounts.values()]
    terms = Terms(
        supply=10**9,
        minimum_bond=BOND,
        unbonding_delay=UNBONDING,
        answer_floor=FLOOR,
        answers_per_second=PACE,
        delivery_time=DELIVERY,
        dispute_time=DISPUTE,
    )
    book = deploy(Sender(web3, signers[0]), terms)
    world = World(chain, web3, book, tuple(_ledgers(web3, book, signers)))
    for ledger in world.ledgers[1:]:
        world.sponsor.token.transfer(ledger.account, PURSE)
    return world


def fee_token(world: World) -> Any:
    """Deploy a token that keeps one unit of every transfer."""
    artifact = read(ROOT / "test" / "artifacts" / "FeeToken.json")
    factory: Any = world.web3.eth.contract(abi=artifact.abi, bytecode=artifact.bytecode)
    code = bytes.fromhex(factory.constructor(10**9).data_in_transaction[2:])
    assert world.sponsor.sender is not None
    return world.sponsor.sender.send("the token", None, code).contract


@contextmanager
def moment(world: World) -> Iterator[World]:
    """Yield the world with fresh senders, and undo what is done to it."""
    snapshot = world.ask("evm_snapshot")
    signers = [signer_of(ledger) for ledger in world.ledgers]
    try:
        yield replace(world, ledgers=tuple(_ledgers(world.web3, world.book, signers)))
    finally:
        assert world.ask("evm_revert", snapshot)


@contextmanager
def refused(error: str, **arguments: Any) -> Iterator[None]:
    """Expect a contract to refuse with an error of its own, and with these arguments."""
    with pytest.raises(Reverted) as caught:
        yield
    assert caught.value.error == error, caught.value
    assert caught.value.arguments == caught.value.arguments | arguments


def _ledgers(web3: Web3, book: Book, signers: Sequence[WalletSigner]) -> Iterator[Ledger]:
    tally = Tally()
    for signer in signers:
        yield Ledger(web3, book, Sender(web3, signer, tally))


def signer_of(ledger: Ledger) -> WalletSigner:
    """Return who signs for somebody."""
    assert ledger.sender is not None
    signer = ledger.sender._signer
    assert isinstance(signer, WalletSigner)
    return signer
