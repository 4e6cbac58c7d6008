"""
The contracts as running code needs them: their interfaces and their bytecode. Needs no compiler.

* artifacts            load(name) gives what was compiled and committed
* compile              compiles contracts/src again, from a checkout
* toolchain, solc      where the compiler comes from: npm's wasm build, run by the Node of a PyPI wheel
* forge, slither       run the tools that test the contracts and look for known mistakes
* mutate, mutants      ask whether the tests would notice mistakes that are not there
* warm                 keeps a compiler running for them
"""

from commonroot.contracts.artifacts import Artifact, load, names

__all__ = ["Artifact", "load", "names"]
