"""SQLAlchemy Core tables, private to this room."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import Dialect

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Utc(sa.types.TypeDecorator[dt.datetime]):
    """An aware moment, kept in UTC; SQLite has no zones, so it is stored naive there and made aware again."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a stamp without a zone: {value}")
        value = value.astimezone(dt.UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


def _id() -> sa.Column[int]:
    # SQLite gives AUTOINCREMENT only to INTEGER; ids of arrivals and cases must never be used twice.
    return sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True)


def _ref(name: str, target: str, **more: Any) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer, "sqlite"), sa.ForeignKey(target), **more)


people = sa.Table(
    "people",
    metadata,
    _id(),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("email", sa.Text, nullable=False, unique=True),
    sqlite_autoincrement=True,
)

roles = sa.Table(
    "roles",
    metadata,
    _id(),
    _ref("person_id", "people.id", nullable=False),
    sa.Column("namnd", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("valid_from", sa.Date, nullable=False),
    sa.Column("valid_to", sa.Date),
    sa.Column("unit", sa.Text),
    sa.UniqueConstraint("person_id", "namnd", "role", "valid_from"),
    sqlite_autoincrement=True,
)

series = sa.Table(
    "series",
    metadata,
    sa.Column("namnd", sa.Text, primary_key=True),
    sa.Column("from_year", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("prefix", sa.Text, nullable=False),
    sa.Column("template", sa.Text, nullable=False),
    sa.Column("first_number", sa.Integer, nullable=False),
)

# One row per namnd and year; taken last in the transaction, so that numbers have no gap and the lock is short.
counters = sa.Table(
    "counters",
    metadata,
    sa.Column("namnd", sa.Text, primary_key=True),
    sa.Column("year", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("last", sa.Integer, nullable=False),
)

cases = sa.Table(
    "cases",
    metadata,
    _id(),
    sa.Column("namnd", sa.Text, nullable=False),
    sa.Column("dnr", sa.Text),
    sa.Column("year", sa.Integer),
    sa.Column("number", sa.Integer),
    sa.Column("dnr_key", sa.Text),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("matter", sa.Text),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("title_key", sa.Text, nullable=False),
    sa.Column("sender", sa.Text),
    sa.Column("secret", sa.Boolean, nullable=False),
    sa.Column("inkommen_at", Utc, nullable=False),
    sa.Column("registered_at", Utc, nullable=False),
    sa.Column("raised", sa.Date),
    sa.Column("raised_which", sa.Text),
    sa.Column("motionarer", sa.JSON, nullable=False),
    _ref("handlaggare_id", "people.id"),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("note", sa.Text),
    sa.Column("waiting_for", sa.Text),
    sa.Column("paused_until", sa.Date),
    # The nearest of its active deadlines, for the order of lists; triggers on the deadlines keep it.
    sa.Column("next_day", sa.Date),
    sa.UniqueConstraint("namnd", "dnr"),
    sa.UniqueConstraint("namnd", "dnr_key"),
    sa.UniqueConstraint("namnd", "year", "number"),
    sa.Index("ix_cases_namnd_state_id", "namnd", "state", "id"),
    sa.Index("ix_cases_namnd_state_handlaggare_id", "namnd", "state", "handlaggare_id"),
    sa.Index("ix_cases_namnd_inkommen_at", "namnd", "inkommen_at"),
    sqlite_autoincrement=True,
)

# A day to order by where a case has none: after all others. Written out, or no index would be found by it.
next_or_never = sa.func.coalesce(cases.c.next_day, sa.literal_column("'9999-12-31'"))
# The orders of a list, each as an index; what is secret stands last where its place would tell something.
sa.Index("ix_cases_by_day", cases.c.namnd, cases.c.state, cases.c.secret, next_or_never, cases.c.id.desc())
sa.Index("ix_cases_by_number", cases.c.namnd, cases.c.state, cases.c.year, cases.c.number, cases.c.id)
sa.Index("ix_cases_by_came", cases.c.namnd, cases.c.state, cases.c.inkommen_at, cases.c.id)
# Cases that somebody else has: few.
sa.Index(
    "ix_cases_waiting_for",
    cases.c.namnd,
    cases.c.state,
    sqlite_where=cases.c.waiting_for.is_not(None),
    postgresql_where=cases.c.waiting_for.is_not(None),
)

# What each case is found by: words and marks with spaces between, see `storage.words`. On SQLite triggers carry it over to
# the index `search_index` (FTS5), on PostgreSQL an index over it as a vector does the same.
search = sa.Table(
    "search",
    metadata,
    _ref("case_id", "cases.id", primary_key=True, autoincrement=False),
    sa.Column("words", sa.Text, nullable=False),
)
WORDS_VECTOR: sa.ColumnElement[Any] = sa.func.array_to_tsvector(
    sa.func.string_to_array(search.c.words, sa.literal_column("' '"))
)
sa.Index("ix_search_words", WORDS_VECTOR, postgresql_using="gin").ddl_if(dialect="postgresql")

arrivals = sa.Table(
    "arrivals",
    metadata,
    _id(),
    sa.Column("namnd", sa.Text, nullable=False),
    sa.Column("mailbox_key", sa.Text, nullable=False),
    sa.Column("raw_sha256", sa.Text, nullable=False),
    sa.Column("received_at", Utc, nullable=False),
    sa.Column("seen_at", Utc, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reference", sa.Text, nullable=False),
    sa.Column("folder", sa.Text),
    sa.Column("moved_at", Utc),
    sa.Column("message_id", sa.Text),
    sa.Column("fingerprint", sa.Text),
    _ref("case_id", "cases.id"),
    sa.Column("document_id", sa.BigInteger().with_variant(sa.Integer, "sqlite")),
    sa.Column("reading", sa.JSON),
    sa.Column("reasons", sa.JSON, nullable=False),
    sa.Column("questions", sa.JSON, nullable=False),
    _ref("proposed_case_id", "cases.id"),
    sa.Column("confirmed_at", Utc),
    sa.Column("decided_by", sa.Text),
    sa.Column("decided_at", Utc),
    sa.Column("note", sa.Text),
    # The author's address, for rules; empty of what is secret.
    sa.Column("sender", sa.Text),
    sa.UniqueConstraint("namnd", "mailbox_key"),
    sa.Index("ix_arrivals_namnd_state_id", "namnd", "state", "id"),
    sa.Index("ix_arrivals_namnd_message_id", "namnd", "message_id"),
    sa.Index("ix_arrivals_namnd_fingerprint", "namnd", "fingerprint"),
    sa.Index("ix_arrivals_namnd_sender", "namnd", "sender"),
    sa.Index("ix_arrivals_raw_sha256", "raw_sha256"),
    sa.Index("ix_arrivals_namnd_received_at", "namnd", "received_at"),
    sa.Index("ix_arrivals_case_id", "case_id"),
    sqlite_autoincrement=True,
)

# Letters that wait for a person: few, asked for on every page.
WAITS = (
    "state IN ('review', 'secret') "
    "OR state = 'registered' AND confirmed_at IS NULL AND json_array_length(questions) > 0"
)
sa.Index(
    "ix_arrivals_waiting",
    arrivals.c.namnd,
    arrivals.c.state,
    sqlite_where=sa.text(WAITS),
    postgresql_where=sa.text(WAITS),
)

# Letters not yet moved in the mailbox: few, asked for at every round.
sa.Index(
    "ix_arrivals_unmoved",
    arrivals.c.namnd,
    sqlite_where=arrivals.c.moved_at.is_(None),
    postgresql_where=arrivals.c.moved_at.is_(None),
)

documents = sa.Table(
    "documents",
    metadata,
    _id(),
    _ref("case_id", "cases.id", nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    _ref("arrival_id", "arrivals.id"),
    sa.Column("attachment", sa.Boolean, nullable=False),
    sa.Column("direction", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("party", sa.Text),
    sa.Column("dated", sa.Date),
    sa.Column("inkommen_at", Utc),
    sa.Column("registered_at", Utc, nullable=False),
    sa.Column("sha256", sa.Text),
    sa.Column("media_type", sa.Text, nullable=False),
    sa.Column("file_name", sa.Text, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("pages", sa.Integer),
    sa.Column("makulerad", sa.Boolean, nullable=False),
    sa.UniqueConstraint("case_id", "number"),
    sa.Index("ix_documents_sha256", "sha256"),
    sa.Index("ix_documents_arrival_id", "arrival_id"),
    sa.Index("ix_documents_inkommen_at", "inkommen_at"),
    sa.Index("ix_documents_registered_at", "registered_at"),
    sqlite_autoincrement=True,
)

external_numbers = sa.Table(
    "external_numbers",
    metadata,
    _id(),
    _ref("case_id", "cases.id", nullable=False),
    sa.Column("raw", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.UniqueConstraint("case_id", "key"),
    sa.Index("ix_external_numbers_key", "key"),
    sqlite_autoincrement=True,
)

deadlines = sa.Table(
    "deadlines",
    metadata,
    _id(),
    _ref("case_id", "cases.id", nullable=False),
    _ref("document_id", "documents.id"),
    sa.Column("date", sa.Date),
    sa.Column("text", sa.Text),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("clock", sa.Text, nullable=False),
    sa.Column("sentence", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("moved_from", sa.Date),
    sa.Column("confirmed_by", sa.Text),
    sa.Column("look_on", sa.Date),
    sa.Index("ix_deadlines_case_id", "case_id"),
    sqlite_autoincrement=True,
)

findings = sa.Table(
    "findings",
    metadata,
    _id(),
    _ref("arrival_id", "arrivals.id", nullable=False),
    sa.Column("field", sa.Text, nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("certainty", sa.Float, nullable=False),
    sa.Column("sentence", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("confirmed_by", sa.Text),
    sa.Column("corrected_to", sa.Text),
    sa.Index("ix_findings_arrival_id", "arrival_id"),
    sqlite_autoincrement=True,
)

demands = sa.Table(
    "demands",
    metadata,
    _id(),
    _ref("case_id", "cases.id", nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text),
    # As the letter has it, where a person has put the words right: the same letter again is known by it.
    sa.Column("read_as", sa.Text),
    sa.Column("struck", sa.Boolean, nullable=False, server_default=sa.false()),
    # A recommendation is followed until it is done, also after the answer has gone.
    sa.Column("measure", sa.Text),
    sa.Column("responsible_id", sa.BigInteger().with_variant(sa.Integer, "sqlite")),
    sa.Column("due", sa.Date),
    sa.Column("state", sa.Text),
    sa.Column("waits_for", sa.Text),
    sa.Column("done_on", sa.Date),
    sa.UniqueConstraint("case_id", "position"),
    sqlite_autoincrement=True,
)

decisions = sa.Table(
    "decisions",
    metadata,
    _id(),
    _ref("case_id", "cases.id", nullable=False),
    _ref("document_id", "documents.id"),
    sa.Column("body", sa.Text),
    sa.Column("date", sa.Date),
    sa.Column("paragraph", sa.Text),
    sa.Column("outcome", sa.Text),
    sa.Column("is_proposal", sa.Boolean, nullable=False),
    sa.Index("ix_decisions_case_id", "case_id"),
    sqlite_autoincrement=True,
)

# A body's meetings; namnd is empty for those of the whole municipality (KS and its arbetsutskott, KF).
meetings = sa.Table(
    "meetings",
    metadata,
    _id(),
    sa.Column("namnd", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("stop", sa.Date),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("moved_from", sa.Date),
    sa.UniqueConstraint("namnd", "body", "day"),
    sqlite_autoincrement=True,
)

# The steps of a case: planned is the last day for it by the plan, met_on the day that it was done.
milestones = sa.Table(
    "milestones",
    metadata,
    _id(),
    _ref("case_id", "cases.id", nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("met_on", sa.Date),
    _ref("document_id", "documents.id"),
    sa.Column("planned", sa.Date),
    sa.Column("meeting_id", sa.BigInteger().with_variant(sa.Integer, "sqlite")),
    sa.Column("why", sa.Text),
    sa.Column("look_on", sa.Date),
    sa.UniqueConstraint("case_id", "kind"),
    sa.Index("ix_milestones_meeting_id", "meeting_id"),
    sqlite_autoincrement=True,
)

# Steps that are still to be done, by day: few beside those that are done.
sa.Index(
    "ix_milestones_ahead",
    milestones.c.planned,
    sqlite_where=milestones.c.met_on.is_(None),
    postgresql_where=milestones.c.met_on.is_(None),
)

# How a case's plan stands; its steps are the case's milestones.
plans = sa.Table(
    "plans",
    metadata,
    _ref("case_id", "cases.id", primary_key=True, autoincrement=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("target", sa.Date, nullable=False),
    sa.Column("deadline_id", sa.BigInteger().with_variant(sa.Integer, "sqlite")),
    sa.Column("ends", sa.Date),
    sa.Column("lost", sa.JSON, nullable=False),
    sa.Column("assumed", sa.JSON, nullable=False),
    sa.Column("made_on", sa.Date, nullable=False),
    # The first day on which it may stand otherwise if nothing happens: then it is looked at anew.
    sa.Column("review_on", sa.Date),
    # What people are still to be told of it: "lost", or "meeting" and its id.
    sa.Column("news", sa.JSON, nullable=False),
    sa.Column("told", sa.Boolean, nullable=False),
    sa.Index("ix_plans_review_on", "review_on"),
)

sa.Index(
    "ix_plans_untold",
    plans.c.case_id,
    sqlite_where=plans.c.told.is_(False),
    postgresql_where=plans.c.told.is_(False),
)

notices = sa.Table(
    "notices",
    metadata,
    _id(),
    sa.Column("key", sa.Text, nullable=False, unique=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("namnd", sa.Text, nullable=False),
    _ref("case_id", "cases.id"),
    _ref("arrival_id", "arrivals.id"),
    _ref("person_id", "people.id"),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("data", sa.JSON, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("next_try_at", Utc, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("message_id", sa.Text, nullable=False),
    sa.Column("claimed_by", sa.Text),
    sa.Column("claimed_until", Utc),
    sa.Column("token", sa.Integer, nullable=False),
    sa.Column("error", sa.Text),
    sa.Column("sent_at", Utc),
    sa.Column("evidence", sa.Text),  # what the server said when it took the message
    sa.Column("bounced_at", Utc),
    sa.Column("bounce", sa.Text),
    sa.Column("channel", sa.Text, nullable=False, server_default="mail"),
    sa.Column("fell_back", sa.Text),  # why it goes by mail, where a chat was meant
    sa.Column("sent_as", sa.JSON),  # hashes of each form it was sent in: a copy that comes to us is known by them
    sa.Index("ix_notices_state_next_try_at", "state", "next_try_at"),
    sa.Index("ix_notices_message_id", "message_id"),
    sqlite_autoincrement=True,
)

# Messages that came back: few, asked for on every page.
sa.Index(
    "ix_notices_bounced",
    notices.c.address,
    sqlite_where=notices.c.bounced_at.is_not(None),
    postgresql_where=notices.c.bounced_at.is_not(None),
)

# Whose account in a chat service a person has: by the directory's id, never by name or address.
chat_people = sa.Table(
    "chat_people",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("object_id", sa.Text, primary_key=True),
    _ref("person_id", "people.id", nullable=False),
    sa.Column("how", sa.Text, nullable=False),
    sa.Column("since", Utc, nullable=False),
    sa.UniqueConstraint("tenant", "person_id"),
)

# A code that was mailed to a person, to be written by the account that asked for it; only its hash is kept.
chat_codes = sa.Table(
    "chat_codes",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("object_id", sa.Text, primary_key=True),
    _ref("person_id", "people.id", nullable=False),
    sa.Column("code_hash", sa.Text, nullable=False),
    sa.Column("expires_at", Utc, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
)

# Where people can be spoken to; object_id is whose a personal chat is. A chat that we were taken from is gone.
chats = sa.Table(
    "chats",
    metadata,
    _id(),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("chat_id", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("object_id", sa.Text, nullable=False),
    sa.Column("address", sa.JSON, nullable=False),
    sa.Column("seen_at", Utc, nullable=False),
    sa.Column("gone_at", Utc),
    sa.UniqueConstraint("tenant", "chat_id"),
    sa.Index("ix_chats_tenant_object_id", "tenant", "object_id"),
    sqlite_autoincrement=True,
)

# Cards that people have before them, until they say how it ended.
cards = sa.Table(
    "cards",
    metadata,
    _id(),
    sa.Column(
        "notice_id",
        sa.BigInteger().with_variant(sa.Integer, "sqlite"),
        sa.ForeignKey("notices.id"),
        nullable=False,
        unique=True,
    ),
    _ref("chat", "chats.id", nullable=False),
    sa.Column("message_id", sa.Text, nullable=False),
    sa.Column("shown", sa.Text, nullable=False),  # of the card as it was last shown, so that nothing is shown twice
    sa.Column("look_at", Utc),  # not before, when a change could not be shown; empty: at once
    sa.Column("renew", sa.Boolean, nullable=False),  # something in it is hidden now: shown anew even if it had ended
    sa.Column("ended", sa.Boolean, nullable=False),
    sqlite_autoincrement=True,
)

sa.Index(
    "ix_cards_standing",
    cards.c.id,
    sqlite_where=cards.c.ended.is_(False) | cards.c.renew.is_(True),
    postgresql_where=cards.c.ended.is_(False) | cards.c.renew.is_(True),
)

# What a card asks, and how that stood when it was shown.
card_questions = sa.Table(
    "card_questions",
    metadata,
    sa.Column(
        "card_id",
        sa.BigInteger().with_variant(sa.Integer, "sqlite"),
        sa.ForeignKey("cards.id"),
        primary_key=True,
        autoincrement=False,
    ),
    sa.Column(
        "question_id",
        sa.BigInteger().with_variant(sa.Integer, "sqlite"),
        sa.ForeignKey("questions.id"),
        primary_key=True,
        autoincrement=False,
    ),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Index("ix_card_questions_question_id", "question_id"),
)

# What is out of reach right now: a row goes when it works again; the journal keeps what was told.
troubles = sa.Table(
    "troubles",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("namnd", sa.Text, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("since", Utc, nullable=False),
    sa.Column("told_at", Utc),
)

# What a confirmation told of that has been taken back: once.
undone = sa.Table(
    "undone",
    metadata,
    sa.Column(
        "notice_id",
        sa.BigInteger().with_variant(sa.Integer, "sqlite"),
        sa.ForeignKey("notices.id"),
        primary_key=True,
        autoincrement=False,
    ),
)

journal_heads = sa.Table(
    "journal_heads",
    metadata,
    sa.Column("namnd", sa.Text, primary_key=True),
    sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
)

# Append-only: the migration puts triggers on it that refuse UPDATE and DELETE.
journal = sa.Table(
    "journal",
    metadata,
    sa.Column("namnd", sa.Text, primary_key=True),
    sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer, "sqlite")),
    sa.Column("arrival_id", sa.BigInteger().with_variant(sa.Integer, "sqlite")),
    sa.Column("data", sa.Text, nullable=False),
    sa.Column("personal_hash", sa.Text),
    sa.Column("prev", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Index("ix_journal_case_id", "case_id"),
    sa.Index("ix_journal_arrival_id", "arrival_id"),
    sa.Index("ix_journal_namnd_what_at", "namnd", "what", "at"),
)

# What is personal in a line of the journal, apart, so that it can be weeded while the chain stands.
journal_personal = sa.Table(
    "journal_personal",
    metadata,
    sa.Column("namnd", sa.Text, primary_key=True),
    sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
    sa.Column("salt", sa.Text, nullable=False),
    sa.Column("data", sa.Text, nullable=False),
)

leases = sa.Table(
    "leases",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("token", sa.Integer, nullable=False),
    sa.Column("until", Utc, nullable=False),
)

login_links = sa.Table(
    "login_links",
    metadata,
    sa.Column("token_hash", sa.Text, primary_key=True),
    _ref("person_id", "people.id", nullable=False),
    sa.Column("expires_at", Utc, nullable=False),
    sa.Column("used_at", Utc),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("token_hash", sa.Text, primary_key=True),
    _ref("person_id", "people.id", nullable=False),
    sa.Column("csrf", sa.Text, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("expires_at", Utc, nullable=False),
    sa.Column("last_seen_at", Utc),
    sa.Column("how", sa.Text, nullable=False, server_default="link"),
    sa.Column("agent", sa.Text, nullable=False, server_default=""),
    sa.Index("ix_sessions_person_id", "person_id"),
)

# A login at a provider of accounts that has begun: used once, and then for a while whose account came back where nobody
# is tied to it yet.
login_tries = sa.Table(
    "login_tries",
    metadata,
    sa.Column("token_hash", sa.Text, primary_key=True),
    sa.Column("expires_at", Utc, nullable=False),
    sa.Column("used_at", Utc),
    sa.Column("tenant", sa.Text),
    sa.Column("object_id", sa.Text),
)

# Who opened what, or tried to. Append-only: the migration puts triggers on it that refuse UPDATE, and DELETE of what is
# younger than a year.
openings = sa.Table(
    "openings",
    metadata,
    _id(),
    sa.Column("at", Utc, nullable=False),
    _ref("person_id", "people.id", nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
    sa.Column("namnd", sa.Text, nullable=False),
    sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer, "sqlite")),
    sa.Column("arrival_id", sa.BigInteger().with_variant(sa.Integer, "sqlite")),
    sa.Column("secret", sa.Boolean, nullable=False),
    sa.Column("allowed", sa.Boolean, nullable=False),
    sa.Index("ix_openings_case_id", "case_id"),
    sa.Index("ix_openings_person_id", "person_id", "at"),
    sa.Index("ix_openings_at", "at"),
    sqlite_autoincrement=True,
)

raw_letters = sa.Table(
    "raw_letters",
    metadata,
    sa.Column("sha256", sa.Text, primary_key=True),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("data", sa.LargeBinary, nullable=False),
)

# A nämnd's own choices: whom to ask first, after how many days, its goals and ladders. One row per name.
rules = sa.Table(
    "rules",
    metadata,
    sa.Column("namnd", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.JSON, nullable=False),
)

routes = sa.Table(
    "routes",
    metadata,
    _id(),
    sa.Column("namnd", sa.Text, nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("matter", sa.Text, nullable=False),
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("sender", sa.Text, nullable=False),
    sa.Column("unit", sa.Text, nullable=False),
    _ref("person_id", "people.id"),
    sa.UniqueConstraint("namnd", "position"),
    sqlite_autoincrement=True,
)

absences = sa.Table(
    "absences",
    metadata,
    _id(),
    _ref("person_id", "people.id", nullable=False),
    sa.Column("from_day", sa.Date, nullable=False),
    sa.Column("to_day", sa.Date, nullable=False),
    _ref("substitute_id", "people.id"),
    sa.UniqueConstraint("person_id", "from_day"),
    sqlite_autoincrement=True,
)

questions = sa.Table(
    "questions",
    metadata,
    _id(),
    sa.Column("namnd", sa.Text, nullable=False),
    _ref("case_id", "cases.id", nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("round", sa.Integer, nullable=False),
    _ref("deadline_id", "deadlines.id"),
    sa.Column("milestone_id", sa.BigInteger().with_variant(sa.Integer, "sqlite")),
    sa.Column("asked_at", Utc, nullable=False),
    sa.Column("answer", sa.Text),
    sa.Column("answer_data", sa.JSON, nullable=False),
    _ref("answered_by", "people.id"),
    sa.Column("answered_at", Utc),
    sa.Column("answered_how", sa.Text),
    sa.Column("look_on", sa.Date),
    sa.Index("ix_questions_case_id", "case_id"),
    sqlite_autoincrement=True,
)

askings = sa.Table(
    "askings",
    metadata,
    _id(),
    _ref("question_id", "questions.id", nullable=False),
    _ref("person_id", "people.id", nullable=False),
    sa.Column("step", sa.Integer, nullable=False),
    sa.Column("asked_on", sa.Date, nullable=False),
    sa.Column("message_id", sa.Text, nullable=False),
    sa.UniqueConstraint("question_id", "step", "person_id"),
    sa.Index("ix_askings_message_id", "message_id"),
    sqlite_autoincrement=True,
)

# A link to the form of one question for one person; only the hash of its token is kept.
answer_links = sa.Table(
    "answer_links",
    metadata,
    sa.Column("token_hash", sa.Text, primary_key=True),
    _ref("question_id", "questions.id", nullable=False),
    _ref("person_id", "people.id", nullable=False),
    sa.Column("expires_at", Utc, nullable=False),
    sa.Column("used_at", Utc),
)

reminded = sa.Table(
    "reminded",
    metadata,
    _id(),
    _ref("case_id", "cases.id", nullable=False),
    _ref("deadline_id", "deadlines.id", nullable=False),
    sa.Column("step", sa.Integer, nullable=False),
    _ref("person_id", "people.id", nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.UniqueConstraint("deadline_id", "step", "person_id"),
    sa.Index("ix_reminded_person_id_day", "person_id", "day"),
    sqlite_autoincrement=True,
)

# That a person was reminded of a step at the day that it then had: a moved step arms anew.
step_reminded = sa.Table(
    "step_reminded",
    metadata,
    _id(),
    _ref("milestone_id", "milestones.id", nullable=False),
    sa.Column("planned", sa.Date, nullable=False),
    sa.Column("step", sa.Integer, nullable=False),
    _ref("person_id", "people.id", nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.UniqueConstraint("milestone_id", "planned", "step", "person_id"),
    sa.Index("ix_step_reminded_person_id_day", "person_id", "day"),
    sqlite_autoincrement=True,
)

# What people put right. Of a secret letter only the field and the hash are left.
corrections = sa.Table(
    "corrections",
    metadata,
    _id(),
    sa.Column("namnd", sa.Text, nullable=False),
    sa.Column("field", sa.Text, nullable=False),
    sa.Column("was", sa.Text, nullable=False),
    sa.Column("became", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
    _ref("person_id", "people.id", nullable=False),
    sa.Column("secret", sa.Boolean, nullable=False),
    sa.Column("sha256", sa.Text),
    _ref("arrival_id", "arrivals.id"),
    _ref("document_id", "documents.id"),
    _ref("case_id", "cases.id"),
    sa.Column("sender", sa.Text, nullable=False),
    sa.Column("words", sa.JSON, nullable=False),
    _ref("rule_id", "learned_rules.id"),
    sa.Index("ix_corrections_namnd_field", "namnd", "field"),
    sa.Index("ix_corrections_arrival_id", "arrival_id"),
    sa.Index("ix_corrections_case_id", "case_id"),
    sa.Index("ix_corrections_rule_id", "rule_id"),
    sqlite_autoincrement=True,
)

# Lines that corrections have taught; a person decides about each.
learned_rules = sa.Table(
    "learned_rules",
    metadata,
    _id(),
    sa.Column("namnd", sa.Text, nullable=False),
    sa.Column("shape", sa.Text, nullable=False),
    sa.Column("condition", sa.Text, nullable=False),
    sa.Column("field", sa.Text, nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("evidence", sa.JSON, nullable=False),
    sa.Column("proposed_at", Utc, nullable=False),
    _ref("decided_by", "people.id"),
    sa.Column("decided_at", Utc),
    sa.Column("kept_after", sa.Integer, nullable=False),
    sa.UniqueConstraint("namnd", "shape", "condition", "field", "value"),
    sqlite_autoincrement=True,
)

# The day on which the morning is next to look at a clock, a step or a question; empty where there is nothing to do
# before something changes. So a morning follows what is due, not what exists.
for _table in (deadlines, milestones, questions):
    sa.Index(
        f"ix_{_table.name}_look_on",
        _table.c.look_on,
        sqlite_where=_table.c.look_on.is_not(None),
        postgresql_where=_table.c.look_on.is_not(None),
    )

# By what a nämnd's last morning went: its ladders, its patience, who was away. Where one changed it looks anew.
mornings = sa.Table(
    "mornings",
    metadata,
    sa.Column("namnd", sa.Text, primary_key=True),
    sa.Column("went_by", sa.JSON, nullable=False),
)

# What was done with a letter at the desk, and how it stood before: kept only as long as it may be taken back.
desk_acts = sa.Table(
    "desk_acts",
    metadata,
    _id(),
    sa.Column("namnd", sa.Text, nullable=False),
    _ref("arrival_id", "arrivals.id", nullable=False),
    _ref("person_id", "people.id", nullable=False),
    sa.Column("act", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("before", sa.JSON, nullable=False),
    _ref("undone_by", "people.id"),
    sa.Column("undone_at", Utc),
    sa.Index("ix_desk_acts_arrival_id", "arrival_id"),
    sa.Index("ix_desk_acts_at", "at"),
    sqlite_autoincrement=True,
)
