"""Where a person keeps things: making a home, finding one, and what lies in it."""

from __future__ import annotations

from pathlib import Path

from commonroot.base.errors import SettingsError
from commonroot.base.settings import Settings
from commonroot.ledger.book import load_all


def make(
    home: Path | None, *, rpc: str | None = None, store: str | None = None, book: Path | None = None
) -> Settings:
    """Make a home with the choices given; refuse to change one that is there."""
    settings = Settings.read(home, rpc=rpc, store=store)
    if is_home(settings.home):
        raise SettingsError(
            f"There is a home at {settings.home} already.",
            hint="Its settings.json holds its choices; --home names another place.",
        )
    given = () if book is None else load_all(book)
    # Nobody else's business: what nodes contributed lies in an aggregator's, models in a buyer's.
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    for each in given:
        each.save(book_path(settings))
    # Last, so that a home is one only when it is whole.
    settings.write()
    return settings


def is_home(folder: Path) -> bool:
    """Say whether a folder is somebody's home."""
    return (folder / "settings.json").is_file()


def home_around(path: Path) -> Path | None:
    """Return the nearest home that a file lies in."""
    return next((folder for folder in path.resolve().parents if is_home(folder)), None)


def book_path(settings: Settings) -> Path:
    """Return where a home keeps the contracts' addresses."""
    return settings.home / "book.json"
