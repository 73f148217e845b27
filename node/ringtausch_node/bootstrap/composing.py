# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which service gets what. No rule lives here."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import NamedTuple

from ringtausch_node import booking
from ringtausch_node.bootstrap.ending import Ending, compose_ending
from ringtausch_node.clock import Clock
from ringtausch_node.config import HOUR_SECONDS, Config
from ringtausch_node.entrance import Entrance
from ringtausch_node.entrance.correcting import Correcting
from ringtausch_node.entrance.joining import Joining
from ringtausch_node.entrance.letters import Letters
from ringtausch_node.federation.line.identity import RingIdentity
from ringtausch_node.federation.line.model import LineSettings
from ringtausch_node.federation.line.timekeeping import Timekeeping
from ringtausch_node.federation.service import Federation
from ringtausch_node.federation.wire.transport import Transport
from ringtausch_node.folder import Folder
from ringtausch_node.forgetting import Forgetting, OwnData
from ringtausch_node.ids import Ids
from ringtausch_node.keyring.cards import CardFiles
from ringtausch_node.ledger.model import LimitPolicy
from ringtausch_node.members import Members
from ringtausch_node.payments.accounts import Accounts
from ringtausch_node.payments.community import Communities
from ringtausch_node.payments.doubts import Doubts
from ringtausch_node.payments.invoice_answers import InvoiceAnswers
from ringtausch_node.payments.invoice_letters import InvoiceLetters
from ringtausch_node.payments.invoice_views import InvoiceViews
from ringtausch_node.payments.invoices import Invoices
from ringtausch_node.payments.leaving import Leaving
from ringtausch_node.payments.notes import PaymentNotes
from ringtausch_node.payments.proposals import Proposals
from ringtausch_node.payments.receipts import Receipts
from ringtausch_node.payments.recovered import Recovered
from ringtausch_node.payments.refunds import Refunds
from ringtausch_node.payments.remembering import PaymentMemory
from ringtausch_node.payments.review import Review
from ringtausch_node.payments.service import Payments
from ringtausch_node.payments.slips import Slips
from ringtausch_node.payments.views import PaymentViews
from ringtausch_node.payments.yearly import Yearly
from ringtausch_node.post import Post
from ringtausch_node.post.smtp import SmtpMailer
from ringtausch_node.publishing.service import Publication
from ringtausch_node.ring import Ring
from ringtausch_node.rounds import Rounds
from ringtausch_node.rounds.letters import News
from ringtausch_node.rounds.partners import PartnerNews
from ringtausch_node.rounds.telling import Telling
from ringtausch_node.store import Store
from ringtausch_node.store.lock_database import FolderMarks
from ringtausch_node.translations import speech_of
from ringtausch_node.translog.checkpoints import Checkpoints
from ringtausch_node.upkeep.auditing import Auditing
from ringtausch_node.upkeep.backups import Backups
from ringtausch_node.upkeep.checking import Checking
from ringtausch_node.upkeep.founding import Founding
from ringtausch_node.upkeep.peer_logs import PeerLogs
from ringtausch_node.upkeep.settings import Settings
from ringtausch_node.upkeep.texts import Texts
from ringtausch_node.upkeep.towns import Towns
from ringtausch_node.witnessing.service import Witnessing


def compose(
    folder: Folder, clock: Clock, ids: Ids, identity: RingIdentity, store: Store, transport: Transport,
) -> Ring:  # fmt: skip
    """All services of a ring, not started yet."""
    config = folder.config
    members, timekeeping = Members(store, ids, clock, config.limits, config.address), Timekeeping(store, clock)
    federation = _federation(folder, store, clock, ids, identity, transport, members, timekeeping)
    logs = _logs(folder, clock, ids, store, transport, federation)
    desk = _desk(store, clock, ids, members, federation, _policy(config))
    door = _door(store, clock, ids, members, config)
    accounts = Accounts(store, clock, members, desk.views)
    forgetting = _forgetting(store, clock, ids, members, federation, config)
    care = _care(folder, clock, ids, store, members, federation, logs.checkpoints, transport)
    news = News(speech_of(config.language, config.form_of_address), config, care.towns.of)
    ending = compose_ending(store, clock, federation, PartnerNews(clock, door.post, news).stops)
    return Ring(
        folder=folder, config=config, clock=clock, ids=ids, identity=identity, store=store, members=members,
        federation=federation, timekeeping=timekeeping,
        **ending._asdict(),
        checkpoints=logs.checkpoints, witnessing=logs.witnessing, publication=logs.publication, accounts=accounts,
        rounds=_rounds(store, clock, members, accounts, desk, door.post, forgetting, config, news=news, ending=ending),
        entrance=door.entrance, joining=door.joining, correcting=door.correcting, forgetting=forgetting,
        founding=care.founding, settings=care.settings, texts=care.texts, towns=care.towns, backups=care.backups,
        checking=care.checking, auditing=care.auditing, post=door.post,
        doubts=Doubts(store, clock, ids, members), recovered=Recovered(store, clock, ids, members),
        communities=Communities(store, clock, members),
        review=Review(store, clock, members, config.membership.categories),
        leaving=Leaving(
            store=store, clock=clock, ids=ids, members=members, federation=federation, invoices=desk.answers),
        own_data=_own_data(store, clock, members, door.entrance, accounts, desk.invoices, config),
        yearly=Yearly(store, clock, identity, members, config.time_zone),
        payments=desk.payments, slips=desk.slips, refunds=desk.refunds, notes=desk.notes,
        invoices=desk.invoices, answers=desk.answers,
        proposals=Proposals(store, clock, federation), receipts=Receipts(store, desk.views, logs.checkpoints),
        resources=AsyncExitStack(),
    )  # fmt: skip


def _federation(
    folder: Folder, store: Store, clock: Clock, ids: Ids, identity: RingIdentity, transport: Transport,
    members: Members, timekeeping: Timekeeping,
) -> Federation:  # fmt: skip
    federation = Federation(
        store=store, clock=clock, ids=ids, transport=transport, identity=identity,
        settings=_line_settings(folder.config), policy=_policy(folder.config), payees=members,
        marks=FolderMarks(folder.lock_database), memory=PaymentMemory(), card_files=CardFiles(folder.path),
        timekeeping=timekeeping,
    )  # fmt: skip
    members.life.on_thaw = federation.lines.touch
    return federation


def _policy(config: Config) -> LimitPolicy:
    return LimitPolicy(lower=config.limits.lower_limit, upper=config.limits.upper_limit)


class _Logs(NamedTuple):
    """The ring's own log, signed and shown, and those of others."""

    checkpoints: Checkpoints
    witnessing: Witnessing
    publication: Publication


def _logs(folder: Folder, clock: Clock, ids: Ids, store: Store, transport: Transport, federation: Federation) -> _Logs:
    identity, lines = federation.identity, federation.lines
    witnessing = Witnessing(
        store=store, clock=clock, ids=ids, identity=identity, lines=lines, transport=transport, folder=folder.path,
        suspect=federation.cards.suspect, verify_ready=federation.verify_believed,
        is_old_copy=federation.recovery.declare_old_copy,
    )  # fmt: skip
    checkpoints = Checkpoints(
        store=store, clock=clock, lock=folder.lock_database, ring_id=identity.ring_id,
        signer=identity.checkpoint_signer, verify_ready=federation.recovery.verify_ready,
        ask_others=witnessing.remembered.ask,
    )  # fmt: skip
    store.on_seal(federation.sealer)
    store.on_seal(booking.seal)
    store.on_seal(checkpoints.seal)
    publication = Publication(
        store=store, clock=clock, ids=ids, identity=identity, lines=lines,
        is_open=folder.config.log.entries == "open",
    )  # fmt: skip
    return _Logs(checkpoints, witnessing, publication)


class _Care(NamedTuple):
    """What keeps the ring going."""

    founding: Founding
    settings: Settings
    texts: Texts
    towns: Towns
    backups: Backups
    checking: Checking
    auditing: Auditing


def _care(
    folder: Folder, clock: Clock, ids: Ids, store: Store, members: Members, federation: Federation,
    checkpoints: Checkpoints, transport: Transport,
) -> _Care:  # fmt: skip
    identity = federation.identity
    return _Care(
        Founding(store=store, clock=clock, ids=ids, members=members, url=folder.config.public_url),
        Settings(folder.path, store, members),
        Texts(folder.path, store, members),
        Towns(store, members, federation.lines),
        Backups(
            store=store, clock=clock, ids=ids, folder=folder, ring_id=identity.ring_id,
            sign_log=checkpoints.make_if_serving,
        ),
        Checking(
            store=store, clock=clock, identity=identity, federation=federation, checkpoints=checkpoints,
            folder=folder.path,
        ),
        Auditing(
            store=store, clock=clock, identity=identity, lines=federation.lines, checkpoints=checkpoints,
            logs=PeerLogs(transport, clock, ids, identity), folder=folder.path,
        ),
    )  # fmt: skip


class _Door(NamedTuple):
    """How people come in, and the mail that goes out to them."""

    post: Post
    entrance: Entrance
    joining: Joining
    correcting: Correcting


def _door(store: Store, clock: Clock, ids: Ids, members: Members, config: Config) -> _Door:
    post = _post(store, clock, ids, config)
    letters = Letters(speech_of(config.language, config.form_of_address), config.name, config.public_url)
    return _Door(
        post,
        Entrance(
            store=store, ids=ids, clock=clock, members=members, post=post, letters=letters, address=config.address
        ),
        Joining(
            store=store, clock=clock, members=members, post=post, letters=letters,
            is_open=config.membership.sign_up == "page",
        ),
        Correcting(store, clock, members),
    )  # fmt: skip


def _forgetting(
    store: Store, clock: Clock, ids: Ids, members: Members, federation: Federation, config: Config
) -> Forgetting:  # fmt: skip
    speech = speech_of(config.language, config.form_of_address)
    return Forgetting(store=store, clock=clock, ids=ids, members=members, federation=federation, speech=speech)


def _own_data(
    store: Store, clock: Clock, members: Members, entrance: Entrance, accounts: Accounts, invoices: Invoices,
    config: Config,
) -> OwnData:  # fmt: skip
    return OwnData(
        store=store, clock=clock, members=members, entrance=entrance, accounts=accounts, invoices=invoices,
        address=config.address,
    )  # fmt: skip


def _rounds(
    store: Store, clock: Clock, members: Members, accounts: Accounts, desk: _Desk, post: Post, forgetting: Forgetting,
    config: Config, *, news: News, ending: Ending,
) -> Rounds:  # fmt: skip
    days = config.membership.accept_invoices_after_days
    telling = Telling(clock=clock, members=members, accounts=accounts, post=post, news=news, accept_days=days)
    return Rounds(
        store=store, clock=clock, post=post, answers=desk.answers, telling=telling, forgetting=forgetting,
        accept_days=days, tell_partners=ending.winding_down.tell,
    )  # fmt: skip


def _post(store: Store, clock: Clock, ids: Ids, config: Config) -> Post:
    mail = config.mail
    mailer = SmtpMailer(mail, config.name) if mail.host else None
    return Post(store=store, clock=clock, ids=ids, mailer=mailer, sender=mail.sender or f"ring@{config.address}")


class _Desk(NamedTuple):
    """What members do with payments and invoices."""

    views: PaymentViews
    slips: Slips
    payments: Payments
    refunds: Refunds
    notes: PaymentNotes
    invoices: Invoices
    answers: InvoiceAnswers


def _desk(store: Store, clock: Clock, ids: Ids, members: Members, federation: Federation, policy: LimitPolicy) -> _Desk:
    views = PaymentViews(members, federation)
    of_invoices = InvoiceViews(clock, members, federation, views)
    InvoiceLetters(clock, members, federation).register()
    payments = Payments(
        store=store, clock=clock, ids=ids, members=members, federation=federation, policy=policy, views=views
    )
    slips = Slips(store, views)
    return _Desk(
        views,
        slips,
        payments,
        Refunds(
            store=store, clock=clock, ids=ids, members=members, federation=federation, payments=payments, views=views
        ),
        PaymentNotes(store=store, clock=clock, ids=ids, members=members, federation=federation, views=views),
        Invoices(store=store, clock=clock, ids=ids, members=members, federation=federation, views=of_invoices),
        InvoiceAnswers(
            store=store, clock=clock, ids=ids, members=members, federation=federation, views=of_invoices,
            payments=payments, slips=slips,
        ),
    )  # fmt: skip


def _line_settings(config: Config) -> LineSettings:
    return LineSettings(
        deadline_seconds=config.lines.deadline_hours * HOUR_SECONDS,
        holds_max=config.lines.open_holds,
        limit_in_seconds=config.lines.limit_in_seconds,
        limit_out_seconds=config.lines.limit_out_seconds,
        frames_per_minute=config.lines.frames_per_minute,
        bytes_per_day=config.lines.bytes_per_day,
    )
