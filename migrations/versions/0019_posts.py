"""Posts with their duties, who holds them, and who asks to."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

STANDS = sa.text("party_post IS NOT NULL AND closed_on IS NULL")
WAITS = sa.text("state = 'open'")
IN_VENUE = sa.text("venue_id IS NOT NULL")
SENT = sa.text("sent_by_id IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "post",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "party",
                "duty",
                "window",
                "pioneer",
                "first_secretary",
                "secondment",
                name="post_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("catalogue_code", sa.String(length=32), nullable=True),
        sa.Column(
            "party_post",
            sa.Enum(
                "secretary",
                "deputy_secretary",
                "organization_commissioner",
                "publicity_commissioner",
                "discipline_commissioner",
                "committee_member",
                "group_leader",
                name="party_post",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("duties", sa.JSON(), nullable=False),
        sa.Column("venue_id", sa.Uuid(), nullable=True),
        sa.Column("announced_until", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("closed_reason", sa.String(length=200), nullable=True),
        sa.CheckConstraint("(kind = 'party') = (party_post IS NOT NULL)", name=op.f("ck_post_a_party_post_has_its_word")),
        sa.CheckConstraint("seats BETWEEN 1 AND 50", name=op.f("ck_post_one_to_fifty_seats")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_post_organization_id")),
        sa.ForeignKeyConstraint(["venue_id"], ["venue.id"], name=op.f("fk_post_venue_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
    )
    op.create_index(op.f("ix_post_organization_id"), "post", ["organization_id"])
    op.create_index("ix_post_venue_id", "post", ["venue_id"], sqlite_where=IN_VENUE, postgresql_where=IN_VENUE)
    op.create_index(
        "uq_post_party", "post", ["organization_id", "party_post"], unique=True, sqlite_where=STANDS, postgresql_where=STANDS
    )

    op.create_table(
        "post_holding",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column(
            "slot",
            sa.Enum("primary", "backup", name="post_slot", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("sent_by_id", sa.Uuid(), nullable=True),
        sa.Column("how", _how(), nullable=False),
        sa.Column("end_reason", sa.String(length=200), nullable=True),
        sa.CheckConstraint("until IS NULL OR until >= since", name=op.f("ck_post_holding_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_post_holding_member_id")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_post_holding_post_id")),
        sa.ForeignKeyConstraint(["sent_by_id"], ["organization.id"], name=op.f("fk_post_holding_sent_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_holding")),
    )
    op.create_index(op.f("ix_post_holding_member_id"), "post_holding", ["member_id"])
    op.create_index(op.f("ix_post_holding_post_id"), "post_holding", ["post_id"])
    op.create_index("ix_post_holding_sent_by_id", "post_holding", ["sent_by_id"], sqlite_where=SENT, postgresql_where=SENT)

    op.create_table(
        "post_application",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_reason", sa.String(length=200), nullable=True),
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("how", _how(), nullable=False),
        sa.Column("statement", sa.String(length=500), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "accepted",
                "refused",
                "withdrawn",
                "lapsed",
                name="request_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("holding_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(state = 'accepted') = (holding_id IS NOT NULL)", name=op.f("ck_post_application_accepted_with_a_holding")
        ),
        sa.CheckConstraint("how IN ('applied', 'recommended')", name=op.f("ck_post_application_applied_or_recommended")),
        sa.CheckConstraint("(state = 'open') = (decided_at IS NULL)", name=op.f("ck_post_application_open_until_decided")),
        sa.ForeignKeyConstraint(["asked_by"], ["account.id"], name=op.f("fk_post_application_asked_by")),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"], name=op.f("fk_post_application_decided_by")),
        sa.ForeignKeyConstraint(["holding_id"], ["post_holding.id"], name=op.f("fk_post_application_holding_id")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_post_application_member_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_post_application_organization_id")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_post_application_post_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_application")),
    )
    op.create_index(op.f("ix_post_application_member_id"), "post_application", ["member_id"])
    op.create_index(op.f("ix_post_application_organization_id"), "post_application", ["organization_id"])
    op.create_index(op.f("ix_post_application_post_id"), "post_application", ["post_id"])
    op.create_index(
        "ix_post_application_waits", "post_application", ["organization_id"], sqlite_where=WAITS, postgresql_where=WAITS
    )
    op.create_index(
        "uq_post_application_open",
        "post_application",
        ["post_id", "member_id"],
        unique=True,
        sqlite_where=WAITS,
        postgresql_where=WAITS,
    )


def downgrade() -> None:
    op.drop_table("post_application")
    op.drop_table("post_holding")
    op.drop_table("post")


def _how() -> sa.Enum:
    return sa.Enum(
        "appointed",
        "elected",
        "applied",
        "recommended",
        name="holding_how",
        native_enum=False,
        create_constraint=True,
        length=32,
    )
