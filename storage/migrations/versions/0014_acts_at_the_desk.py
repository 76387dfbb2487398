"""What is done at the review desk can be taken back for a while: how things stood before is kept until then."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "desk_acts",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("namnd", sa.Text(), nullable=False),
        sa.Column(
            "arrival_id",
            _ID,
            sa.ForeignKey("arrivals.id", name=op.f("fk_desk_acts_arrival_id_arrivals")),
            nullable=False,
        ),
        sa.Column(
            "person_id", _ID, sa.ForeignKey("people.id", name=op.f("fk_desk_acts_person_id_people")), nullable=False
        ),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column(
            "undone_by", _ID, sa.ForeignKey("people.id", name=op.f("fk_desk_acts_undone_by_people")), nullable=True
        ),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_acts")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_desk_acts_arrival_id", "desk_acts", ["arrival_id"])
    op.create_index("ix_desk_acts_at", "desk_acts", ["at"])
