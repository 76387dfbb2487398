"""How somebody is logged in and since when, logins at a provider of accounts, and who opened what."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# Append-only by the database itself. What is to be weeded one day may be, but nobody takes yesterday's lines away.
_GUARDS = {
    "sqlite": (
        "CREATE TRIGGER openings_no_update BEFORE UPDATE ON openings "
        "BEGIN SELECT RAISE(ABORT, 'the log of openings is append-only'); END",
        "CREATE TRIGGER openings_no_delete BEFORE DELETE ON openings "
        "WHEN datetime(OLD.at) > datetime('now', '-1 year') "
        "BEGIN SELECT RAISE(ABORT, 'the log of openings is kept for a year at least'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION openings_are_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the log of openings is append-only'; END $$",
        "CREATE FUNCTION openings_are_kept() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN IF OLD.at > now() - interval '1 year' THEN "
        "RAISE EXCEPTION 'the log of openings is kept for a year at least'; END IF; RETURN OLD; END $$",
        "CREATE TRIGGER openings_no_change BEFORE UPDATE OR TRUNCATE ON openings "
        "FOR EACH STATEMENT EXECUTE FUNCTION openings_are_append_only()",
        "CREATE TRIGGER openings_no_delete BEFORE DELETE ON openings FOR EACH ROW EXECUTE FUNCTION openings_are_kept()",
    ),
}


def _number() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("sessions", sa.Column("last_seen_at", sa.DateTime(timezone=True)))
    op.add_column("sessions", sa.Column("how", sa.Text(), nullable=False, server_default="link"))
    op.add_column("sessions", sa.Column("agent", sa.Text(), nullable=False, server_default=""))
    op.create_index("ix_sessions_person_id", "sessions", ["person_id"], unique=False)
    op.create_table(
        "login_tries",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.Column("tenant", sa.Text()),
        sa.Column("object_id", sa.Text()),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_login_tries")),
    )
    op.create_table(
        "openings",
        sa.Column("id", _number(), autoincrement=True, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", _number(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("number", _number(), nullable=False),
        sa.Column("namnd", sa.Text(), nullable=False),
        sa.Column("case_id", _number()),
        sa.Column("arrival_id", _number()),
        sa.Column("secret", sa.Boolean(), nullable=False),
        sa.Column("allowed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_openings_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_openings")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_openings_case_id", "openings", ["case_id"], unique=False)
    op.create_index("ix_openings_person_id", "openings", ["person_id", "at"], unique=False)
    op.create_index("ix_openings_at", "openings", ["at"], unique=False)
    for guard in _GUARDS[op.get_bind().dialect.name]:
        op.execute(guard)
