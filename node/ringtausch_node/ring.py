# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an open ring is made of. `bootstrap` puts it together; API, pages and socket take of it what they need."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from ringtausch_node.clock import Clock
from ringtausch_node.config import Config
from ringtausch_node.entrance import Entrance
from ringtausch_node.entrance.correcting import Correcting
from ringtausch_node.entrance.joining import Joining
from ringtausch_node.federation.assigning import Assigning
from ringtausch_node.federation.evidence import EvidenceKept
from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.timekeeping import Timekeeping
from ringtausch_node.federation.service import Federation
from ringtausch_node.federation.winding_down import WindingDown
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
from ringtausch_node.payments.notes import PaymentNotes
from ringtausch_node.payments.proposals import Proposals
from ringtausch_node.payments.receipts import Receipts
from ringtausch_node.payments.recovered import Recovered
from ringtausch_node.payments.refunds import Refunds
from ringtausch_node.payments.review import Review
from ringtausch_node.payments.service import Payments
from ringtausch_node.payments.slips import Slips
from ringtausch_node.payments.yearly import Yearly
from ringtausch_node.post import Post
from ringtausch_node.publishing.service import Publication
from ringtausch_node.rounds import Rounds
from ringtausch_node.store import Store
from ringtausch_node.translog.checkpoints import Checkpoints
from ringtausch_node.upkeep.auditing import Auditing
from ringtausch_node.upkeep.backups import Backups
from ringtausch_node.upkeep.checking import Checking
from ringtausch_node.upkeep.founding import Founding
from ringtausch_node.upkeep.settings import Settings
from ringtausch_node.upkeep.texts import Texts
from ringtausch_node.upkeep.towns import Towns
from ringtausch_node.witnessing.service import Witnessing


@dataclass(frozen=True)
class Ring:
    """One open ring. `federation.start` makes it talk to others; without it payments to them wait in their queue."""

    folder: Folder
    config: Config
    clock: Clock
    ids: Ids
    identity: RingIdentity
    store: Store
    members: Members
    federation: Federation
    winding_down: WindingDown
    evidence: EvidenceKept
    assigning: Assigning
    timekeeping: Timekeeping
    checkpoints: Checkpoints
    witnessing: Witnessing
    publication: Publication
    payments: Payments
    accounts: Accounts
    doubts: Doubts
    slips: Slips
    refunds: Refunds
    notes: PaymentNotes
    receipts: Receipts
    invoices: Invoices
    answers: InvoiceAnswers
    proposals: Proposals
    leaving: Leaving
    forgetting: Forgetting
    own_data: OwnData
    yearly: Yearly
    recovered: Recovered
    communities: Communities
    review: Review
    entrance: Entrance
    joining: Joining
    correcting: Correcting
    founding: Founding
    settings: Settings
    texts: Texts
    towns: Towns
    backups: Backups
    checking: Checking
    auditing: Auditing
    post: Post
    rounds: Rounds
    resources: AsyncExitStack = field(repr=False)

    async def talk(self, beside: frozenset[str] = frozenset()) -> None:
        """Sign the log, talk to other rings, send what waits for people. `beside`: rings of this process."""
        self.checkpoints.start()
        await self.federation.start()
        await self.witnessing.start(beside)
        await self.post.start()
        await self.rounds.start()
        self.federation.netting.start()

    async def fall_silent(self) -> None:
        """Talk to nobody any more."""
        await self.checking.stop()
        await self.auditing.stop()
        await self.federation.netting.stop()
        await self.rounds.stop()
        await self.post.stop()
        await self.witnessing.stop()
        await self.checkpoints.stop()
        await self.federation.stop()

    async def close(self) -> None:
        """Stop talking, finish what waits, close the files, give the lock back. A second call does nothing."""
        await self.resources.aclose()
