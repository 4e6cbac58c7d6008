"""What the dev chain's tests share: people who send, a contract, a chain in a process."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from commonroot.devchain.accounts import Account, derive
from commonroot.devchain.chain import Chain
from commonroot.devchain.rpc import answer
from commonroot.devchain.settings import MNEMONIC
from commonroot.devchain.transaction import Transaction, sign

ALICE, BOB, CAROL = derive(MNEMONIC, 3)
NOBODY = Account.of(b"\x07" * 32)
SAMPLE: dict[str, Any] = json.loads((Path(__file__).parent / "sample.json").read_text())
BYTECODE = bytes.fromhex(SAMPLE["bytecode"][2:])
GWEI = 10**9


def draft(**changes: Any) -> Transaction:
    """Return Alice's transfer of one wei to Bob, with changes."""
    usual: dict[str, Any] = {
        "sender": ALICE.address,
        "to": BOB.address,
        "value": 1,
        "gas": 21_000,
        "max_fee_per_gas": 10 * GWEI,
        "max_priority_fee_per_gas": GWEI,
        "chain_id": 31337,
    }
    return Transaction(**(usual | changes))


def signed(sender: Account = ALICE, **changes: Any) -> bytes:
    """Return the bytes of a transfer, signed by its sender."""
    return sign(draft(sender=sender.address, **changes), sender).raw


def rpc(chain: Chain, method: str, *params: Any) -> Any:
    """Return the whole answer of a chain in this process."""
    request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
    return json.loads(answer(chain, json.dumps(request).encode()))


def result(chain: Chain, method: str, *params: Any) -> Any:
    """Return what a chain in this process answers, which must not be an error."""
    answered = rpc(chain, method, *params)
    assert "error" not in answered, answered
    return answered["result"]


def refusal(chain: Chain, method: str, *params: Any) -> tuple[int, str]:
    """Return code and message of what must be an error."""
    error = rpc(chain, method, *params)["error"]
    return error["code"], error["message"]


def run(chain: Chain, sender: Account = ALICE, **changes: Any) -> dict[str, Any]:
    """Send a transaction with the right nonce; return its receipt."""
    changes.setdefault("nonce", chain.next_nonce(sender.address))
    changes.setdefault("gas", 1_000_000)
    sent = result(chain, "eth_sendRawTransaction", "0x" + signed(sender, **changes).hex())
    receipt: dict[str, Any] = result(chain, "eth_getTransactionReceipt", sent)
    return receipt


def deploy(chain: Chain, code: bytes = BYTECODE) -> str:
    """Deploy a contract; return its address."""
    receipt = run(chain, to=b"", value=0, data=code)
    assert receipt["status"] == "0x1"
    address: str = receipt["contractAddress"]
    return address


def installer(runtime: bytes) -> bytes:
    """Return the code that creates a contract with this runtime code."""
    size = len(runtime).to_bytes(2)
    return b"\x61" + size + b"\x80\x60\x0a\x5f\x39\x5f\xf3" + runtime


@dataclass
class Served:
    """A dev chain in a process of its own."""

    process: subprocess.Popen[str]
    ready: dict[str, Any]
    _last: int = field(default=0)

    @property
    def url(self) -> str:
        url: str = self.ready["url"]
        return url

    def post(self, body: bytes, **headers: str) -> tuple[int, bytes, Any]:
        """Return status, body and headers of an HTTP answer."""
        request = urllib.request.Request(self.url, body, headers)
        try:
            with urllib.request.urlopen(request) as answered:
                return answered.status, answered.read(), answered.headers
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read(), error.headers

    def call(self, method: str, *params: Any) -> Any:
        """Return the result of a request."""
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        _, body, _ = self.post(json.dumps(request).encode())
        answered = json.loads(body)
        assert "error" not in answered, answered
        return answered["result"]

    def kill(self) -> None:
        """End the process as a power cut would."""
        self.process.kill()
        self.process.wait()


def command(*options: str) -> list[str]:
    """Return the words that start a dev chain on any free port."""
    return [sys.executable, "-m", "commonroot.devchain", "--port", "0", *options]


@contextmanager
def served(*options: str) -> Iterator[Served]:
    """Start a dev chain, and stop it at the end."""
    with subprocess.Popen(
        command("--json", *options), stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield Served(process, json.loads(process.stdout.readline()))
        finally:
            process.terminate()
            process.wait()
