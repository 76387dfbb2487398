"""A copy of what the bot has sent is known by what was sent, and not by a header that anybody can write."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("notices", sa.Column("sent_as", sa.JSON()))
