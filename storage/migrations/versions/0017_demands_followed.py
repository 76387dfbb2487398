"""A recommendation is followed until it is done; a demand's words can be put right or crossed out."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("demands", sa.Column("read_as", sa.Text()))
    op.add_column("demands", sa.Column("struck", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("demands", sa.Column("measure", sa.Text()))
    # No foreign key: SQLite cannot add one to a table that stands. The handler takes only people that there are.
    op.add_column("demands", sa.Column("responsible_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite")))
    op.add_column("demands", sa.Column("due", sa.Date()))
    op.add_column("demands", sa.Column("state", sa.Text()))
    op.add_column("demands", sa.Column("waits_for", sa.Text()))
    op.add_column("demands", sa.Column("done_on", sa.Date()))
