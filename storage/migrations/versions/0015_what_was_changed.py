"""The journal is asked what was changed in a nämnd's settings: by what happened, newest first."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_journal_namnd_what_at", "journal", ["namnd", "what", "at"])
