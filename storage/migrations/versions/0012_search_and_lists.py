"""What cases are found by, each case's nearest day, and the orders of lists as indexes."""

import sqlalchemy as sa
from alembic import op

from storage.search import fill

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_NEXT_DAY = sa.text("coalesce(next_day, '9999-12-31')")
# The index holds no text of its own: it is told each word when it comes and when it goes.
_SQLITE = (
    """CREATE VIRTUAL TABLE search_index USING fts5(
        words, content='search', content_rowid='case_id', detail='none', columnsize=0, prefix='2 3',
        tokenize="ascii tokenchars '_'")""",
    """CREATE TRIGGER search_comes AFTER INSERT ON search BEGIN
        INSERT INTO search_index (rowid, words) VALUES (new.case_id, new.words); END""",
    """CREATE TRIGGER search_goes AFTER DELETE ON search BEGIN
        INSERT INTO search_index (search_index, rowid, words) VALUES ('delete', old.case_id, old.words); END""",
    """CREATE TRIGGER search_changes AFTER UPDATE ON search BEGIN
        INSERT INTO search_index (search_index, rowid, words) VALUES ('delete', old.case_id, old.words);
        INSERT INTO search_index (rowid, words) VALUES (new.case_id, new.words); END""",
)
_NEAREST = "(SELECT min(date) FROM deadlines WHERE case_id = {0}.case_id AND state = 'active')"
_NEXT_DAY_KEPT = {
    "sqlite": tuple(
        f"CREATE TRIGGER deadline_{name} AFTER {what} ON deadlines BEGIN "  # noqa: S608
        f"UPDATE cases SET next_day = {_NEAREST.format(row)} WHERE id = {row}.case_id; END"
        for name, what, row in (
            ("comes", "INSERT", "new"),
            ("changes", "UPDATE OF date, state", "new"),
            ("goes", "DELETE", "old"),
        )
    ),
    # The case is held first: what reads the days then sees those that another has just written.
    "postgresql": (
        f"""CREATE FUNCTION keep_next_day() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE this deadlines%ROWTYPE;
        BEGIN
            IF TG_OP = 'DELETE' THEN this := old; ELSE this := new; END IF;
            PERFORM 1 FROM cases WHERE id = this.case_id FOR NO KEY UPDATE;
            UPDATE cases SET next_day = {_NEAREST.format("this")} WHERE id = this.case_id;
            RETURN NULL;
        END $$""",  # noqa: S608
        "CREATE TRIGGER deadline_changes AFTER INSERT OR DELETE OR UPDATE OF date, state ON deadlines "
        "FOR EACH ROW EXECUTE FUNCTION keep_next_day()",
    ),
}
_WAITS = sa.text(
    "state IN ('review', 'secret') "
    "OR state = 'registered' AND confirmed_at IS NULL AND json_array_length(questions) > 0"
)
_BOUNCED = sa.text("bounced_at IS NOT NULL")


def upgrade() -> None:
    connection = op.get_bind()
    sqlite = connection.dialect.name == "sqlite"
    op.add_column("cases", sa.Column("next_day", sa.Date()))
    op.execute(
        "UPDATE cases SET next_day = (SELECT min(date) FROM deadlines WHERE case_id = cases.id AND state = 'active') "
        "WHERE id IN (SELECT case_id FROM deadlines WHERE state = 'active')"
    )
    for statement in _NEXT_DAY_KEPT[connection.dialect.name]:
        op.execute(statement)
    op.create_index("ix_arrivals_waiting", "arrivals", ["namnd", "state"], sqlite_where=_WAITS, postgresql_where=_WAITS)
    op.create_index("ix_notices_bounced", "notices", ["address"], sqlite_where=_BOUNCED, postgresql_where=_BOUNCED)
    op.create_index("ix_cases_by_day", "cases", ["namnd", "state", "secret", _NEXT_DAY, sa.text("id DESC")])
    op.create_index("ix_cases_by_number", "cases", ["namnd", "state", "year", "number", "id"])
    op.create_index("ix_cases_by_came", "cases", ["namnd", "state", "inkommen_at", "id"])
    elsewhere = sa.text("waiting_for IS NOT NULL")
    op.create_index(
        "ix_cases_waiting_for", "cases", ["namnd", "state"], sqlite_where=elsewhere, postgresql_where=elsewhere
    )
    op.create_table(
        "search",
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_search_case_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_search")),
    )
    for statement in _SQLITE if sqlite else ():
        op.execute(statement)
    fill(connection)
    if not sqlite:
        op.execute("CREATE INDEX ix_search_words ON search USING gin (array_to_tsvector(string_to_array(words, ' ')))")
