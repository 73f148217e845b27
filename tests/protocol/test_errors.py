# SPDX-License-Identifier: AGPL-3.0-or-later
"""Errors say their code first, then what helps a developer, and survive being copied."""

from __future__ import annotations

import copy

import pytest

from ringtausch_protocol.errors import LocalError, RemoteError, RingtauschError


@pytest.mark.parametrize("kind", [LocalError, RemoteError])
def test_an_error_shows_its_code_and_detail(kind: type[RingtauschError]) -> None:
    error = kind("too_large", "17 bytes")

    assert ("too_large", "17 bytes", "too_large: 17 bytes") == (error.code, error.detail, str(error))


def test_an_error_without_detail_shows_its_code_alone() -> None:
    assert "bad_signature" == str(RemoteError("bad_signature"))


def test_the_two_families_are_kept_apart() -> None:
    assert not issubclass(LocalError, RemoteError)
    assert not issubclass(RemoteError, LocalError)


def test_an_error_survives_being_copied() -> None:
    copied = copy.deepcopy(RemoteError("gap", "seq 7"))

    assert (RemoteError, "gap", "seq 7") == (type(copied), copied.code, copied.detail)
