"""The three lists in numbered editions with their items."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

DRAFT = sa.text("published_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "list_edition",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("responsibility", "negative", "power", name="list_kind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("change_note", sa.String(length=200), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_list_edition_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_edition")),
        sa.UniqueConstraint("token", name=op.f("uq_list_edition_token")),
    )
    op.create_index(op.f("ix_list_edition_organization_id"), "list_edition", ["organization_id"])
    op.create_index("uq_list_edition_number", "list_edition", ["kind", "number"], unique=True)
    op.create_index("uq_list_edition_draft", "list_edition", ["kind"], unique=True, sqlite_where=DRAFT, postgresql_where=DRAFT)
    op.create_table(
        "list_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("applies_to", sa.JSON(), nullable=False),
        sa.Column("flow", sa.JSON(), nullable=False),
        sa.Column("flow_picture", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("edition_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("number BETWEEN 1 AND 500", name=op.f("ck_list_item_number_in_range")),
        sa.ForeignKeyConstraint(["edition_id"], ["list_edition.id"], name=op.f("fk_list_item_edition_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_item")),
    )
    op.create_index("uq_list_item_number", "list_item", ["edition_id", "number"], unique=True)


def downgrade() -> None:
    op.drop_table("list_item")
    op.drop_table("list_edition")
