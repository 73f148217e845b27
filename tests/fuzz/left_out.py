# SPDX-License-Identifier: AGPL-3.0-or-later
"""Functions that look like readers of foreign bytes and have no target, each with the reason."""

from __future__ import annotations

from typing import NamedTuple


class LeftOut(NamedTuple):
    """Why; and which, `room.` for all beneath it."""

    why: str
    names: tuple[str, ...]


LEFT_OUT = (
    LeftOut("a command line: what its own operator types, his own files, and his own node's answers", ("node.cli.",)),
    LeftOut("the demo and the tests of other programs: nobody's money or people stand behind them",
            ("node.demo.", "protocol.conformance.")),
    LeftOut("it opens, with bytes or text as names, and reads nothing",
            ("node.entrance.joining.Joining._open", "node.entrance.service.Entrance._open",
             "node.federation.agreement.peering.Peering._open_clearing",
             "node.federation.wire.transport.HttpTransport._open_socket", "node.ledger.service.open_account",
             "node.ledger.service._open_hold", "node.payments.community.Communities.open",
             "node.store.connection._open", "node.web.office.desk._Handlers._open_bills",
             "protocol.bookings.open_booking", "protocol.audit.sources.opening.open_sources",
             "protocol.audit.sources.opening._open")),
    LeftOut("it hands bytes on from a file or a socket, no more than so many, and looks at none of them",
            ("protocol.audit.evidence.tree.LogFiles.read", "protocol.audit.program.kept.KeptFiles.read",
             "protocol.audit.evidence.tree.BrokenFiles.read",
             "protocol.audit.sources.folders.FolderFiles.read", "protocol.audit.sources.web.WebFiles.read",
             "protocol.verifier.findings.read_file", "protocol.verifier.log_folder._read")),
    LeftOut("it writes, or makes a reader when the program starts",
            ("node.backup.archive._write_tar", "node.web.member.receipts.packed",
             "node.api.schemas.FlatDecoder.__init__")),
    LeftOut("what is read is this process's own: its rows, its files, its pipe",
            ("node.federation.frames.notes.Notes._of_decision", "node.federation.orders.read_once.read_passed",
             "node.federation.orders.strangers._read_ahead",
             "node.printing.program.main", "node.upkeep.auditing.Auditing.newest", "node.upkeep.checking._remembered")),
    LeftOut("it asks rooms for the rest, and reads by functions that have targets",
            ("node.backup.restoring._lay_out", "node.control.operations.carry_out",
             "node.federation.agreement.peering.Peering._open_half",
             "node.federation.agreement.standing.Standing.read",
             "node.federation.greeting.hello.Greeter._read_ack", "node.federation.mail.service.Reader.read",
             "node.federation.orders.quotes.Quotes._read",
             "node.members.blocking.Blocking._parse", "node.web.member.payees.Payees.read",
             "node.web.member.payees.Payees._of_link", "node.web.office.slips._Handlers._read",
             "node.web.operator.changing._Handlers._read", "protocol.audit.auditing.audit._read")),
    LeftOut("the caller's own words: where a log that he wants audited lies", ("protocol.audit.sources.web.logs_at",)),
)  # fmt: skip


def is_left_out(name: str) -> bool:
    """Whether a reader stands above."""
    return any(
        name == each or (each.endswith(".") and name.startswith(each)) for left in LEFT_OUT for each in left.names
    )
