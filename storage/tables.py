"""Every table, in one place. Time is stored in UTC; ids of the source are kept byte for byte."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    and_,
    false,
    literal_column,
)


class Moment(TypeDecorator[datetime]):
    """An aware time in UTC. SQLite has no zone, so it gets the UTC wall time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows by itself only for a column of exactly this type.
RowId = BigInteger().with_variant(Integer, "sqlite")


def written(value: str) -> ColumnElement[str]:
    """A value that stands in the statement itself: a partial index is of no use to a parameter."""
    return literal_column(f"'{value}'")


def _id() -> Column[int]:
    return Column("id", RowId, primary_key=True, autoincrement=True)


def _partner() -> Column[int]:
    return Column("partner_id", RowId, ForeignKey("partners.id"), nullable=False)


partners = Table(
    "partners",
    metadata,
    _id(),
    Column("slug", String(80), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("timezone", String(80), nullable=False),
    # Two partners never share a channel.
    Column("channel", String(40), nullable=False, unique=True),
    Column("admins", JSON, nullable=False),
    Column("viewers", JSON, nullable=False),
    Column("contact", Text, nullable=False, server_default=""),
    Column("sync_cron", String(120)),
    Column("pause_windows", JSON, nullable=False),
    Column("breaker", JSON, nullable=False),
    # Secrets stand here as the names of environment variables, never as themselves.
    Column("source", JSON, nullable=False),
    # It was changed since the last applied run: the schools have to be matched first.
    Column("new_source", Boolean, nullable=False, server_default=false()),
    # Counts applied snapshots; a plan made for another version is void.
    Column("roster_version", Integer, nullable=False, server_default="0"),
    Column("created_at", Moment, nullable=False),
    # Since then nothing runs and nothing is asked; freezes and locks stay in force.
    Column("retired_at", Moment),
)

schools = Table(
    "schools",
    metadata,
    _id(),
    _partner(),
    Column("source_id", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("status", String(20), nullable=False),
    Column("present", Boolean, nullable=False),
    # Counts transitions only, so that a click knows whether its card was stale.
    Column("version", Integer, nullable=False),
    Column("since", Moment, nullable=False),
    # The run that last had a school which is absent now; a present one needs none.
    Column("last_seen_at", Moment),
    # A re-created school whose record was joined to the older one: ended, and shown nowhere.
    Column("linked_to", RowId, ForeignKey("schools.id")),
    Index(None, "partner_id", "status"),
)
Index(
    "uq_schools_partner_id_source_id",
    schools.c.partner_id,
    schools.c.source_id,
    unique=True,
    sqlite_where=schools.c.linked_to.is_(None),
    postgresql_where=schools.c.linked_to.is_(None),
)

history = Table(
    "history",
    metadata,
    _id(),
    _partner(),
    Column("school_id", RowId, ForeignKey("schools.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("from_status", String(20)),
    Column("to_status", String(20), nullable=False),
    Column("event", String(40), nullable=False),
    Column("actor", String(40), nullable=False),
    Column("actor_name", Text, nullable=False),
    Column("via", String(20), nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("at", Moment, nullable=False),
    Column("run_id", RowId),
    Column("slack_channel", String(40)),
    Column("slack_ts", String(40)),
    UniqueConstraint("school_id", "version"),
    Index(None, "partner_id", "id"),
)

accounts = Table(
    "accounts",
    metadata,
    _id(),
    _partner(),
    Column("source_id", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("email_folded", Text, nullable=False),
    Column("given_name", Text, nullable=False),
    Column("family_name", Text, nullable=False),
    Column("manual", Boolean, nullable=False),
    # Whether the last applied snapshot has the person.
    Column("claimed", Boolean, nullable=False),
    # Of the person's row in that snapshot; NULL when it has none.
    Column("fingerprint", BigInteger),
    UniqueConstraint("partner_id", "source_id"),
    Index(None, "partner_id", "email_folded"),
    # An id is never given twice: a release must not pass to somebody who comes later.
    sqlite_autoincrement=True,
)
Index(
    "ix_accounts_left",
    accounts.c.partner_id,
    sqlite_where=and_(~accounts.c.claimed, ~accounts.c.manual),
    postgresql_where=and_(~accounts.c.claimed, ~accounts.c.manual),
)

memberships = Table(
    "memberships",
    metadata,
    Column("account_id", RowId, ForeignKey("accounts.id"), primary_key=True),
    Column("school_id", RowId, ForeignKey("schools.id"), primary_key=True),
    # Whether the last applied snapshot has the person at the school.
    Column("claimed", Boolean, nullable=False),
    Column("manual", Boolean, nullable=False),
    Index(None, "school_id", "account_id"),
    sqlite_with_rowid=False,
)
Index(
    "ix_memberships_unclaimed",
    memberships.c.school_id,
    sqlite_where=and_(~memberships.c.claimed, ~memberships.c.manual),
    postgresql_where=and_(~memberships.c.claimed, ~memberships.c.manual),
)

releases = Table(
    "releases",
    metadata,
    Column("school_id", RowId, ForeignKey("schools.id"), primary_key=True),
    # The school's version while that freeze holds: a new freeze has a new one, and locks again.
    Column("version", Integer, primary_key=True),
    Column("account_id", RowId, primary_key=True),
    Column("by", String(40), nullable=False),
    Column("by_name", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Moment, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    _id(),
    _partner(),
    # Says which firing or request this is, and which attempt at it.
    Column("key", Text, nullable=False, unique=True),
    Column("asked_at", Moment, nullable=False),
    # The wall time of a nightly firing in the partner's zone; NULL for every other run.
    Column("night", String(40)),
    Column("attempt", Integer, nullable=False, server_default="1"),
    Column("started_at", Moment),
    Column("owner", Text),
    Column("heartbeat_at", Moment),
    Column("finished_at", Moment),
    Column("outcome", String(20)),
    Column("cause", String(60)),
    Column("reason", Text, nullable=False, server_default=""),
    Column("base_version", Integer),
    Column("digest", String(40)),
    Column("schools_new", Integer, nullable=False, server_default="0"),
    Column("schools_missing", Integer, nullable=False, server_default="0"),
    Column("schools_returned", Integer, nullable=False, server_default="0"),
    Column("schools_total", Integer, nullable=False, server_default="0"),
    Column("staff_added", Integer, nullable=False, server_default="0"),
    Column("staff_changed", Integer, nullable=False, server_default="0"),
    Column("staff_removed", Integer, nullable=False, server_default="0"),
    Column("staff_total", Integer, nullable=False, server_default="0"),
    # The compressed difference of a held run, which applying it later must use.
    Column("plan", LargeBinary),
    # What a person decided about a held run; applying it is done afterwards, as a job.
    Column("decision", String(20)),
    Column("decided_by", String(40)),
    Column("decided_name", Text),
    Column("decided_via", String(20)),
    Column("decided_at", Moment),
    # Who wanted it now; NULL for what the clock fired.
    Column("asked_by", String(40)),
    Column("asked_name", Text),
    # How often a night was put off because its fault may pass by itself.
    Column("retries", Integer, nullable=False, server_default="0"),
    Index(None, "partner_id", "asked_at"),
)
Index(
    "uq_runs_under_way",
    runs.c.partner_id,
    unique=True,
    sqlite_where=and_(runs.c.owner.is_not(None), runs.c.outcome.is_(None)),
    postgresql_where=and_(runs.c.owner.is_not(None), runs.c.outcome.is_(None)),
)
Index(
    "ix_runs_owed",
    runs.c.asked_at,
    sqlite_where=runs.c.outcome.is_(None),
    postgresql_where=runs.c.outcome.is_(None),
)
Index(
    "ix_runs_decided",
    runs.c.decided_at,
    sqlite_where=runs.c.outcome == "held",
    postgresql_where=runs.c.outcome == "held",
)
Index(
    "ix_runs_failed",
    runs.c.cause,
    sqlite_where=runs.c.outcome == "failed",
    postgresql_where=runs.c.outcome == "failed",
)

# Who else wanted a run now that somebody had asked for already.
run_askers = Table(
    "run_askers",
    metadata,
    Column("run_id", RowId, ForeignKey("runs.id"), primary_key=True),
    Column("person", String(40), primary_key=True),
    sqlite_with_rowid=False,
)

# Which school of a new source each known one is, proposed by us and decided by support.
matches = Table(
    "matches",
    metadata,
    Column("run_id", RowId, ForeignKey("runs.id"), primary_key=True),
    Column("school_id", RowId, ForeignKey("schools.id"), primary_key=True),
    Column("state", String(20), nullable=False),
    # Of the school in the new source; NULL when it has none.
    Column("source_id", Text),
    # Why it was proposed; NULL for what somebody paired by hand.
    Column("likeness", String(20)),
    Column("decided_by", String(40)),
    Column("decided_name", Text),
    Column("decided_at", Moment),
    Column("reason", Text, nullable=False, server_default=""),
    UniqueConstraint("run_id", "source_id"),
)

messages = Table(
    "messages",
    metadata,
    _id(),
    Column("partner_id", RowId, ForeignKey("partners.id")),
    Column("channel", String(40), nullable=False),
    # Which picture it is; a note carries its own words in `body`.
    Column("kind", String(20), nullable=False),
    Column("subject", Text),
    Column("key", Text, unique=True),
    Column("thread_id", RowId, ForeignKey("messages.id")),
    Column("body", JSON),
    # `version` is what the reader should see, `sent_version` what Slack has.
    Column("version", Integer, nullable=False),
    Column("sent_version", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("attempts", Integer, nullable=False),
    # Grows with every job carried for the message, so that no job's key repeats.
    Column("carried", Integer, nullable=False),
    Column("due_at", Moment, nullable=False),
    # When the last post left, whose fate may be unknown.
    Column("sending_at", Moment),
    Column("slack_channel", String(40)),
    Column("ts", String(40)),
    Column("permalink", Text),
    Column("error", Text),
    Column("created_at", Moment, nullable=False),
    # A partner's card that a newer one replaced keeps no buttons and points there.
    Column("superseded_by", RowId, ForeignKey("messages.id")),
    Index(None, "partner_id", "kind"),
    Index(None, "kind", "subject"),
)
Index(
    "ix_messages_superseded_by",
    messages.c.superseded_by,
    sqlite_where=messages.c.superseded_by.is_not(None),
    postgresql_where=messages.c.superseded_by.is_not(None),
)
Index(
    "ix_messages_in_order",
    messages.c.channel,
    messages.c.id,
    sqlite_where=messages.c.state.in_(("owed", "sending")),
    postgresql_where=messages.c.state.in_(("owed", "sending")),
)
Index(
    "ix_messages_owed",
    messages.c.due_at,
    sqlite_where=messages.c.state.in_(("owed", "sending")),
    postgresql_where=messages.c.state.in_(("owed", "sending")),
)
Index(
    "ix_messages_failed",
    messages.c.channel,
    sqlite_where=messages.c.state == "failed",
    postgresql_where=messages.c.state == "failed",
)

card_schools = Table(
    "card_schools",
    metadata,
    Column("message_id", RowId, ForeignKey("messages.id"), primary_key=True),
    Column("school_id", RowId, ForeignKey("schools.id"), primary_key=True),
    sqlite_with_rowid=False,
)

unfreeze_requests = Table(
    "unfreeze_requests",
    metadata,
    _id(),
    _partner(),
    Column("school_id", RowId, ForeignKey("schools.id"), nullable=False),
    # The school's version while the freeze holds that this asks to end.
    Column("version", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("decided_at", Moment),
    Column("decided_by", String(40)),
    Column("decided_name", Text),
    Column("decision_reason", Text),
)
Index(
    "uq_unfreeze_requests_open",
    unfreeze_requests.c.school_id,
    unique=True,
    sqlite_where=unfreeze_requests.c.state == "open",
    postgresql_where=unfreeze_requests.c.state == "open",
)

unfreeze_askers = Table(
    "unfreeze_askers",
    metadata,
    Column("request_id", RowId, ForeignKey("unfreeze_requests.id"), primary_key=True),
    Column("person", String(40), primary_key=True),
    Column("name", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Moment, nullable=False),
)

# "This is a mistake": at most one open case per school, which a second report joins.
cases = Table(
    "cases",
    metadata,
    _id(),
    _partner(),
    Column("school_id", RowId, ForeignKey("schools.id"), nullable=False),
    # The last run when the case was opened.
    Column("run_id", RowId, ForeignKey("runs.id")),
    Column("state", String(20), nullable=False),
    Column("opened_at", Moment, nullable=False),
    # What support said last.
    Column("answer", Text, nullable=False, server_default=""),
    Column("answered_name", Text),
    Column("answered_at", Moment),
    Column("closed_at", Moment),
    # How it ended: the school came back, was frozen, or support closed it.
    Column("closed_how", String(20)),
    Column("closed_by", String(40)),
    Column("closed_name", Text),
)
Index(
    "uq_cases_open",
    cases.c.school_id,
    unique=True,
    sqlite_where=cases.c.state == "open",
    postgresql_where=cases.c.state == "open",
)

case_reports = Table(
    "case_reports",
    metadata,
    Column("case_id", RowId, ForeignKey("cases.id"), primary_key=True),
    Column("person", String(40), primary_key=True),
    Column("name", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Moment, nullable=False),
)

# Wishes that support lets some accounts of a Frozen school go on.
release_requests = Table(
    "release_requests",
    metadata,
    _id(),
    _partner(),
    Column("school_id", RowId, ForeignKey("schools.id"), nullable=False),
    # The school's version while the freeze holds that this is about.
    Column("version", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("asked_by", String(40), nullable=False),
    Column("asked_name", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("decided_by", String(40)),
    Column("decided_name", Text),
    Column("decision_reason", Text),
    Column("decided_at", Moment),
    # Of those it was about: whom the decision released, and who stayed locked.
    Column("released", Integer),
    Column("left_locked", Integer),
)
Index(
    "uq_release_requests_open",
    release_requests.c.school_id,
    unique=True,
    sqlite_where=release_requests.c.state == "open",
    postgresql_where=release_requests.c.state == "open",
)

# Files that people gave us in Slack, and what became of each.
uploads = Table(
    "uploads",
    metadata,
    _id(),
    _partner(),
    # What Slack knows the files by, and their names.
    Column("files", JSON, nullable=False),
    Column("state", String(20), nullable=False),
    Column("asked_by", String(40), nullable=False),
    Column("asked_name", Text, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("attempt", Integer, nullable=False, server_default="1"),
    # When its last attempt was to begin.
    Column("due_at", Moment, nullable=False),
    # The run of a roster: it has the plan, and what was decided of it. A staff list has none.
    Column("run_id", RowId, ForeignKey("runs.id")),
    # Why it was refused or what it did, in the sentence that the person was told.
    Column("reason", Text, nullable=False, server_default=""),
    # What its preview shows, counted and named when it was made.
    Column("preview", JSON),
    # A staff list itself, until it is decided.
    Column("content", LargeBinary),
    Column("decided_at", Moment),
)
Index(
    "ix_uploads_owed",
    uploads.c.due_at,
    sqlite_where=uploads.c.state.in_(("checking", "adding")),
    postgresql_where=uploads.c.state.in_(("checking", "adding")),
)

# Channels that could not be posted to, until one post succeeds again.
channel_troubles = Table(
    "channel_troubles",
    metadata,
    Column("channel", String(40), primary_key=True),
    Column("error", Text, nullable=False),
    Column("since", Moment, nullable=False),
)

# Schools that a person's row of a delta named before any snapshot had them, by the source's id.
# Only a source that sends changes needs them. An org that is no school stays among them, once
# for each who names it: a file of changes does not say what it is.
expected_memberships = Table(
    "expected_memberships",
    metadata,
    Column("account_id", RowId, ForeignKey("accounts.id"), primary_key=True),
    Column("school_source_id", Text, primary_key=True),
    sqlite_with_rowid=False,
)

# Clients of the access API. Of a token only its digest is stored; the hint finds its row.
tokens = Table(
    "tokens",
    metadata,
    _id(),
    Column("name", String(80), nullable=False),
    Column("hint", String(16), nullable=False, unique=True),
    Column("digest", String(64), nullable=False),
    # Whether it may ask about every partner, also about later ones; else token_partners says.
    Column("every_partner", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("revoked_at", Moment),
)
Index(
    "uq_tokens_in_force",
    tokens.c.name,
    unique=True,
    sqlite_where=tokens.c.revoked_at.is_(None),
    postgresql_where=tokens.c.revoked_at.is_(None),
)

token_partners = Table(
    "token_partners",
    metadata,
    Column("token_id", RowId, ForeignKey("tokens.id"), primary_key=True),
    Column("partner_id", RowId, ForeignKey("partners.id"), primary_key=True),
    sqlite_with_rowid=False,
)

# Ids that differ only by zeros in front, and of which support says that both are real. `one` is
# the lesser of the two as text.
ids_apart = Table(
    "ids_apart",
    metadata,
    Column("partner_id", RowId, ForeignKey("partners.id"), primary_key=True),
    Column("one", Text, primary_key=True),
    Column("other", Text, primary_key=True),
    Column("by", String(40), nullable=False),
    Column("by_name", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Moment, nullable=False),
    sqlite_with_rowid=False,
)

# What Slack has already handed over once; Bolt does not de-duplicate its retries.
envelopes = Table(
    "envelopes",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("at", Moment, nullable=False),
)

# What the product is owed over its webhook, in this order for each subject (an account, a school).
webhook_events = Table(
    "webhook_events",
    metadata,
    # Rises for ever, also after old rows are gone: the last one of an account wins.
    _id(),
    _partner(),
    # What the receiver tells repeated deliveries by.
    Column("delivery", String(40), nullable=False, unique=True),
    Column("type", String(40), nullable=False),
    Column("subject", String(40), nullable=False),
    Column("data", JSON, nullable=False),
    Column("state", String(20), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    # Since when it is tried: retries end some days later. A replay begins anew.
    Column("tried_since", Moment, nullable=False),
    Column("sent_at", Moment),
    Column("error", Text),
    sqlite_autoincrement=True,
)
Index(
    "ix_webhook_events_owed",
    webhook_events.c.partner_id,
    webhook_events.c.subject,
    webhook_events.c.id,
    sqlite_where=webhook_events.c.state == "owed",
    postgresql_where=webhook_events.c.state == "owed",
)
Index(
    "ix_webhook_events_in_order",
    webhook_events.c.partner_id,
    webhook_events.c.id,
    sqlite_where=webhook_events.c.state == "owed",
    postgresql_where=webhook_events.c.state == "owed",
)
Index(
    "ix_webhook_events_sent",
    webhook_events.c.sent_at,
    sqlite_where=webhook_events.c.state == "sent",
    postgresql_where=webhook_events.c.state == "sent",
)
Index(
    "ix_webhook_events_parked",
    webhook_events.c.id,
    sqlite_where=webhook_events.c.state == "parked",
    postgresql_where=webhook_events.c.state == "parked",
)

# The accounts that the product was told to be locked, by the ids that it was told. It outlives an
# account; of one that got another id there are two rows until both of them are told.
told_locks = Table(
    "told_locks",
    metadata,
    Column("partner_id", RowId, ForeignKey("partners.id"), primary_key=True),
    Column("source_id", Text, primary_key=True),
    Column("account_id", RowId, primary_key=True, autoincrement=False),
)

# How far the product was told of a partner's history, and which job of it was carried last.
tellings = Table(
    "tellings",
    metadata,
    Column("partner_id", RowId, ForeignKey("partners.id"), primary_key=True),
    Column("history_id", RowId, nullable=False),
    Column("carried", Integer, nullable=False),
)

replicas = Table(
    "replicas",
    metadata,
    Column("id", Text, primary_key=True),
    Column("beat_at", Moment, nullable=False),
    Column("url", Text),
)
