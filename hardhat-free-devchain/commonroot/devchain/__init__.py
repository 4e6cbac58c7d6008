"""A chain to develop and test on: an Ethereum node in one process, reached over JSON-RPC."""

from commonroot.devchain.errors import DevchainError as DevchainError
from commonroot.devchain.settings import Settings as Settings
