"""Honours of members and organisations."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

LEVELS = ("branch", "village", "town", "district", "city", "province", "national")


def upgrade() -> None:
    op.create_table(
        "honor",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("awarded_by", sa.String(length=80), nullable=False),
        sa.Column(
            "level",
            sa.Enum(*LEVELS, name="honor_level", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("awarded_on", sa.Date(), nullable=False),
        sa.Column("document_no", sa.String(length=40), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.String(length=200), nullable=True),
        sa.CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_reason IS NULL)", name=op.f("ck_honor_withdrawn_has_a_reason")),
        sa.CheckConstraint("valid_until IS NULL OR valid_until >= awarded_on", name=op.f("ck_honor_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_honor_member_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_honor_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_honor")),
    )
    op.create_index(op.f("ix_honor_organization_id"), "honor", ["organization_id"])
    op.create_index(op.f("ix_honor_member_id"), "honor", ["member_id"])


def downgrade() -> None:
    op.drop_table("honor")
