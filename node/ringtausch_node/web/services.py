# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the pages need of an open ring; `bootstrap.Ring` is one."""

from __future__ import annotations

from typing import Protocol

from ringtausch_node.clock import Clock
from ringtausch_node.config import Config
from ringtausch_node.entrance import Entrance
from ringtausch_node.entrance.joining import Joining
from ringtausch_node.federation.line.timekeeping import Timekeeping
from ringtausch_node.federation.service import Federation
from ringtausch_node.folder import Folder
from ringtausch_node.forgetting import Forgetting, OwnData
from ringtausch_node.ids import Ids
from ringtausch_node.members import Members
from ringtausch_node.payments.accounts import Accounts
from ringtausch_node.payments.community import Communities
from ringtausch_node.payments.doubts import Doubts
from ringtausch_node.payments.invoice_answers import InvoiceAnswers
from ringtausch_node.payments.invoices import Invoices
from ringtausch_node.payments.leaving import Leaving
from ringtausch_node.payments.proposals import Proposals
from ringtausch_node.payments.receipts import Receipts
from ringtausch_node.payments.recovered import Recovered
from ringtausch_node.payments.refunds import Refunds
from ringtausch_node.payments.review import Review
from ringtausch_node.payments.service import Payments
from ringtausch_node.payments.yearly import Yearly
from ringtausch_node.post import Post
from ringtausch_node.store import Store
from ringtausch_node.upkeep.backups import Backups
from ringtausch_node.upkeep.checking import Checking
from ringtausch_node.upkeep.founding import Founding
from ringtausch_node.upkeep.settings import Settings
from ringtausch_node.upkeep.texts import Texts
from ringtausch_node.witnessing.service import Witnessing


class Services(Protocol):
    """One open ring, seen from its pages."""

    @property
    def folder(self) -> Folder:
        """The texts that the ring edits."""
        ...

    @property
    def config(self) -> Config:
        """Its settings."""
        ...

    @property
    def clock(self) -> Clock:
        """For brakes."""
        ...

    @property
    def ids(self) -> Ids:
        """For numbers of payments."""
        ...

    @property
    def store(self) -> Store:
        """For the operator's figures."""
        ...

    @property
    def timekeeping(self) -> Timekeeping:
        """Whether its clock can be believed."""
        ...

    @property
    def members(self) -> Members:
        """Who is signed in."""
        ...

    @property
    def entrance(self) -> Entrance:
        """Coming in."""
        ...

    @property
    def joining(self) -> Joining:
        """Asking to be taken in."""
        ...

    @property
    def founding(self) -> Founding:
        """The first operator."""
        ...

    @property
    def settings(self) -> Settings:
        """What the operator changes."""
        ...

    @property
    def texts(self) -> Texts:
        """What the ring writes itself."""
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
    def witnessing(self) -> Witnessing:
        """Who cosigns the log."""
        ...

    @property
    def accounts(self) -> Accounts:
        """Reading accounts."""
        ...

    @property
    def payments(self) -> Payments:
        """Paying."""
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
    def invoices(self) -> Invoices:
        """Writing and reading invoices."""
        ...

    @property
    def answers(self) -> InvoiceAnswers:
        """Answers to invoices."""
        ...

    @property
    def federation(self) -> Federation:
        """The other rings."""
        ...

    @property
    def proposals(self) -> Proposals:
        """How much two rings might let each other owe."""
        ...

    @property
    def post(self) -> Post:
        """Letters by mail."""
        ...

    @property
    def doubts(self) -> Doubts:
        """Payments that the ring bears."""
        ...

    @property
    def recovered(self) -> Recovered:
        """Hours whose owner the office finds."""
        ...

    @property
    def leaving(self) -> Leaving:
        """Closing accounts."""
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
    def communities(self) -> Communities:
        """The ring's own accounts."""
        ...

    @property
    def review(self) -> Review:
        """What was booked in a month."""
        ...
