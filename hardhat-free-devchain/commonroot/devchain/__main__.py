"""`python -m commonroot.devchain`: the chain without the rest of the project."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from commonroot.devchain.errors import DevchainError
from commonroot.devchain.greeting import ready_line, ready_table, warning
from commonroot.devchain.server import Ready, serve
from commonroot.devchain.settings import Settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a chain until it is told to stop; return the exit status."""
    options = _parser().parse_args(arguments)
    as_json = options.__dict__.pop("json")
    settings = Settings(**vars(options))

    def announce(ready: Ready) -> None:
        print(ready_line(ready) if as_json else ready_table(ready, settings), flush=True)

    if warning(settings):
        print(warning(settings), file=sys.stderr)
    try:
        serve(settings, announce)
    except DevchainError as error:
        print(f"Error: {error}\n{error.hint}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    default = Settings()
    parser = argparse.ArgumentParser(prog="commonroot.devchain", description=__doc__)
    add = parser.add_argument
    add("--host", default=default.host, help="address to listen on")
    add("--port", type=_port, default=default.port, help="port to listen on; 0 for any free one")
    add("--chain-id", type=_positive, default=default.chain_id, help="chain id")
    add("--accounts", type=_accounts, default=default.accounts, help="how many funded accounts")
    add("--balance", type=_natural, default=default.balance, help="ether of each account")
    add("--block-time", type=_seconds, help="mine an empty block after so many idle seconds")
    add("--gas-limit", type=_positive, default=default.gas_limit, help="gas limit of a block")
    add("--state", type=Path, help="folder that keeps the chain")
    add("--json", action="store_true", help="print one line of JSON when ready")
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return number


def _natural(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"{text} is below 0")
    return number


def _accounts(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 1_000:
        raise argparse.ArgumentTypeError(f"{text} is not between 1 and 1000")
    return number


def _seconds(text: str) -> float:
    number = float(text)
    if not 0.01 <= number <= 1e9:
        raise argparse.ArgumentTypeError(f"{text} is not between 0.01 and a billion seconds")
    return number


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number < 2**16:
        raise argparse.ArgumentTypeError(f"{text} is not a port")
    return number


if __name__ == "__main__":
    sys.exit(main())
