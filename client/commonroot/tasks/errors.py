"""
What can go wrong with tasks, as a tree:

* TasksError
  + WrongImages         images that are no set of characters: shape, type, names
  + WrongSize           images of another size than the one asked for
  + TooFewClasses       an episode, or a division, wants more classes than there are
  + TooFewDrawings      an episode wants more drawings of a class than there are
  + SourceUnknown       a word that names no source of characters; exit status 2
  + FileMissing         a data file is not where it was said to be
  + FileCorrupt         a data file is there but cannot be read
"""

from __future__ import annotations

from pathlib import Path

from commonroot.base.errors import CommonrootError


class TasksError(CommonrootError):
    """The base of what can go wrong with tasks and their data."""


class WrongImages(TasksError):
    """An array is not a set of characters."""

    hint = "A set is uint8 of shape [classes, drawings, height, width] with one name a class."


class WrongSize(TasksError):
    """Images do not have the size that was asked for."""

    hint = "Scale the images, or set the architecture's `side` to their size."

    def __init__(self, expected: tuple[int, ...], got: tuple[int, ...]) -> None:
        super().__init__(f"Images of {_by(expected)} were expected; these are {_by(got)}.")
        self.expected, self.got = expected, got


class TooFewClasses(TasksError):
    """There are fewer classes than were asked for."""

    hint = "Ask for fewer ways or parts, or add characters."

    def __init__(self, wanted: int, found: int, what: str = "an episode") -> None:
        super().__init__(f"{wanted} classes are needed for {what}; the set has {found}.")
        self.wanted, self.found = wanted, found


class TooFewDrawings(TasksError):
    """There are fewer drawings of each class than were asked for."""

    hint = "Ask for fewer shots or queries, or add drawings."

    def __init__(self, wanted: int, found: int) -> None:
        super().__init__(f"{wanted} drawings of each class are needed; the set has {found}.")
        self.wanted, self.found = wanted, found


class SourceUnknown(TasksError):
    """A word names no source of characters."""

    hint = (
        "Name drawn:SEED, one of Omniglot's zip archives or a .npz file; `#2/5` behind it takes the"
        " second of five parts."
    )
    exit_status = 2

    def __init__(self, source: str) -> None:
        super().__init__(f"{source!r} is no source of characters.")
        self.source = source


class FileMissing(TasksError):
    """A data file is not there."""

    def __init__(self, path: Path, *, hint: str = "") -> None:
        super().__init__(f"There is no file {path}.", hint=hint)
        self.path = path


class FileCorrupt(TasksError):
    """A data file is there but cannot be read."""

    hint = "Fetch the file again."

    def __init__(self, path: Path, why: str, *, hint: str = "") -> None:
        super().__init__(f"{path} cannot be read: {why}.", hint=hint)
        self.path, self.why = path, why


def _by(sides: tuple[int, ...]) -> str:
    return " × ".join(str(side) for side in sides)
