"""Meetings, plans backwards through them, and reminders of a plan's steps."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "meetings",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("namnd", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("stop", sa.Date(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("moved_from", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meetings")),
        sa.UniqueConstraint("namnd", "body", "day", name=op.f("uq_meetings_namnd_body_day")),
        sqlite_autoincrement=True,
    )
    op.add_column("milestones", sa.Column("planned", sa.Date()))
    op.add_column("milestones", sa.Column("meeting_id", _BIG))
    op.add_column("milestones", sa.Column("why", sa.Text()))
    op.create_index("ix_milestones_meeting_id", "milestones", ["meeting_id"], unique=False)
    op.create_index(
        "ix_milestones_ahead",
        "milestones",
        ["planned"],
        unique=False,
        sqlite_where=sa.text("met_on IS NULL"),
        postgresql_where=sa.text("met_on IS NULL"),
    )
    op.add_column("questions", sa.Column("milestone_id", _BIG))
    op.create_table(
        "plans",
        sa.Column("case_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("target", sa.Date(), nullable=False),
        sa.Column("deadline_id", _BIG, nullable=True),
        sa.Column("ends", sa.Date(), nullable=True),
        sa.Column("lost", sa.JSON(), nullable=False),
        sa.Column("assumed", sa.JSON(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("news", sa.JSON(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_plans_case_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_plans")),
    )
    op.create_index("ix_plans_review_on", "plans", ["review_on"], unique=False)
    op.create_index(
        "ix_plans_untold",
        "plans",
        ["case_id"],
        unique=False,
        sqlite_where=sa.text("told IS 0"),
        postgresql_where=sa.text("told IS FALSE"),
    )
    op.create_table(
        "step_reminded",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("milestone_id", _BIG, nullable=False),
        sa.Column("planned", sa.Date(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("person_id", _BIG, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["milestone_id"], ["milestones.id"], name=op.f("fk_step_reminded_milestone_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_step_reminded_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step_reminded")),
        sa.UniqueConstraint(
            "milestone_id",
            "planned",
            "step",
            "person_id",
            name=op.f("uq_step_reminded_milestone_id_planned_step_person_id"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_step_reminded_person_id_day", "step_reminded", ["person_id", "day"], unique=False)
