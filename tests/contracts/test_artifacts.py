"""What is committed is what the sources compile to, and fits on a chain."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from commonroot.contracts import compile as compiling
from commonroot.contracts import load, names, toolchain
from commonroot.contracts.compile import CompilationFailed

NAMES = names()


@pytest.fixture(scope="module")
def launcher() -> Path:
    return toolchain.ensure()


class TestArtifacts:
    def test_are_what_the_sources_compile_to(self, launcher: Path) -> None:
        """
        Compiled again, every artifact has the same bytes, and none is there without its contract.
        """
        wanted = compiling.compile_all()

        folders = (compiling.ARTIFACTS, compiling.TEST_ARTIFACTS)
        there = {path for folder in folders for path in folder.glob("*.json")}
        assert there == set(wanted)
        changed = [path.name for path, text in wanted.items() if path.read_text() != text]
        assert changed == [], "run `python -m commonroot.contracts.compile` and commit"

    @pytest.mark.parametrize("name", NAMES)
    def test_fit_on_a_chain(self, name: str) -> None:
        """
        No contract has more code than a chain admits.
        """
        assert 0 < len(load(name).deployed) <= 24_576

    @pytest.mark.parametrize("name", NAMES)
    def test_name_no_machine(self, name: str) -> None:
        """
        An artifact says nothing about where it was made.
        """
        text = (compiling.ARTIFACTS / f"{name}.json").read_text()

        assert str(toolchain.ROOT) not in text
        assert set(json.loads(text)) == {"abi", "bytecode", "deployed", "immutables"}

    def test_tell_their_code_from_any_other(self) -> None:
        """
        What stands on chain is recognized whatever its immutables are, and nothing else is.
        """
        artifact = load("Models")
        code = bytearray(artifact.deployed)
        start, length = artifact.immutables[0]
        code[start : start + length] = b"\xff" * length

        assert artifact.fits(bytes(code))
        code[0] ^= 1
        assert not artifact.fits(bytes(code))
        assert not artifact.fits(bytes(code)[:-1])


class TestSolc:
    def test_says_its_version(self, launcher: Path) -> None:
        """
        The launcher speaks as py-solc-x expects: a version with its commit, and no more.
        """
        done = subprocess.run([launcher, "--version"], capture_output=True, text=True, check=True)

        assert "Version: 0.8.37+commit." in done.stdout

    def test_refuses_what_it_does_not_speak(self, launcher: Path) -> None:
        """
        Other options are a misuse, status 2.
        """
        done = subprocess.run([launcher, "--asm"], capture_output=True, text=True, check=False)

        assert (done.returncode, done.stdout) == (2, "")

    def test_failures_are_told(
        self, launcher: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """
        What does not compile is an error with the compiler's words; so is a warning about our own.
        """
        (tmp_path / "src").mkdir()
        (tmp_path / "test").mkdir()
        monkeypatch.setattr(compiling, "ROOT", tmp_path)
        header = "// SPDX-License-Identifier: Apache-2.0\npragma solidity 0.8.37;\n"
        source = tmp_path / "src" / "Broken.sol"
        for body, said in (
            ("contract Broken { nonsense }", "Expected"),
            ("contract Broken { function f() external { uint256 a; } }", "Unused local variable"),
        ):
            source.write_text(header + body)

            with pytest.raises(CompilationFailed, match=said):
                compiling.compile_all()


class TestToolchain:
    def test_does_nothing_the_second_time(
        self, launcher: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        What the lock file names is there: npm is not asked again.
        """

        def never() -> None:
            raise AssertionError("npm was asked")

        monkeypatch.setattr(toolchain, "_fetch", never)

        assert toolchain.ensure() == launcher

    def test_says_where_it_works(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """
        An installed package has no sources: only a checkout compiles.
        """
        monkeypatch.setattr(toolchain, "_LOCK", tmp_path / "package-lock.json")

        with pytest.raises(toolchain.ToolchainMissing, match="in a checkout"):
            toolchain.ensure()
