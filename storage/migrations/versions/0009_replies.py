"""A reply is found by the Message-ID of what it answers, and what it did is taken back once."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "undone",
        sa.Column(
            "notice_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.ForeignKey("notices.id", name=op.f("fk_undone_notice_id_notices")),
            autoincrement=False,
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("notice_id", name=op.f("pk_undone")),
    )
