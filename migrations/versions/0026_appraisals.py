"""Rounds of appraisal, what each says of each member, and what his peers say of him."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

GRADES = ("excellent", "qualified", "basically_qualified", "unqualified")
VOTES = ("votes_excellent", "votes_qualified", "votes_basically_qualified", "votes_unqualified", "votes_abstained")


def _record() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    )


def _words(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    op.create_table(
        "appraisal",
        *_record(),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("state", _words("appraisal_state", "open", "closed"), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=True),
        sa.Column("present", sa.Integer(), nullable=True),
        sa.Column("remarks", sa.String(length=2000), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(held_on IS NULL) = (present IS NULL)", name=op.f("ck_appraisal_a_meeting_has_a_day")),
        sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_appraisal_closed_at_a_time")),
        sa.CheckConstraint("(closed_by IS NULL) = (closed_at IS NULL)", name=op.f("ck_appraisal_closed_by_somebody")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_appraisal_organization_id")),
        sa.ForeignKeyConstraint(["closed_by"], ["account.id"], name=op.f("fk_appraisal_closed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appraisal")),
    )
    op.create_index(op.f("ix_appraisal_organization_id"), "appraisal", ["organization_id"])
    op.create_index("uq_appraisal_year", "appraisal", ["organization_id", "year"], unique=True)
    op.create_table(
        "appraisal_item",
        *_record(),
        sa.Column("appraisal_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("is_graded", sa.Boolean(), nullable=False),
        sa.Column("is_counted", sa.Boolean(), nullable=False),
        sa.Column("self_grade", _words("appraisal_self_grade", *GRADES), nullable=True),
        sa.Column("self_words", sa.String(length=1000), nullable=True),
        *(sa.Column(name, sa.Integer(), nullable=True) for name in VOTES),
        sa.Column("grade", _words("appraisal_grade", *GRADES), nullable=True),
        sa.Column("comment", sa.String(length=500), nullable=True),
        sa.CheckConstraint(
            " AND ".join(f"(votes_excellent IS NULL) = ({name} IS NULL)" for name in VOTES[1:]),
            name=op.f("ck_appraisal_item_all_votes_or_none"),
        ),
        sa.CheckConstraint(
            "(self_grade IS NULL) = (self_words IS NULL)", name=op.f("ck_appraisal_item_a_grade_of_oneself_has_words")
        ),
        sa.ForeignKeyConstraint(["appraisal_id"], ["appraisal.id"], name=op.f("fk_appraisal_item_appraisal_id")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_appraisal_item_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appraisal_item")),
    )
    op.create_index("uq_appraisal_item_member", "appraisal_item", ["appraisal_id", "member_id"], unique=True)
    op.create_index(op.f("ix_appraisal_item_member_id"), "appraisal_item", ["member_id"])
    op.create_table(
        "appraisal_peer",
        *_record(),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("grade", _words("appraisal_peer_grade", *GRADES), nullable=False),
        sa.Column("by_digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["appraisal_item.id"], name=op.f("fk_appraisal_peer_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appraisal_peer")),
    )
    op.create_index("uq_appraisal_peer_by", "appraisal_peer", ["item_id", "by_digest"], unique=True)


def downgrade() -> None:
    op.drop_table("appraisal_peer")
    op.drop_table("appraisal_item")
    op.drop_table("appraisal")
