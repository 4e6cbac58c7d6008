"""The compiler, forge and anvil come from the lock file, and work without a network."""

from __future__ import annotations

import json
import platform
import subprocess
import threading
from pathlib import Path

import pytest

from commonroot.contracts import compile as compiling
from commonroot.contracts import load, toolchain, warm
from commonroot.contracts.forge import environment, forge


@pytest.fixture(scope="module")
def launcher() -> Path:
    return toolchain.ensure()


class TestLock:
    def test_names_no_place(self) -> None:
        """
        Packages are pinned by their hash, not by where they came from; each has one.
        """
        lock = json.loads((toolchain.ROOT / "package-lock.json").read_text("utf-8"))

        packages = {name: each for name, each in lock["packages"].items() if name}
        assert all(each["integrity"].startswith("sha512-") for each in packages.values())
        assert not any("resolved" in each for each in packages.values())


class TestNative:
    @pytest.mark.parametrize("tool", ["forge", "anvil"])
    def test_finds_an_executable(self, tool: str) -> None:
        """
        forge and anvil say the version that the lock file pins.
        """
        done = subprocess.run(
            [toolchain.native(tool), "--version"], capture_output=True, text=True, check=True
        )

        assert "1.7.1" in done.stdout

    def test_says_which_platform_has_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """
        On another processor the error names it, and what to try.
        """
        monkeypatch.setattr(platform, "machine", lambda: "riscv64")

        with pytest.raises(toolchain.ToolchainMissing, match=r"riscv64.*try again"):
            toolchain.native("forge")


class TestLauncher:
    def test_takes_the_paths_that_forge_gives(self, launcher: Path) -> None:
        """
        Where imports may lie changes nothing: the input carries all sources.
        """
        request = {
            "language": "Solidity",
            "sources": {"A.sol": {"content": "pragma solidity 0.8.37; contract A {}"}},
            "settings": {"outputSelection": {"*": {"*": ["abi"]}}},
        }

        done = subprocess.run(
            [launcher, "--allow-paths", "/a,/b", "--base-path", "/a", "--standard-json"],
            input=json.dumps(request),
            capture_output=True,
            text=True,
            check=True,
        )

        assert json.loads(done.stdout)["contracts"]["A.sol"]["A"]["abi"] == []

    def test_one_fetch_at_a_time(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, launcher: Path
    ) -> None:
        """
        Processes that find nothing there wait for the first one's fetch instead of fetching too.
        """
        fetched = []
        (tmp_path / "package-lock.json").write_text("{}")
        monkeypatch.setattr(toolchain, "_LOCK", tmp_path / "package-lock.json")
        monkeypatch.setattr(toolchain, "_STAMP", tmp_path / "stamp")
        monkeypatch.setattr(toolchain, "_fetch", lambda: fetched.append(threading.get_ident()))

        waiting = [threading.Thread(target=toolchain.ensure) for _ in range(4)]
        for each in waiting:
            each.start()
        for each in waiting:
            each.join()

        assert len(fetched) == 1


class TestWarm:
    REQUEST = json.dumps(
        {
            "language": "Solidity",
            "sources": {"A.sol": {"content": "pragma solidity 0.8.37; contract A { uint256 a; }"}},
            "settings": {"outputSelection": {"*": {"*": ["abi", "evm.bytecode.object"]}}},
        }
    )

    def test_answers_as_the_cold_one_does(self, launcher: Path, tmp_path: Path) -> None:
        """
        A compiler that stays says the same as one that is started, again and again.
        """
        cold = self._ask(launcher)

        with warm.compiler(tmp_path) as solc:
            assert [self._ask(solc).stdout for _ in range(3)] == [cold.stdout] * 3
            version = subprocess.run(
                [solc, "--version"], capture_output=True, text=True, check=True
            )

        assert "evm" in cold.stdout
        assert "0.8.37+commit." in version.stdout

    def test_says_nothing_once_it_is_gone(self, launcher: Path, tmp_path: Path) -> None:
        """
        Without its compiler the launcher fails, and prints no answer.
        """
        with warm.compiler(tmp_path) as solc:
            pass

        done = self._ask(solc)

        assert (done.returncode, done.stdout) == (1, "")

    def _ask(self, solc: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [solc, "--base-path", "/a", "--standard-json"],
            input=self.REQUEST,
            capture_output=True,
            text=True,
            check=False,
        )


class TestForge:
    def test_makes_the_bytes_that_are_deployed(self, tmp_path: Path) -> None:
        """
        What forge tests is what the artifacts hold, byte for byte.
        """
        done = forge(["build", "--out", str(tmp_path / "out"), "--skip", "test"])

        assert done.returncode == 0, done.stderr
        for path in sorted((toolchain.ROOT / "src").glob("*.sol")):
            built = json.loads((tmp_path / "out" / path.name / f"{path.stem}.json").read_text())
            assert built["bytecode"]["object"] == "0x" + load(path.stem).bytecode.hex(), path.stem

    def test_uses_no_settings_from_elsewhere(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """
        A variable that forge would read does not reach it, unless it is given.
        """
        monkeypatch.setenv("FOUNDRY_OPTIMIZER", "false")
        monkeypatch.setenv("ETH_RPC_URL", "http://127.0.0.1:1")
        monkeypatch.setenv("UNTOUCHED", "1")

        found = environment({"FOUNDRY_PROFILE": "mutate"})

        assert "FOUNDRY_OPTIMIZER" not in found
        assert "ETH_RPC_URL" not in found
        assert (found["UNTOUCHED"], found["FOUNDRY_PROFILE"]) == ("1", "mutate")

    def test_tests_are_not_compiled_into_artifacts(self) -> None:
        """
        What lies in the folders of forge's tests makes no artifact.
        """
        folder = compiling.TEST_ARTIFACTS.parent

        assert not list(folder.glob("*.t.sol"))
        assert list(folder.glob("unit/**/*.t.sol"))
