# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the operator's operations need of an open ring; `bootstrap.Ring` is one."""

from __future__ import annotations

from typing import Protocol

from ringtausch_node.clock import Clock
from ringtausch_node.config import Config
from ringtausch_node.entrance import Entrance
from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.timekeeping import Timekeeping
from ringtausch_node.federation.service import Federation
from ringtausch_node.folder import Folder
from ringtausch_node.forgetting import Forgetting, OwnData
from ringtausch_node.members import Members
from ringtausch_node.payments.doubts import Doubts
from ringtausch_node.payments.invoice_answers import InvoiceAnswers
from ringtausch_node.payments.invoices import Invoices
from ringtausch_node.payments.leaving import Leaving
from ringtausch_node.payments.notes import PaymentNotes
from ringtausch_node.payments.proposals import Proposals
from ringtausch_node.payments.receipts import Receipts
from ringtausch_node.payments.recovered import Recovered
from ringtausch_node.payments.refunds import Refunds
from ringtausch_node.payments.service import Payments
from ringtausch_node.payments.yearly import Yearly
from ringtausch_node.publishing.service import Publication
from ringtausch_node.store import Store
from ringtausch_node.translog.checkpoints import Checkpoints
from ringtausch_node.upkeep.backups import Backups
from ringtausch_node.upkeep.checking import Checking
from ringtausch_node.upkeep.founding import Founding
from ringtausch_node.witnessing.service import Witnessing


class OpenRing(Protocol):
    """One open ring, seen from the control socket."""

    @property
    def folder(self) -> Folder:
        """Where it lies."""
        ...

    @property
    def config(self) -> Config:
        """Its settings."""
        ...

    @property
    def clock(self) -> Clock:
        """Its time."""
        ...

    @property
    def timekeeping(self) -> Timekeeping:
        """Whether its clock can be believed."""
        ...

    @property
    def identity(self) -> RingIdentity:
        """Who it is."""
        ...

    @property
    def store(self) -> Store:
        """Its database."""
        ...

    @property
    def checkpoints(self) -> Checkpoints:
        """The signed heads of its log."""
        ...

    @property
    def publication(self) -> Publication:
        """Its log as others read it."""
        ...

    @property
    def witnessing(self) -> Witnessing:
        """Its witnesses, and the logs that it watches."""
        ...

    @property
    def members(self) -> Members:
        """Its members."""
        ...

    @property
    def entrance(self) -> Entrance:
        """How people come in to the pages."""
        ...

    @property
    def founding(self) -> Founding:
        """Its first operator."""
        ...

    @property
    def backups(self) -> Backups:
        """Files that hold the whole ring."""
        ...

    @property
    def checking(self) -> Checking:
        """Recomputing everything."""
        ...

    @property
    def payments(self) -> Payments:
        """Its payments."""
        ...

    @property
    def doubts(self) -> Doubts:
        """Payments that the ring bears."""
        ...

    @property
    def invoices(self) -> Invoices:
        """Writing and reading invoices."""
        ...

    @property
    def answers(self) -> InvoiceAnswers:
        """Paying, declining, taking back."""
        ...

    @property
    def notes(self) -> PaymentNotes:
        """Notes beside payments."""
        ...

    @property
    def receipts(self) -> Receipts:
        """What proves payments to strangers."""
        ...

    @property
    def refunds(self) -> Refunds:
        """Giving back."""
        ...

    @property
    def recovered(self) -> Recovered:
        """Hours that wait on `recovered`."""
        ...

    @property
    def proposals(self) -> Proposals:
        """Limits that might be agreed on."""
        ...

    @property
    def leaving(self) -> Leaving:
        """Leaving with an account at zero."""
        ...

    @property
    def forgetting(self) -> Forgetting:
        """Erasing who left."""
        ...

    @property
    def yearly(self) -> Yearly:
        """The figures of its years."""
        ...

    @property
    def own_data(self) -> OwnData:
        """All about one member."""
        ...

    @property
    def federation(self) -> Federation:
        """Its lines to other rings."""
        ...
