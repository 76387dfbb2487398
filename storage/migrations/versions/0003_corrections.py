"""What people put right, and the rules that are learned from it; an arrival's author, to see what a sender sends."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("arrivals", sa.Column("sender", sa.Text()))
    op.create_index("ix_arrivals_namnd_sender", "arrivals", ["namnd", "sender"], unique=False)
    _fill_in_senders()
    op.create_table(
        "learned_rules",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("namnd", sa.Text(), nullable=False),
        sa.Column("shape", sa.Text(), nullable=False),
        sa.Column("condition", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("kept_after", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name=op.f("fk_learned_rules_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learned_rules")),
        sa.UniqueConstraint(
            "namnd",
            "shape",
            "condition",
            "field",
            "value",
            name=op.f("uq_learned_rules_namnd_shape_condition_field_value"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "corrections",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("namnd", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("was", sa.Text(), nullable=False),
        sa.Column("became", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("secret", sa.Boolean(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("arrival_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("document_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("rule_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["arrival_id"], ["arrivals.id"], name=op.f("fk_corrections_arrival_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_corrections_case_id")),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_corrections_document_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_corrections_person_id")),
        sa.ForeignKeyConstraint(["rule_id"], ["learned_rules.id"], name=op.f("fk_corrections_rule_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_corrections_namnd_field", "corrections", ["namnd", "field"], unique=False)
    op.create_index("ix_corrections_arrival_id", "corrections", ["arrival_id"], unique=False)
    op.create_index("ix_corrections_case_id", "corrections", ["case_id"], unique=False)
    op.create_index("ix_corrections_rule_id", "corrections", ["rule_id"], unique=False)


def _fill_in_senders() -> None:
    """Give the letters that are there their author: a rule must be held against what has come before."""
    connection = op.get_bind()
    arrivals = sa.table(
        "arrivals", sa.column("id", sa.BigInteger), sa.column("reading", sa.Text), sa.column("sender", sa.Text)
    )
    last = 0
    while True:
        query = sa.select(arrivals.c.id, sa.cast(arrivals.c.reading, sa.Text).label("reading"))
        rows = connection.execute(query.where(arrivals.c.id > last).order_by(arrivals.c.id).limit(500)).all()
        if not rows:
            return
        for row in rows:
            sender = _author(json.loads(row.reading) if row.reading else None)
            if sender:
                connection.execute(sa.update(arrivals).where(arrivals.c.id == row.id).values(sender=sender))
        last = rows[-1].id


def _author(reading: dict[str, object] | None) -> str:
    if not reading or reading.get("secret"):
        return ""
    envelope = reading.get("envelope")
    parties = (reading.get("sender"), envelope.get("from_") if isinstance(envelope, dict) else None)
    addresses = [str(p.get("address") or "") for p in parties if isinstance(p, dict)]
    return next((a.strip().lower() for a in addresses if a), "")
