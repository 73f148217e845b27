# SPDX-License-Identifier: AGPL-3.0-or-later
"""New keys in real processes: issued while the node runs, in force after its restart, and the towns pay on."""

from __future__ import annotations

import os
from collections.abc import Callable

from ringtausch_node.keyring.cards import CardFiles
from ringtausch_node.keyring.roots import load_roots
from ringtausch_node.keyring.rotation import Rotation
from tests.processes.towns import Town, befriend, check_books, close_and_verify, ended


def test_keys_change_while_a_node_runs_and_both_towns_pay_on(found: Callable[..., Town]) -> None:
    oak, elm = found("oak"), found("elm")
    for town in (oak, elm):
        town.start()
    befriend(oak, elm)
    oak.pay(elm, 1)
    assert {1: "paid"} == ended(oak, [1])
    elm.kill()
    oak.pay(elm, 2)  # held or queued: nobody answers
    issued = Rotation(oak.folder, load_roots(oak.folder), os.urandom).rotate()
    assert 1 == CardFiles(oak.folder).load().present.number
    oak.kill()  # the hard way: the new card lies in its file, the payment in its table
    for town in (oak, elm):
        town.start()
    assert {1: "paid", 2: "paid"} == ended(oak, [1, 2])
    oak.pay(elm, 3)
    elm.pay(oak, 4)
    assert ({3: "paid"}, {4: "paid"}) == (ended(oak, [3]), ended(elm, [4]))
    assert issued == CardFiles(oak.folder).load().present
    check_books(oak, elm)
    close_and_verify(oak, elm)
