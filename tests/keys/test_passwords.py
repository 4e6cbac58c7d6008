"""A password comes from the first source that has one, and never from a file others can read."""

from __future__ import annotations

from pathlib import Path

import pytest

from commonroot.keys.errors import NoPassword, PasswordFileExposed, PasswordFileUnusable
from commonroot.keys.passwords import password_for, read_password


def kept(tmp_path: Path, content: bytes, mode: int = 0o600) -> Path:
    file = tmp_path / "password"
    file.write_bytes(content)
    file.chmod(mode)
    return file


class TestPasswordFor:
    def test_prefers_the_file(self, tmp_path: Path) -> None:
        """
        What a command was told comes before what lies around in the environment.
        """
        file = kept(tmp_path, b"from the file\n")

        assert password_for("ada", {"COMMONROOT_PASSWORD": "x"}, file=file) == "from the file"

    def test_prefers_the_environment_to_asking(self) -> None:
        """
        Nobody is asked for what is known.
        """
        given = password_for("ada", {"COMMONROOT_PASSWORD": "known"}, ask=lambda text: "typed")

        assert given == "known"

    def test_asks_with_the_wallets_name(self) -> None:
        """
        A person is told which wallet the password is for.
        """
        asked: list[str] = []

        def ask(text: str) -> str:
            asked.append(text)
            return "typed"

        assert password_for("ada", {}, ask=ask) == "typed"
        assert asked == ["Password of wallet ada: "]

    def test_says_where_passwords_come_from(self) -> None:
        """
        Without any source the error names all three.
        """
        with pytest.raises(NoPassword, match="Wallet ada needs") as caught:
            password_for("ada", {"COMMONROOT_PASSWORD": ""})
        assert "--password-file" in caught.value.hint and caught.value.exit_status == 2


class TestReadPassword:
    def test_takes_the_first_line(self, tmp_path: Path) -> None:
        """
        The line's end is not part of the password, spaces are.
        """
        assert read_password(kept(tmp_path, b" a b \r\nrest")) == " a b "

    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
    def test_refuses_a_file_others_can_read(self, tmp_path: Path, mode: int) -> None:
        """
        The error says how to close the file.
        """
        with pytest.raises(PasswordFileExposed, match="password") as caught:
            read_password(kept(tmp_path, b"open", mode))
        assert "chmod 600" in caught.value.hint

    @pytest.mark.parametrize("content", [b"", b"\n", b"x" * 2000])
    def test_refuses_a_file_without_a_password(self, tmp_path: Path, content: bytes) -> None:
        """
        An empty or endless line is no password.
        """
        with pytest.raises(PasswordFileUnusable, match="first line"):
            read_password(kept(tmp_path, content))

    def test_refuses_a_missing_file(self, tmp_path: Path) -> None:
        """
        The error names the file.
        """
        with pytest.raises(PasswordFileUnusable, match="nowhere"):
            read_password(tmp_path / "nowhere")
