"""What became of a notice at the receiver's, and what is out of reach."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("notices", sa.Column("evidence", sa.Text()))
    op.add_column("notices", sa.Column("bounced_at", sa.DateTime(timezone=True)))
    op.add_column("notices", sa.Column("bounce", sa.Text()))
    op.create_index("ix_notices_message_id", "notices", ["message_id"], unique=False)
    op.create_table(
        "troubles",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("namnd", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_troubles")),
    )
