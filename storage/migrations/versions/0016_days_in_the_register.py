"""A day's post and the cases that came between two days are found without reading all that ever came."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_arrivals_namnd_received_at", "arrivals", ["namnd", "received_at"])
    op.create_index("ix_documents_inkommen_at", "documents", ["inkommen_at"])
    op.create_index("ix_documents_registered_at", "documents", ["registered_at"])
    op.create_index("ix_cases_namnd_inkommen_at", "cases", ["namnd", "inkommen_at"])
