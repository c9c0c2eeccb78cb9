"""Batches of plates to be printed, and the picture of the emblem."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

KINDS = ("name_badge", "desk_plate", "post_plate", "window_plate", "household_plate", "venue_sign")
LAYOUTS = ("single", "a4")
BEFORE = "purpose IN ('portrait', 'attachment')"
AFTER = "purpose IN ('portrait', 'attachment', 'emblem')"
REASONS = ("card_not_valid", "no_plate", "withdrawn", "emblem_not_allowed", "not_full_member", "missing_glyph")


def _words(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    op.create_table(
        "print_batch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("kind", _words("print_kind", *KINDS), nullable=False),
        sa.Column("layout", _words("print_layout", *LAYOUTS), nullable=False),
        sa.Column("emblem", sa.Boolean(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("made", sa.Integer(), nullable=False),
        sa.Column("reprint_of", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(reprint_of IS NULL) = (reason IS NULL)", name=op.f("ck_print_batch_a_reprint_has_a_reason")),
        sa.ForeignKeyConstraint(["created_by"], ["account.id"], name=op.f("fk_print_batch_created_by")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_print_batch_organization_id")),
        sa.ForeignKeyConstraint(["reprint_of"], ["print_batch.id"], name=op.f("fk_print_batch_reprint_of")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_print_batch")),
    )
    op.create_index(op.f("ix_print_batch_organization_id"), "print_batch", ["organization_id"])
    op.create_index(op.f("ix_print_batch_reprint_of"), "print_batch", ["reprint_of"])
    op.create_table(
        "print_item",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("plate_id", sa.Uuid(), nullable=True),
        sa.Column("venue_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(plate_id IS NULL) <> (venue_id IS NULL)", name=op.f("ck_print_item_one_thing")),
        sa.ForeignKeyConstraint(["batch_id"], ["print_batch.id"], name=op.f("fk_print_item_batch_id")),
        sa.ForeignKeyConstraint(["plate_id"], ["plate.id"], name=op.f("fk_print_item_plate_id")),
        sa.ForeignKeyConstraint(["venue_id"], ["venue.id"], name=op.f("fk_print_item_venue_id")),
        sa.PrimaryKeyConstraint("batch_id", "position", name=op.f("pk_print_item")),
    )
    op.create_table(
        "print_left_out",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("venue_id", sa.Uuid(), nullable=True),
        sa.Column("reason", _words("left_out_reason", *REASONS), nullable=False),
        sa.Column("characters", sa.String(length=100), nullable=True),
        sa.CheckConstraint("(member_id IS NULL) <> (venue_id IS NULL)", name=op.f("ck_print_left_out_one_thing")),
        sa.ForeignKeyConstraint(["batch_id"], ["print_batch.id"], name=op.f("fk_print_left_out_batch_id")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_print_left_out_member_id")),
        sa.ForeignKeyConstraint(["venue_id"], ["venue.id"], name=op.f("fk_print_left_out_venue_id")),
        sa.PrimaryKeyConstraint("batch_id", "position", name=op.f("pk_print_left_out")),
    )
    op.create_index(op.f("ix_print_item_plate_id"), "print_item", ["plate_id"])
    op.create_index(op.f("ix_print_item_venue_id"), "print_item", ["venue_id"])
    op.create_index(op.f("ix_print_left_out_member_id"), "print_left_out", ["member_id"])
    op.create_index(op.f("ix_print_left_out_venue_id"), "print_left_out", ["venue_id"])
    _let_purposes_be(BEFORE, AFTER)


def downgrade() -> None:
    op.execute("DELETE FROM stored_file WHERE purpose = 'emblem'")
    _let_purposes_be(AFTER, BEFORE)
    op.drop_table("print_left_out")
    op.drop_table("print_item")
    op.drop_table("print_batch")


def _let_purposes_be(before: str, after: str) -> None:
    """Hold the purposes of files to other words.

    SQLite has no way to change a CHECK of a table that others refer to, but by its text, as its own documentation on ALTER TABLE
    says for changes that leave the rows as they are.
    """
    if op.get_bind().dialect.name == "sqlite":
        version = op.get_bind().exec_driver_sql("PRAGMA schema_version").scalar_one()
        op.get_bind().exec_driver_sql("PRAGMA writable_schema = ON")
        change = "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE name = 'stored_file'"
        op.get_bind().exec_driver_sql(change, (before, after))
        told = op.get_bind().exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = 'stored_file'").scalar_one()
        if after not in told:
            raise RuntimeError(f"stored_file has not the CHECK that is to be changed: {told}")
        op.get_bind().exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
        op.get_bind().exec_driver_sql("PRAGMA writable_schema = OFF")
    else:
        op.execute("ALTER TABLE stored_file DROP CONSTRAINT ck_stored_file_file_purpose")
        op.execute(f"ALTER TABLE stored_file ADD CONSTRAINT ck_stored_file_file_purpose CHECK ({after})")
