"""Venues: places where signs hang; and complaints about one."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

KINDS = (
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
)


def upgrade() -> None:
    op.create_table(
        "venue",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(*KINDS, name="venue_kind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=80).with_variant(sa.String(length=80, collation="C"), "postgresql"), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=True),
        sa.Column("opening_hours", sa.String(length=120), nullable=True),
        sa.Column("services", sa.JSON(), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("lat", sa.Integer(), nullable=True),
        sa.Column("lon", sa.Integer(), nullable=True),
        sa.Column("contact_member_id", sa.Uuid(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("state_reason", sa.String(length=200), nullable=True),
        sa.Column("code", sa.String(length=15), nullable=False),
        sa.CheckConstraint("(lat IS NULL) = (lon IS NULL)", name=op.f("ck_venue_a_position_is_whole")),
        sa.CheckConstraint("lat BETWEEN 3000000 AND 54000000", name=op.f("ck_venue_lat_in_china")),
        sa.CheckConstraint("lon BETWEEN 73000000 AND 136000000", name=op.f("ck_venue_lon_in_china")),
        sa.ForeignKeyConstraint(["contact_member_id"], ["member.id"], name=op.f("fk_venue_contact_member_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_venue_organization_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["venue.id"], name=op.f("fk_venue_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_venue")),
        sa.UniqueConstraint("code", name=op.f("uq_venue_code")),
    )
    op.create_index(op.f("ix_venue_organization_id"), "venue", ["organization_id"])
    op.create_index(op.f("ix_venue_name"), "venue", ["name"])
    op.create_index(op.f("ix_venue_lat_lon"), "venue", ["lat", "lon"])
    for column in ("parent_id", "contact_member_id"):
        known = sa.text(f"{column} IS NOT NULL")
        op.create_index(f"ix_venue_{column}", "venue", [column], sqlite_where=known, postgresql_where=known)

    # A constraint of its own cannot be added to a table of SQLite; one of the column can on both.
    key = "CHAR(32)" if op.get_bind().dialect.name == "sqlite" else "UUID"
    op.execute(f"ALTER TABLE complaint ADD COLUMN venue_id {key} CONSTRAINT fk_complaint_venue_id REFERENCES venue (id)")
    known = sa.text("venue_id IS NOT NULL")
    op.create_index("ix_complaint_venue_id", "complaint", ["venue_id", "created_at"], sqlite_where=known, postgresql_where=known)


def downgrade() -> None:
    op.drop_index("ix_complaint_venue_id", "complaint")
    op.drop_column("complaint", "venue_id")
    op.drop_table("venue")
