"""
The CREATE2 factory that most chains have at one address: what it creates stands where its code says.

It was put on chains by a transaction that nobody holds the key of: the signature was made up, and the
account that it happens to be of has sent nothing else. Whoever gives that account ether can have the
same transaction mined on any chain that takes transactions without a chain id. Nothing else will put
these bytes at this address, so where a chain refuses it, that is said, and nothing is done instead.
"""

from __future__ import annotations

import time
from typing import Any

from web3 import Web3
from web3.exceptions import TransactionNotFound

from commonroot.ledger.border import asking
from commonroot.ledger.errors import ChainError, Reverted, RpcRefused, TransactionFailed
from commonroot.ledger.sender import Sender
from commonroot.protocol.hashing import Address, address_bytes, keccak, to_address

FACTORY = to_address("0x4e59b44847b379578588920ca78fbf26c0b4956c")
MAKER = to_address("0x3fab184622dc19b6109349b94811493bf2a45362")
"""The account that nobody has the key of."""

CODE = bytes.fromhex(
    "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe0"
    "3601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3"
)
PRICE, GAS = 100 * 10**9, 100_000
"""What the presigned transaction pays for a unit of gas, and how many it takes at most."""

COST = PRICE * GAS
SALT = bytes(32)
"""Always the same: what tells deployments apart is their code and their terms."""

# Nonce 0, price, gas, to nobody, no value; twelve bytes that return the code; v, r, s.
PRESIGNED = bytes.fromhex(
    "f8a58085174876e800830186a08080b853604580600e600039806000f350fe"
    + CODE.hex()
    + "1b"
    + "a0"
    + "22" * 32
    + "a0"
    + "22" * 32
)
PATIENCE = 120.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 2.0


class FactoryRefused(ChainError):
    """A chain has no CREATE2 factory and does not take the transaction that puts it there."""

    hint = (
        f"Ask who runs the chain for the factory at {FACTORY}, or name a node with --rpc that takes "
        "transactions without a chain id (geth: --rpc.allow-unprotected-txs)."
    )

    def __init__(self, said: str) -> None:
        super().__init__(
            f"This chain has no CREATE2 factory at {FACTORY}, and does not take the transaction "
            f"that would put it there: {said}."
        )
        self.said = said


class FactoryForeign(ChainError):
    """Something else stands where other chains have the CREATE2 factory."""

    hint = "The contracts cannot have their addresses on this chain: choose another one."

    def __init__(self) -> None:
        super().__init__(f"At {FACTORY} stands a contract that is not the CREATE2 factory.")


class NotShown(ChainError):
    """A contract was created, and the chain does not show it."""

    hint = "Run the same command again: it goes on from what is there."

    def __init__(self, call: str, address: Address, seconds: float) -> None:
        super().__init__(
            f"{call} is done, and {address} is still empty after {seconds:.0f} seconds."
        )
        self.call, self.address, self.seconds = call, address, seconds


def address_of(creation: bytes) -> Address:
    """Return where the factory puts what `creation` creates."""
    hashed = keccak(b"\xff", address_bytes(FACTORY), SALT, keccak(creation))
    return to_address(hashed[12:])


def code_at(web3: Web3, address: Address) -> bytes:
    """Return the code at an address; none where there is no contract."""
    with asking(web3, "eth_getCode"):
        return bytes(web3.eth.get_code(address))


def stands(web3: Web3) -> bool:
    """Say whether a chain has the factory; raise where something else is in its place."""
    code = code_at(web3, FACTORY)
    if code not in (b"", CODE):
        raise FactoryForeign
    return code == CODE


def ensure(sender: Sender, patience: float = PATIENCE) -> None:
    """Put the factory on a chain that lacks it, at the sender's cost; raise if the chain refuses."""
    web3 = sender.web3
    if stands(web3):
        return
    _require_cheap_gas(web3)
    # Before anything is paid: most chains that will not have it say so to an account without ether.
    said = _offer(web3)
    missing = COST - _balance(web3)
    if missing > 0 and not stands(web3):
        if said is not None and not _is_about_money(said):
            raise FactoryRefused(said)
        sender.send("paying for the CREATE2 factory", MAKER, value=missing)
        said = _offer(web3)
    if said is not None and not stands(web3):
        raise FactoryRefused(said)
    _wait(web3, patience)


def put(sender: Sender, call: str, creation: bytes) -> Address:
    """Create a contract through the factory, unless it is there; return where it stands."""
    web3, address = sender.web3, address_of(creation)
    if code_at(web3, address):
        return address
    try:
        sender.send(call, FACTORY, SALT + creation)
    except (Reverted, TransactionFailed):
        # The factory refuses to create twice: another may have been faster.
        if not code_at(web3, address):
            raise
    await_code(web3, call, address)
    return address


def await_code(web3: Web3, call: str, address: Address, patience: float = PATIENCE) -> None:
    """Wait until the chain shows a contract that was created; its RPC address may be that of many nodes."""
    deadline, pause = time.monotonic() + patience, _FIRST_PAUSE
    while not code_at(web3, address):
        if time.monotonic() > deadline:
            raise NotShown(call, address, patience)
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)


def _require_cheap_gas(web3: Web3) -> None:
    with asking(web3, "eth_getBlockByNumber"):
        fee = int(web3.eth.get_block("latest").get("baseFeePerGas", 0))
    if fee > PRICE:
        raise FactoryRefused(
            f"it pays {PRICE / 1e9:.0f} gwei a unit of gas, and the chain asks for {fee / 1e9:.1f} now"
        )


def _balance(web3: Web3) -> int:
    with asking(web3, "eth_getBalance"):
        return int(web3.eth.get_balance(MAKER))


def _offer(web3: Web3) -> str | None:
    """Send the presigned transaction; return what the node says against it, if it does."""
    try:
        with asking(web3, "the CREATE2 factory's transaction"):
            web3.eth.send_raw_transaction(PRESIGNED)
    except RpcRefused as exc:
        known = ("already known", "already imported", "known transaction")
        return None if any(sign in exc.said.lower() for sign in known) else exc.said
    return None


def _is_about_money(said: str) -> bool:
    # Geth and its kin, Nethermind, Besu.
    signs = ("insufficient funds", "insufficientfunds", "upfront")
    return any(sign in said.lower() for sign in signs)


def _wait(web3: Web3, patience: float) -> None:
    deadline, pause = time.monotonic() + patience, _FIRST_PAUSE
    while not stands(web3):
        if _has_failed(web3):
            raise FactoryRefused("it was mined and failed")
        if time.monotonic() > deadline:
            raise FactoryRefused(f"it is not mined after {patience:.0f} seconds")
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)


def _has_failed(web3: Web3) -> bool:
    receipt: Any
    try:
        with asking(web3, "eth_getTransactionReceipt"):
            receipt = web3.eth.get_transaction_receipt(keccak(PRESIGNED))  # type: ignore[arg-type]
    except RpcRefused as exc:
        if isinstance(exc.__cause__, TransactionNotFound):
            return False
        raise
    return bool(receipt["status"] != 1)
