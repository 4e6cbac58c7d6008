"""
What can go wrong with a chain, as a tree:

* ChainError
  + ChainUnreachable       nothing answers at the RPC address
    - TransactionUnheard   ... any more, and a transaction is on its way
  + NotAChain              something answers, but it is no Ethereum node
  + WrongChain             another chain than the address book is about
    - EndpointsDiffer      RPC addresses that should lead to one chain lead to several
  + RpcRefused             the node refused a request, for a reason of its own
    - NotEnoughEther       an account cannot pay for gas
  + FeeTooHigh             the chain asks for more than is given for gas
  + NotEnoughTokens        an account has less of a token than it was to pay
  + Reverted               a contract refused a call
  + TransactionFailed      a transaction was mined and failed, and the node does not say why
  + TransactionLost        a transaction was sent and is not mined in time
  + NotConfirmed           a transaction was mined, and not enough blocks followed in time
  + NonceTaken             another transaction of the account took the place of one of ours
  + AccountBusy            another process of the account does not come to an end
  + OutboxUnusable         what is on its way cannot be noted, or not be read
  + NoContract             no contract of ours stands at an address
  + DeploymentMismatch     contracts that should know each other do not
  + BadBook                an address book cannot be read
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from commonroot.base.errors import CommonrootError


class ChainError(CommonrootError):
    """The base of everything that goes wrong with a chain."""


class ChainUnreachable(ChainError):
    """Nothing answers at the RPC address."""

    hint = "Start a chain with `commonroot devchain`, or name another one with --rpc."

    def __init__(self, url: str) -> None:
        super().__init__(f"No chain answers at {url}.")
        self.url = url


class TransactionUnheard(ChainUnreachable):
    """A transaction was sent, and since then nothing answers any more."""

    hint = "It may still be mined. Do the same again once the chain answers: it is not sent twice."

    def __init__(self, url: str, call: str, hash: str, seconds: float) -> None:
        super().__init__(url)
        self.args = (
            f"{call} was sent in transaction {hash}, and for {seconds:.0f} seconds no chain"
            f" has answered at {url}.",
        )
        self.call, self.hash, self.seconds = call, hash, seconds


class NotAChain(ChainError):
    """Something answers at the RPC address, but not as an Ethereum node does."""

    hint = "Look at the address: it should be that of an Ethereum JSON-RPC endpoint."

    def __init__(self, url: str, answered: str) -> None:
        super().__init__(f"What answers at {url} is no Ethereum node: {answered}.")
        self.url, self.answered = url, answered


class WrongChain(ChainError):
    """The chain is not the one that was expected."""

    hint = "Name the right chain with --rpc, or deploy the contracts on this one."

    def __init__(self, expected: str, found: str) -> None:
        super().__init__(f"Expected {expected}; the chain that answers is {found}.")
        self.expected, self.found = expected, found


class EndpointsDiffer(WrongChain):
    """RPC addresses that should lead to one chain lead to several."""

    hint = "All addresses given with --rpc must be endpoints of one chain."

    def __init__(self, first: str, expected: str, other: str, found: str) -> None:
        super().__init__(f"at {other} {expected}, as at {first}", found)
        self.first, self.other = first, other


class RpcRefused(ChainError):
    """The node refused a request, for a reason of its own."""

    def __init__(self, call: str, said: str, *, hint: str = "") -> None:
        super().__init__(f"The node refused {call}: {said}.", hint=hint)
        self.call, self.said = call, said


class NotEnoughEther(RpcRefused):
    """An account cannot pay for the gas of its transaction."""

    def __init__(self, call: str, said: str, account: str) -> None:
        super().__init__(call, said, hint=f"Send some ether to {account}: gas is paid in it.")
        self.account = account


class FeeTooHigh(ChainError):
    """The chain asks for more than is given for gas."""

    hint = "Wait until it is cheaper, or allow more with COMMONROOT_MOST_PRICE (in gwei)."

    def __init__(self, call: str, asked: int, most: int) -> None:
        super().__init__(f"{call} would cost {asked} wei per gas; at most {most} is offered.")
        self.call, self.asked, self.most = call, asked, most


class NotEnoughTokens(ChainError):
    """An account has less of a token than it was to pay."""

    def __init__(self, account: str, needed: str, has: str, symbol: str) -> None:
        super().__init__(
            f"{account} needs {needed} {symbol} for this and has {has}.",
            hint="Have somebody send it some: `commonroot wallet send` does that.",
        )
        self.account, self.needed, self.has, self.symbol = account, needed, has, symbol


class Reverted(ChainError):
    """A contract refused a call with one of its own errors."""

    def __init__(
        self, call: str, error: str, arguments: Mapping[str, Any], words: str, hint: str = ""
    ) -> None:
        said = ", ".join(f"{name}={value}" for name, value in arguments.items())
        super().__init__(f"{call} was refused: {words} ({error}({said}))", hint=hint)
        self.call, self.error, self.arguments, self.words = call, error, dict(arguments), words


class TransactionFailed(ChainError):
    """A transaction was mined and failed, and asking again does not say why."""

    hint = "Another transaction may have come first: try again."

    def __init__(self, call: str, hash: str) -> None:
        super().__init__(f"{call} failed when it was mined, in transaction {hash}.")
        self.call, self.hash = call, hash


class TransactionLost(ChainError):
    """A transaction was sent and is not mined in time; it still may be."""

    hint = "It may still be mined. Do the same again to go on waiting: it is not sent twice."

    def __init__(self, call: str, hash: str, seconds: float) -> None:
        super().__init__(f"{call} is not mined after {seconds:.0f} seconds, in transaction {hash}.")
        self.call, self.hash, self.seconds = call, hash, seconds


class NotConfirmed(ChainError):
    """A transaction was mined, and not enough blocks followed it in time."""

    hint = "It is done unless the chain takes it back; do the same again to go on waiting."

    def __init__(self, call: str, hash: str, block: int, has: int, wanted: int) -> None:
        super().__init__(
            f"{call} was mined in block {block}, in transaction {hash}; of {wanted} blocks that"
            f" should hold or follow it there are {has}, and no more come."
        )
        self.call, self.hash, self.block, self.has, self.wanted = call, hash, block, has, wanted


class NonceTaken(ChainError):
    """Another transaction of the same account took the place of one of ours."""

    def __init__(self, call: str, account: str, nonce: int, by: str | None, done: bool) -> None:
        shown = by or "one that the node does not show"
        if by is None:
            said, hint = "seems not to be done", "Look at the account before you do the same again."
        elif done:
            said, hint = "was done, but not by us", "Nothing is left to do."
        else:
            said = "was not done and no longer can be"
            hint = "Do the same again if it is still wanted."
        super().__init__(
            f"{call} {said}: nonce {nonce} of {account} went to another transaction, {shown}.",
            hint=f"Another program sends for this account. {hint}",
        )
        self.call, self.account, self.nonce, self.by, self.done = call, account, nonce, by, done


class AccountBusy(ChainError):
    """Another process sends for the account and does not come to an end."""

    hint = "Wait for the other process, or end it, and do the same again."

    def __init__(self, account: str, folder: object, seconds: float) -> None:
        super().__init__(
            f"Another process has been sending for {account} for {seconds:.0f} seconds ({folder})."
        )
        self.account, self.folder, self.seconds = account, folder, seconds


class OutboxUnusable(ChainError):
    """What is on its way to the chain cannot be noted, or not be read."""

    hint = "Mend it, or name another folder with COMMONROOT_OUTBOX once nothing is on its way."

    def __init__(self, path: object, why: str) -> None:
        super().__init__(f"The notes on sent transactions at {path} cannot be used: {why}.")
        self.path, self.why = path, why


class NoContract(ChainError):
    """No contract of ours stands at an address."""

    hint = "Deploy the contracts with `commonroot deploy`, or use the address book of this chain."

    def __init__(self, name: str, address: str) -> None:
        super().__init__(f"There is no {name} contract of this version at {address}.")
        self.name, self.address = name, address


class DeploymentMismatch(ChainError):
    """Contracts that should know each other do not."""

    hint = "Deploy again, with an account that sends nothing else meanwhile."

    def __init__(self, what: str, expected: str, found: str) -> None:
        super().__init__(f"{what} is {found}; expected {expected}.")
        self.what, self.expected, self.found = what, expected, found


class BadBook(ChainError):
    """An address book cannot be read."""

    hint = "Deploy the contracts with `commonroot deploy`, or copy the book of those who did."

    def __init__(self, path: object, why: str) -> None:
        super().__init__(f"The address book {path} cannot be used: {why}.")
        self.path, self.why = path, why
