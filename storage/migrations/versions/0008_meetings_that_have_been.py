"""The mornings look at meetings in plans too: at those that have been, of which nothing has come."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    m = sa.table(
        "milestones",
        sa.column("kind", sa.Text),
        sa.column("met_on", sa.Date),
        sa.column("planned", sa.Date),
        sa.column("look_on", sa.Date),
    )
    ahead = (m.c.met_on.is_(None), m.c.planned.is_not(None), m.c.kind.in_(("au", "beslut", "ks", "kf")))
    op.get_bind().execute(sa.update(m).where(*ahead).values(look_on=m.c.planned))
