"""The signage standard in numbered versions with their items, pictures of items found by their digest, and the signs at venues."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

DRAFT = sa.text("published_at IS NULL")
STANDING = sa.text("published_at IS NOT NULL AND withdrawn_at IS NULL")
PICTURES = sa.text("attached_kind = 'standard_item'")


def upgrade() -> None:
    op.create_table(
        "standard",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("issuer", sa.String(length=80), nullable=False),
        sa.Column("change_note", sa.String(length=200), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.String(length=200), nullable=True),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.CheckConstraint("(published_at IS NULL) = (effective_on IS NULL)", name=op.f("ck_standard_published_from_a_day_on")),
        sa.CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_reason IS NULL)", name=op.f("ck_standard_withdrawn_has_a_reason")),
        sa.CheckConstraint("withdrawn_at IS NULL OR published_at IS NOT NULL", name=op.f("ck_standard_withdrawn_once_published")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_standard_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standard")),
        sa.UniqueConstraint("number", name=op.f("uq_standard_number")),
        sa.UniqueConstraint("token", name=op.f("uq_standard_token")),
    )
    op.create_index(op.f("ix_standard_organization_id"), "standard", ["organization_id"])
    op.create_index("ix_standard_standing", "standard", ["number"], sqlite_where=STANDING, postgresql_where=STANDING)
    op.create_index("uq_standard_draft", "standard", ["organization_id"], unique=True, sqlite_where=DRAFT, postgresql_where=DRAFT)

    op.create_table(
        "standard_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=8).with_variant(sa.String(length=8, collation="C"), "postgresql"), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("venue_kinds", sa.JSON(), nullable=False),
        sa.Column(
            "element",
            sa.Enum(
                "nameplate",
                "room_sign",
                "window_sign",
                "desk_plate",
                "area_sign",
                "notice_board",
                "code_sign",
                "emblem",
                "flag",
                "badge",
                "household",
                "other",
                name="sign_element",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "obligation",
            sa.Enum(
                "mandatory", "recommended", "forbidden", name="obligation", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("sizes", sa.JSON(), nullable=False),
        sa.Column("tolerance_mm", sa.Integer(), nullable=False),
        sa.Column("proportional", sa.Boolean(), nullable=False),
        sa.Column(
            "emblem",
            sa.Enum("forbidden", "allowed", "required", name="emblem_use", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("emblem_max_mm", sa.Integer(), nullable=True),
        sa.Column("emblem_article", sa.String(length=200), nullable=True),
        sa.Column("bottom_min_mm", sa.Integer(), nullable=True),
        sa.Column("bottom_max_mm", sa.Integer(), nullable=True),
        sa.Column("colours", sa.String(length=200), nullable=True),
        sa.Column("material", sa.String(length=200), nullable=True),
        sa.Column("position", sa.String(length=200), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=True),
        sa.Column("text_template", sa.String(length=200), nullable=True),
        sa.Column("basis", sa.JSON(), nullable=False),
        sa.Column("pictures", sa.JSON(), nullable=False),
        sa.Column("standard_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("element <> 'household' OR emblem = 'forbidden'", name=op.f("ck_standard_item_no_emblem_at_home")),
        sa.CheckConstraint(
            "emblem = 'forbidden' OR emblem_article IS NOT NULL", name=op.f("ck_standard_item_an_emblem_has_an_article")
        ),
        sa.CheckConstraint("tolerance_mm BETWEEN 0 AND 500", name=op.f("ck_standard_item_tolerance_in_range")),
        sa.ForeignKeyConstraint(["standard_id"], ["standard.id"], name=op.f("fk_standard_item_standard_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standard_item")),
    )
    op.create_index("uq_standard_item_code", "standard_item", ["standard_id", "code"], unique=True)
    op.create_table(
        "sign",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("width_mm", sa.Integer(), nullable=True),
        sa.Column("height_mm", sa.Integer(), nullable=True),
        sa.Column("bottom_mm", sa.Integer(), nullable=True),
        sa.Column("emblem_mm", sa.Integer(), nullable=True),
        sa.Column("text", sa.String(length=200), nullable=True),
        sa.Column("installed_on", sa.Date(), nullable=False),
        sa.Column("venue_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("installed", "damaged", "retired", name="sign_state", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("disposal", sa.String(length=200), nullable=True),
        sa.Column("state_reason", sa.String(length=200), nullable=True),
        sa.CheckConstraint("state = 'retired' OR disposal IS NULL", name=op.f("ck_sign_disposed_of_once_retired")),
        sa.ForeignKeyConstraint(["venue_id"], ["venue.id"], name=op.f("fk_sign_venue_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign")),
    )
    op.create_index(op.f("ix_sign_venue_id_code"), "sign", ["venue_id", "code"])
    op.create_index("ix_stored_file_of_standards", "stored_file", ["digest"], sqlite_where=PICTURES, postgresql_where=PICTURES)


def downgrade() -> None:
    op.drop_index("ix_stored_file_of_standards", "stored_file")
    op.drop_table("sign")
    op.drop_table("standard_item")
    op.drop_table("standard")
