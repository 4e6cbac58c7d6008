"""web3.py works with it as with any node: deploys, sends, calls, filters, understands errors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from eth_account import Account
from tests.devchain.samples import ALICE, SAMPLE, Served
from web3 import HTTPProvider, Web3
from web3.exceptions import (
    ContractCustomError,
    ContractLogicError,
    ContractPanicError,
    TransactionNotFound,
    Web3RPCError,
)
from web3.middleware import SignAndSendRawMiddlewareBuilder


@pytest.fixture(scope="module")
def web3(devchain: Served) -> Iterator[Web3]:
    connected = Web3(HTTPProvider(devchain.url))
    signer = Account.from_key(ALICE.secret)
    connected.middleware_onion.inject(SignAndSendRawMiddlewareBuilder.build(signer), layer=0)
    connected.eth.default_account = signer.address
    yield connected
    provider: Any = connected.provider
    for session in provider._request_session_manager.session_cache._data.values():
        session.close()


@pytest.fixture(scope="module")
def contract(web3: Web3) -> Any:
    factory = web3.eth.contract(abi=SAMPLE["abi"], bytecode=SAMPLE["bytecode"])
    receipt = web3.eth.wait_for_transaction_receipt(factory.constructor().transact())
    return web3.eth.contract(address=receipt["contractAddress"], abi=SAMPLE["abi"])


class TestContract:
    def test_is_deployed_and_used(self, web3: Web3, contract: Any) -> None:
        """
        A signed call changes what a call returns, and its event is read.
        """
        receipt = web3.eth.wait_for_transaction_receipt(
            contract.functions.store(42, b"note").transact()
        )

        assert contract.functions.stored().call() == 42
        (event,) = contract.events.Stored().process_receipt(receipt)
        assert (event["args"]["value"], event["args"]["note"]) == (42, b"note")

    def test_raises_its_own_errors(self, contract: Any) -> None:
        """
        A custom error, a reason and a panic are web3.py's three exceptions, sent or called.
        """
        with pytest.raises(ContractCustomError) as refused:
            contract.functions.store(101, b"").transact()
        with pytest.raises(ContractLogicError, match="unlucky"):
            contract.functions.store(13, b"").call()
        with pytest.raises(ContractPanicError, match="Division by zero"):
            contract.functions.divide(0).call()

        selector = Web3.keccak(text="TooLarge(uint256,uint256)")[:4].hex()
        assert refused.value.data == "0x" + selector + f"{101:064x}{100:064x}"

    def test_is_found_by_its_events(self, web3: Web3, contract: Any) -> None:
        """
        Logs are found by argument, and a filter brings new ones.
        """
        watching = contract.events.Stored().create_filter(from_block="latest")
        web3.eth.wait_for_transaction_receipt(contract.functions.store(77, b"").transact())

        found = contract.events.Stored().get_logs(from_block=0, argument_filters={"value": 77})

        assert [event["args"]["value"] for event in found] == [77]
        assert [event["args"]["value"] for event in watching.get_new_entries()] == [77]


class TestNode:
    def test_is_read_whole(self, web3: Web3) -> None:
        """
        What web3.py asks of a node, it gets: blocks, fees, counts, code.
        """
        block = web3.eth.get_block("latest", full_transactions=True)
        history = web3.eth.fee_history(1, "latest", [50.0])

        assert web3.eth.chain_id == 31337
        assert block["baseFeePerGas"] == history["baseFeePerGas"][0]
        assert web3.eth.max_priority_fee < web3.eth.gas_price
        assert web3.eth.get_transaction_count(web3.eth.accounts[0], "pending") > 0
        assert web3.client_version.startswith("commonroot-devchain/")

    def test_says_what_it_does_not_know(self, web3: Web3) -> None:
        """
        An unknown transaction and an unknown method are web3.py's own exceptions.
        """
        with pytest.raises(TransactionNotFound):
            web3.eth.get_transaction_receipt("0x" + "00" * 32)
        with pytest.raises(Web3RPCError, match="does not exist"):
            web3.manager.request_blocking("eth_nonsense", [])  # type: ignore[arg-type]
