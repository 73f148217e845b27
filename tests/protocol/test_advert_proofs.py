# SPDX-License-Identifier: AGPL-3.0-or-later
"""Two adverts of one number convict the ring that signed both; an honest one nobody can convict."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from ringtausch_protocol import advert_proofs, limits
from ringtausch_protocol.errors import RemoteError
from ringtausch_protocol.verifier.program import main
from tests.vectors.advert_proving import advert_of, changed, lies, proof_of
from tests.vectors.cast import EICHE, LINDE


def test_the_program_judges_two_adverts_without_anybodys_keys(tmp_path: Path) -> None:
    path, out = tmp_path / "two.json", io.StringIO()
    path.write_bytes(proof_of(EICHE))
    assert main([str(path), "--json"], out) == 0
    told = json.loads(out.getvalue())
    assert (told["kind"], told["facts"]) == ("adverts", {"fault": "two_adverts", "ring": EICHE.id, "advert": 7})
    assert told["by"] == [EICHE.named(EICHE.frame)[0]]
    for language in ("de", "en"):
        assert main([str(path), "--lang", language], out) == 0
    assert "zwei Aushänge unter einer Nummer" in out.getvalue()


@pytest.mark.parametrize("lie", lies())
def test_what_is_no_proof_is_refused_with_its_code(lie: str) -> None:
    change, code = lies()[lie]
    with pytest.raises(RemoteError) as refused:
        advert_proofs.verify_two_adverts(changed(proof_of(EICHE), change))
    assert refused.value.code == code


def test_nobody_is_accused_by_mistake() -> None:
    said = advert_of(EICHE, 7, LINDE)
    with pytest.raises(RemoteError, match="bad_proof"):
        advert_proofs.prove_two_adverts([EICHE.card.envelope], said, said)


def test_the_longest_adverts_fit_into_a_proof() -> None:
    long = [advert_of(EICHE, 7, *[LINDE] * count) for count in (limits.ADVERT_EDGES_MAX, limits.ADVERT_EDGES_MAX - 1)]
    proof = advert_proofs.prove_two_adverts([EICHE.card.envelope], *long)
    room = limits.ADVERT_PROOF_BYTES - len(proof)
    assert room > (limits.FORK_CARDS_MAX - 1) * len(EICHE.card.envelope)
