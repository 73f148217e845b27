# SPDX-License-Identifier: Apache-2.0
"""The two families of errors: we were used wrongly, or what came from outside is unusable.

Each error has a stable code (`codes.CODES`) from which edges make a status and words. `detail` helps a developer; it
is English and never holds personal data or keys.
"""

from __future__ import annotations


class RingtauschError(Exception):
    """Base of both families. `code` is stable; `detail` is for developers; `figures` have names, for programs."""

    def __init__(self, code: str, detail: str = "", **figures: int) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail
        self.figures = figures

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}" if self.detail else self.code


class LocalError(RingtauschError):
    """We were used wrongly: by a caller, a member, an operator."""


class RemoteError(RingtauschError):
    """Bytes or behaviour from outside cannot be used."""
