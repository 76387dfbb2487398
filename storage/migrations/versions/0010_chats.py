"""People are spoken to in a chat: who they are there, where, and which cards they have before them."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def _ref() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("notices", sa.Column("channel", sa.Text(), nullable=False, server_default="mail"))
    op.add_column("notices", sa.Column("fell_back", sa.Text()))
    op.create_table(
        "chat_people",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column(
            "person_id", _ref(), sa.ForeignKey("people.id", name=op.f("fk_chat_people_person_id")), nullable=False
        ),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "object_id", name=op.f("pk_chat_people")),
        sa.UniqueConstraint("tenant", "person_id", name=op.f("uq_chat_people_tenant_person_id")),
    )
    op.create_table(
        "chat_codes",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column(
            "person_id", _ref(), sa.ForeignKey("people.id", name=op.f("fk_chat_codes_person_id")), nullable=False
        ),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "object_id", name=op.f("pk_chat_codes")),
    )
    op.create_table(
        "chats",
        sa.Column("id", _ref(), autoincrement=True, nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("chat_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("address", sa.JSON(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chats")),
        sa.UniqueConstraint("tenant", "chat_id", name=op.f("uq_chats_tenant_chat_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_chats_tenant_object_id", "chats", ["tenant", "object_id"], unique=False)
    op.create_table(
        "cards",
        sa.Column("id", _ref(), autoincrement=True, nullable=False),
        sa.Column("notice_id", _ref(), sa.ForeignKey("notices.id", name=op.f("fk_cards_notice_id")), nullable=False),
        sa.Column("chat", _ref(), sa.ForeignKey("chats.id", name=op.f("fk_cards_chat")), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("look_at", sa.DateTime(timezone=True)),
        sa.Column("renew", sa.Boolean(), nullable=False),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cards")),
        sa.UniqueConstraint("notice_id", name=op.f("uq_cards_notice_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_cards_standing",
        "cards",
        ["id"],
        unique=False,
        sqlite_where=sa.text("ended = 0 OR renew = 1"),
        postgresql_where=sa.text("ended IS false OR renew IS true"),
    )
    op.create_table(
        "card_questions",
        sa.Column(
            "card_id",
            _ref(),
            sa.ForeignKey("cards.id", name=op.f("fk_card_questions_card_id")),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column(
            "question_id",
            _ref(),
            sa.ForeignKey("questions.id", name=op.f("fk_card_questions_question_id")),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("card_id", "question_id", name=op.f("pk_card_questions")),
    )
    op.create_index("ix_card_questions_question_id", "card_questions", ["question_id"], unique=False)
