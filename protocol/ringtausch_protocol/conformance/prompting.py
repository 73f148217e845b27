# SPDX-License-Identifier: Apache-2.0
"""What the operator of the ring under test is asked for, and where the report goes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from ringtausch_protocol.conformance import claims, texts
from ringtausch_protocol.conformance.rounds import Round
from ringtausch_protocol.conformance.stage import ONWARD, Stage
from ringtausch_protocol.conformance.texts import said
from ringtausch_protocol.verifier.words import Language, Words


class Prompter:
    """Writes in one language, at once."""

    def __init__(self, out: TextIO, language: Language) -> None:
        self._out, self._language = out, language

    def write(self, text: str) -> None:
        """Something that is written already."""
        self._out.write(text)
        self._out.flush()

    def _say(self, text: Words, **values: object) -> str:
        return said(text, self._language, **values)

    def tell_later(self, why: str, seconds: int) -> None:
        """The ring under test has no time just now, or does not answer."""
        self.write(self._say(texts.LATER, why=why, seconds=seconds))

    def tell_clock(self, ahead_seconds: int) -> None:
        """The two machines' clocks differ."""
        if ahead_seconds:
            self.write(self._say(texts.CLOCK, seconds=f"{ahead_seconds:+}"))

    def tell_words(self, stage: Stage, wait_seconds: float) -> None:
        """All that the operator of the ring under test does before the kit goes on; the words last."""
        told = self._say(texts.PREPARE)
        if len(stage.lines) > ONWARD:
            told += self._say(texts.CARRY)
            told += "".join(f"    {line.ring.address}\n" for line in (stage.main, stage.lines[ONWARD]))
        told += self._payees(stage)
        told += self._say(texts.CONFIRM, seconds=round(wait_seconds))
        told += "".join(f"  {line.ring.address}: {' '.join(line.words)}\n" for line in stage.lines if line.is_agreed)
        self.write(f"{told}\n")

    def _payees(self, stage: Stage) -> str:
        """Who must be a member, and what is not judged for want of one."""
        if not stage.payee:
            return self._say(texts.NO_PAYEE)
        named = [self._say(texts.PAYEE, payee=each) for each in (stage.payee, stage.second_payee) if each]
        return "".join(named) + ("" if stage.second_payee else self._say(texts.NO_SECOND))

    def tell_agreement(self, wanted: Sequence[Round]) -> None:
        """The assignments to which the operator agrees."""
        told = self._say(texts.AGREE, seconds=claims.SECONDS)
        for each in wanted:
            names = {"leaver": each.first.ring.address, "other": each.third.ring.address}
            told += self._say(texts.GIVES_UP, **names)
        self.write(f"{told}\n")

    def tell_stop(self) -> None:
        """The operator says that the ring stops."""
        self.write(self._say(texts.STOP))

    def write_report(self, path: Path, data: bytes) -> None:
        """Into its file, or where that cannot be, after all else."""
        try:
            path.write_bytes(data)
        except OSError as error:
            self.write(self._say(texts.NOT_WRITTEN, value=path, reason=error.strerror))
            self.write(f"{data.decode()}\n")
