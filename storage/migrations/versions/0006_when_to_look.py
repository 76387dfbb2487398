"""When the morning is next to look at a clock, a step or a question."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# The longest ladder may be a year: earlier than needed only means that it is looked at once in vain.
_LONGEST = 60
_LADDERS = ("ladder_stated", "ladder_goal", "ladder_law", "ladder_step")


def upgrade() -> None:
    for table in ("deadlines", "milestones", "questions"):
        op.add_column(table, sa.Column("look_on", sa.Date()))
    op.create_table(
        "mornings",
        sa.Column("namnd", sa.Text(), nullable=False),
        sa.Column("went_by", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("namnd", name=op.f("pk_mornings")),
    )
    _fill()
    for table in ("deadlines", "milestones", "questions"):
        op.create_index(
            f"ix_{table}_look_on",
            table,
            ["look_on"],
            unique=False,
            sqlite_where=sa.text("look_on IS NOT NULL"),
            postgresql_where=sa.text("look_on IS NOT NULL"),
        )
    # SQLite took them for what one case has, and read all.
    op.drop_index("ix_deadlines_state_date", table_name="deadlines")
    op.drop_index("ix_questions_state_kind", table_name="questions")
    op.create_index("ix_cases_namnd_state_handlaggare_id", "cases", ["namnd", "state", "handlaggare_id"], unique=False)


def _fill() -> None:
    """Let the first morning look at what may be due by the longest ladder, and at all that is asked."""
    connection = op.get_bind()
    rules = sa.table("rules", sa.column("name", sa.Text), sa.column("value", sa.JSON))
    chosen = connection.execute(sa.select(rules.c.value).where(rules.c.name.in_(_LADDERS)))
    days = max([_LONGEST, *(max(row.value) for row in chosen)])
    at_once = sa.func.date("1970-01-01") if connection.dialect.name == "sqlite" else sa.cast("1970-01-01", sa.Date)
    d, m, q = _looked_at("deadlines", "date", "state"), _looked_at("milestones", "planned", "met_on"), _QUESTIONS
    steps = sa.update(m).where(m.c.met_on.is_(None), m.c.planned.is_not(None))
    for update in (
        sa.update(d)
        .where(d.c.state == "active", d.c.date.is_not(None))
        .values(look_on=_before(connection, d.c.date, days)),
        steps.where(m.c.kind.in_(("start", "utkast", "tjansteskrivelse"))).values(
            look_on=_before(connection, m.c.planned, days)
        ),
        steps.where(m.c.kind.in_(("chef", "stab"))).values(look_on=at_once),
        sa.update(q).where(q.c.state == "open", q.c.kind.in_(("handlaggare", "lage"))).values(look_on=at_once),
    ):
        connection.execute(update)


_QUESTIONS = sa.table("questions", sa.column("state"), sa.column("kind"), sa.column("look_on"))


def _looked_at(name: str, day: str, state: str) -> sa.TableClause:
    return sa.table(name, sa.column(day, sa.Date), sa.column(state), sa.column("kind"), sa.column("look_on"))


def _before(connection: sa.Connection, column: sa.ColumnClause[object], days: int) -> object:
    if connection.dialect.name == "sqlite":
        return sa.func.date(column, f"-{days} days")
    return column - sa.literal(days, sa.Integer)
