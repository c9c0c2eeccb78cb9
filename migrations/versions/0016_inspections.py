"""Inspections of venues with what they say of each item, and what has to be put right with the steps of its life."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "inspection",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("inspected_by", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("venue_id", sa.Uuid(), nullable=False),
        sa.Column(
            "venue_kind",
            sa.Enum(
                "service_center",
                "activity_room",
                "political_life_hall",
                "hall_room",
                "red_base",
                "station",
                "substation",
                "care_point",
                "discussion_corridor",
                "responsibility_area",
                "window",
                name="venue_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("standard_number", sa.Integer(), nullable=False),
        sa.Column("unannounced", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("final", sa.Boolean(), nullable=False),
        sa.Column("by_own_organization", sa.Boolean(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.CheckConstraint("NOT final OR finished_at IS NOT NULL", name=op.f("ck_inspection_final_is_finished")),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_inspection_revisions_from_one")),
        sa.ForeignKeyConstraint(["inspected_by"], ["account.id"], name=op.f("fk_inspection_inspected_by")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_inspection_organization_id")),
        sa.ForeignKeyConstraint(["standard_number"], ["standard.number"], name=op.f("fk_inspection_standard_number")),
        sa.ForeignKeyConstraint(["venue_id"], ["venue.id"], name=op.f("fk_inspection_venue_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection")),
    )
    op.create_index(op.f("ix_inspection_organization_id"), "inspection", ["organization_id"])
    op.create_index(op.f("ix_inspection_organization_id_finished_at"), "inspection", ["organization_id", "finished_at"])
    op.create_index(
        "ix_inspection_unfinished",
        "inspection",
        ["inspected_by"],
        sqlite_where=sa.text("NOT final"),
        postgresql_where=sa.text("NOT final"),
    )
    op.create_index(op.f("ix_inspection_venue_id_finished_at"), "inspection", ["venue_id", "finished_at"])
    op.create_index("uq_inspection_client_id", "inspection", ["inspected_by", "client_id"], unique=True)

    op.create_table(
        "inspection_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("inspection_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column(
            "result",
            sa.Enum("pass", "fail", "not_applicable", name="check_result", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("note", sa.String(length=200), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("responsible_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["inspection_id"], ["inspection.id"], name=op.f("fk_inspection_item_inspection_id")),
        sa.ForeignKeyConstraint(["responsible_id"], ["organization.id"], name=op.f("fk_inspection_item_responsible_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection_item")),
    )
    op.create_index("uq_inspection_item_code", "inspection_item", ["inspection_id", "code"], unique=True)

    op.create_table(
        "rectification",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("venue_id", sa.Uuid(), nullable=False),
        sa.Column("inspection_id", sa.Uuid(), nullable=False),
        sa.Column("source_kind", sa.String(length=40), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("finding", sa.String(length=200), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "claimed",
                "confirmed",
                "returned",
                name="rectification_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("claimed_by", sa.Uuid(), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'confirmed') = (confirmed_at IS NOT NULL)", name=op.f("ck_rectification_a_confirmation_has_a_time")
        ),
        sa.CheckConstraint("state <> 'claimed' OR claimed_at IS NOT NULL", name=op.f("ck_rectification_claimed_by_somebody")),
        sa.CheckConstraint("(claimed_by IS NULL) = (claimed_at IS NULL)", name=op.f("ck_rectification_a_claim_has_a_time")),
        sa.ForeignKeyConstraint(["claimed_by"], ["account.id"], name=op.f("fk_rectification_claimed_by")),
        sa.ForeignKeyConstraint(["inspection_id"], ["inspection.id"], name=op.f("fk_rectification_inspection_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_rectification_organization_id")),
        sa.ForeignKeyConstraint(["venue_id"], ["venue.id"], name=op.f("fk_rectification_venue_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rectification")),
    )
    op.create_index(
        "ix_rectification_claimed",
        "rectification",
        ["organization_id"],
        sqlite_where=sa.text("state = 'claimed'"),
        postgresql_where=sa.text("state = 'claimed'"),
    )
    op.create_index(op.f("ix_rectification_inspection_id"), "rectification", ["inspection_id"])
    op.create_index(op.f("ix_rectification_organization_id"), "rectification", ["organization_id"])
    op.create_index(op.f("ix_rectification_organization_id_state"), "rectification", ["organization_id", "state"])
    op.create_index(
        "ix_rectification_unclaimed",
        "rectification",
        ["due_on"],
        sqlite_where=sa.text("state IN ('open', 'returned')"),
        postgresql_where=sa.text("state IN ('open', 'returned')"),
    )
    op.create_index("uq_rectification_source", "rectification", ["source_kind", "source_id"], unique=True)

    op.create_table(
        "rectification_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("rectification_id", sa.Uuid(), nullable=False),
        sa.Column(
            "action",
            sa.Enum(
                "claim",
                "confirm",
                "return",
                name="rectification_action",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_by", sa.Uuid(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["done_by"], ["account.id"], name=op.f("fk_rectification_event_done_by")),
        sa.ForeignKeyConstraint(["rectification_id"], ["rectification.id"], name=op.f("fk_rectification_event_rectification_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rectification_event")),
    )
    op.create_index(op.f("ix_rectification_event_rectification_id_at"), "rectification_event", ["rectification_id", "at"])


def downgrade() -> None:
    op.drop_table("rectification_event")
    op.drop_table("rectification")
    op.drop_table("inspection_item")
    op.drop_table("inspection")
