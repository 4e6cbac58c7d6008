"""
What can go wrong with learning, as a tree:

* CommonrootError
  + LearningError
    - BadArchitecture     a spec's `architecture` that no net answers to
    - BadLearner          a spec's `learner` that no learner answers to
    - BadTasks            a spec's `tasks` that no source answers to
    - WrongParams         parameters that are not those of the net
"""

from __future__ import annotations

from commonroot.base.errors import CommonrootError


class LearningError(CommonrootError):
    """The base of what can go wrong with learning."""


class BadArchitecture(LearningError):
    """An architecture names a net, or a size, that there is not."""

    hint = 'For example: {"name": "conv4", "filters": 64, "ways": 5, "side": 28}.'


class BadLearner(LearningError):
    """A spec's learner names a method, or a setting, that there is not."""

    hint = 'For example: {"name": "reptile", "inner_lr": "0.001", "iterations": 5}.'


class BadTasks(LearningError):
    """A spec's tasks are of a kind, or a size, that there is not."""

    hint = 'For example: {"name": "few-shot", "ways": 5, "shots": 1}.'


class WrongParams(LearningError):
    """Parameters do not belong to the net."""

    hint = "They were made for another architecture; look at the program's spec."
