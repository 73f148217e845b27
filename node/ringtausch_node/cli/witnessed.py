# SPDX-License-Identifier: AGPL-3.0-or-later
"""What `state` and `log witness` both say of witnesses: how far the log is cosigned, and who accuses this ring."""

from __future__ import annotations

from typing import Any

from ringtausch_node.cli.language import say

#: What `cosigned` takes, as `state` has it.
HOW_FAR = ("cosigned_size", "quorum", "count")


def cosigned(cosigned_size: int | None, quorum: int, count: int) -> str:
    """Up to which entry enough witnesses have cosigned the log."""
    if not count:
        return say("niemand bezeugt es", "nobody witnesses it")
    by = say(f"von {quorum} der {count} Zeugen", f"by {quorum} of {count} witnesses")
    if cosigned_size is None:
        return say(f"noch nicht {by}", f"not yet {by}")
    return say(f"bis Eintrag {cosigned_size} {by}", f"up to entry {cosigned_size} {by}")


def own_forks(forks: list[dict[str, Any]]) -> list[str]:
    """Proofs that this ring itself showed two histories of its log."""
    return [
        say(
            "\nACHTUNG: Ein anderer Ring beweist, dass dieser hier zwei Fassungen seines Protokolls unterschrieben\n"
            "hat. Läuft eine zweite Kopie, halten Sie eine von beiden an; ist dieser Ordner eine alte Kopie:\n"
            f"  ringtausch recover ORDNER --old-copy\nDer Beweis: {each['file']}",
            "\nWARNING: another ring proves that this one signed two versions of its log.\n"
            "If a second copy runs, stop one of them; if this folder is an old copy:\n"
            f"  ringtausch recover FOLDER --old-copy\nThe proof: {each['file']}",
        )
        for each in forks
        if each["is_own"]
    ]
