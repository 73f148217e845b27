# SPDX-License-Identifier: Apache-2.0
"""What rings gave to read entries with, and where each goes: to nobody but the ring that it is for."""

from __future__ import annotations

import urllib.parse
from collections.abc import Mapping
from pathlib import Path

from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.roster import Roster
from ringtausch_protocol.verifier.findings import read_file

#: A line of a name and a token for each of a thousand rings.
TOKENS_BYTES = 512 * 1_024


def load_tokens(path: Path | None) -> dict[str, str]:
    """The tokens in a file; none where there is no file. Raises OSError, RemoteError('malformed', 'too_large')."""
    return {} if path is None else parse_tokens(read_file(path, TOKENS_BYTES))


def parse_tokens(data: bytes) -> dict[str, str]:
    """Name -> token: both on each line, the name that of a source, or a ring's address or id.

    Raises RemoteError('malformed').
    """
    rows = [line.split() for line in data.decode(errors="replace").splitlines() if line.strip()]
    if any(len(row) != 2 or not row[1].isascii() for row in rows):
        raise RemoteError("malformed", "file of tokens")
    return {name.rstrip("/"): token for name, token in rows}


def by_rings(tokens: Mapping[str, str], roster: Roster | None) -> dict[str, str]:
    """The tokens, those of rings under the addresses too at which the roster says that their logs lie."""
    rings = () if roster is None else roster.rings
    named = [(ring.url.rstrip("/"), tokens.get(ring.ring_id) or tokens.get(ring.address)) for ring in rings]
    return {**{url: token for url, token in named if token}, **tokens}


def token_for(source: str, tokens: Mapping[str, str]) -> str:
    """The token for a source: by its own name, that of the ring whose log it is, or the ring's address; else none."""
    url = source.rstrip("/")
    ring, _, _ = f"{url}/".rpartition("/log/")
    for name in (url, ring, urllib.parse.urlsplit(url).netloc):
        if name and name in tokens:
            return tokens[name]
    return ""
