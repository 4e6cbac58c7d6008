"""One contract of ours at one address: calls, transactions and logs, with our errors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, final

from web3 import Web3
from web3.contract.contract import Contract
from web3.types import LogReceipt

from commonroot.base.errors import UsageError
from commonroot.contracts import load
from commonroot.ledger.border import asking
from commonroot.ledger.sender import Sender, Sent
from commonroot.protocol.hashing import Address, Digest

SPAN = 5_000
"""Blocks that logs are asked for at a time: many nodes refuse more."""


@final
@dataclass(frozen=True, slots=True)
class Log:
    """One event that a contract of ours emitted."""

    name: str
    arguments: Mapping[str, Any]
    block: int
    transaction: Digest
    index: int

    def struct(self, name: str) -> tuple[Any, ...]:
        """Return a struct's fields in the contract's order, however the library hands it over."""
        held = self.arguments[name]
        return tuple(held.values()) if isinstance(held, Mapping) else tuple(held)


@final
@dataclass(frozen=True, slots=True)
class Deployed:
    """A contract, spoken to by one account or, where only to be read, by none."""

    name: str
    contract: Contract
    sender: Sender | None

    @classmethod
    def at(cls, web3: Web3, name: str, address: Address, sender: Sender | None = None) -> Deployed:
        """Return the contract of a name at an address."""
        contract: Any = web3.eth.contract(address=address, abi=load(name).abi)
        return cls(name, contract, sender)

    @property
    def address(self) -> Address:
        """Return where the contract stands."""
        return self.contract.address

    def call(self, function: str, *arguments: Any, block: int | None = None) -> Any:
        """Return what a view says, now or at the end of a block."""
        bound = self.contract.functions[function](*arguments)
        with asking(self.contract.w3, self._title(function)):
            return bound.call(block_identifier="latest" if block is None else block)

    def send(self, function: str, *arguments: Any) -> Sent:
        """Call a function that changes something; return once it is mined."""
        data = self.contract.encode_abi(function, arguments)
        return self.speaker.send(
            self._title(function), self.address, bytes.fromhex(data.removeprefix("0x"))
        )

    def function_of(self, selector: bytes) -> str:
        """Return the name of a function from the four bytes that calls of it begin with."""
        function: Any = self.contract.get_function_by_selector(selector)
        return str(function.fn_name)

    @property
    def speaker(self) -> Sender:
        """Return who sends; raise where the contract is only read."""
        if self.sender is None:
            raise UsageError("This needs an account that signs.", hint="Name a wallet.")
        return self.sender

    def event(self, sent: Sent, name: str) -> Log:
        """Return the event of a name that a transaction of this contract emitted."""
        topic = self._topic(name)
        for log in sent.logs:
            if log["address"] == self.address and log["topics"][0] == topic:
                return self._decoded(name, log)
        raise LookupError(f"Transaction {sent.hash.hex()} emitted no {name}.")

    def logs(
        self,
        name: str,
        first: int,
        last: int | None = None,
        filters: Mapping[str, Any] | None = None,
    ) -> Iterator[Log]:
        """Yield the events of a name in a range of blocks, oldest first."""
        event = self.contract.events[name]()
        with asking(self.contract.w3, self._title(name)):
            end = self.contract.w3.eth.block_number if last is None else last
            for start in range(first, end + 1, SPAN):
                to = min(start + SPAN - 1, end)
                for log in event.get_logs(
                    from_block=start, to_block=to, argument_filters=dict(filters or {})
                ):
                    yield _log(name, log)

    def _decoded(self, name: str, log: LogReceipt) -> Log:
        return _log(name, self.contract.events[name]().process_log(log))

    def _topic(self, name: str) -> bytes:
        return bytes.fromhex(self.contract.events[name]().topic.removeprefix("0x"))

    def _title(self, function: str) -> str:
        return f"{self.name}.{function}"


def _log(name: str, event: Any) -> Log:
    return Log(
        name=name,
        arguments=event["args"],
        block=event["blockNumber"],
        transaction=Digest(bytes(event["transactionHash"])),
        index=event["logIndex"],
    )
