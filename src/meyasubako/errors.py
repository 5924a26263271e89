"""Errors a person can act on: one line naming the input and the reason, and an exit code."""

from __future__ import annotations


class MeyasuError(Exception):
    """Bad input or a state the operator must mend. ``exit_code``: 2 usage, 3 input, 4 storage, 5 unavailable."""

    exit_code = 3

    def __init__(self, subject: str, reason: str) -> None:
        """``subject`` names the input (a path, an option, a table), ``reason`` says what is wrong with it."""
        super().__init__(f"{subject}: {reason}")
        self.subject = subject
        self.reason = reason


class UsageError(MeyasuError):
    """The command was called with values that make no sense together."""

    exit_code = 2


class StorageError(MeyasuError):
    """The data folder, a table or a database refused."""

    exit_code = 4


class UnavailableError(MeyasuError):
    """Something needed is not there: a package, a file of settings, a server."""

    exit_code = 5
