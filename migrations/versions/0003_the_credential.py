"""Status lists, complaints, why a card ends on its last day, and losses that holders report."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BASES = "expiry_basis IN ('validity', 'probation', 'term', 'manual')"
LIST_SIZE = 1 << 20


def upgrade() -> None:
    op.create_table(
        "status_list",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("changes", sa.BigInteger(), nullable=False),
        sa.Column("signed_changes", sa.BigInteger(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=True),
        sa.Column("key_slot", sa.Integer(), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("number BETWEEN 0 AND 65535", name=op.f("ck_status_list_number_is_16_bits")),
        sa.CheckConstraint("(token IS NULL) = (signed_at IS NULL)", name=op.f("ck_status_list_signed_at_some_time")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_status_list")),
    )
    allocated = op.get_bind().execute(sa.text("SELECT allocated FROM status_counter WHERE id = 1")).scalar_one()
    for number in range(-(-allocated // LIST_SIZE)):
        op.execute(f"INSERT INTO status_list (number, changes, signed_changes) VALUES ({number}, 0, 0)")

    op.create_table(
        "complaint",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("card_id", sa.Uuid(), nullable=True),
        sa.Column("plate_id", sa.Uuid(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "not_the_person",
                "forged",
                "misused",
                "other",
                name="complaint_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("details_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("contact_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("code_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("network_digest", sa.String(length=64), nullable=True),
        sa.Column("receipt_no", sa.String(length=12), nullable=False),
        sa.Column("sent_digest", sa.String(length=64), nullable=False),
        sa.Column(
            "state",
            sa.Enum("open", "founded", "unfounded", name="complaint_state", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_reason", sa.String(length=200), nullable=True),
        sa.CheckConstraint("(state = 'open') = (decided_at IS NULL)", name=op.f("ck_complaint_open_until_decided")),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name=op.f("fk_complaint_card_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"], name=op.f("fk_complaint_decided_by")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_complaint_organization_id")),
        sa.ForeignKeyConstraint(["plate_id"], ["plate.id"], name=op.f("fk_complaint_plate_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint")),
        sa.UniqueConstraint("receipt_no", name=op.f("uq_complaint_receipt_no")),
        sa.UniqueConstraint("sent_digest", name=op.f("uq_complaint_sent_digest")),
    )
    op.create_index(op.f("ix_complaint_card_id_created_at"), "complaint", ["card_id", "created_at"])
    op.create_index(op.f("ix_complaint_network_digest"), "complaint", ["network_digest"])
    op.create_index(op.f("ix_complaint_organization_id"), "complaint", ["organization_id"])
    op.create_index(op.f("ix_complaint_organization_id_state_created_at"), "complaint", ["organization_id", "state", "created_at"])

    # Written out, so that SQLite adds the column in place: a table made anew would lose the checks that it does not reflect.
    op.execute(
        "ALTER TABLE card ADD COLUMN expiry_basis VARCHAR(32) DEFAULT 'validity' NOT NULL "
        f"CONSTRAINT ck_card_expiry_basis CHECK ({BASES})"
    )
    op.execute(
        "UPDATE card SET expiry_basis = 'probation' WHERE member_id IN (SELECT id FROM member WHERE status = 'probationary')"
    )
    op.add_column("card", sa.Column("lost_reported_at", sa.DateTime(timezone=True), nullable=True))
    living, ended = sa.text("state IN ('valid', 'suspended')"), sa.text("state <> 'valid'")
    op.create_index("ix_card_expiring", "card", ["expires_on"], sqlite_where=living, postgresql_where=living)
    op.create_index(
        "ix_card_not_valid", "card", ["status_list", "status_index", "state"], sqlite_where=ended, postgresql_where=ended
    )
    op.add_column("plate", sa.Column("lost_reported_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_plate_lost_reported_at"), "plate", ["lost_reported_at"])
    op.create_index(op.f("ix_scan_count_hour"), "scan_count", ["hour"])
    op.add_column("organization", sa.Column("term_ends_on", sa.Date(), nullable=True))


def downgrade() -> None:
    op.execute("ALTER TABLE organization DROP COLUMN term_ends_on")
    op.drop_index(op.f("ix_scan_count_hour"), table_name="scan_count")
    op.drop_index(op.f("ix_plate_lost_reported_at"), table_name="plate")
    op.execute("ALTER TABLE plate DROP COLUMN lost_reported_at")
    op.drop_index("ix_card_not_valid", table_name="card")
    op.drop_index("ix_card_expiring", table_name="card")
    op.execute("ALTER TABLE card DROP COLUMN lost_reported_at")
    op.execute("ALTER TABLE card DROP COLUMN expiry_basis")
    op.drop_table("complaint")
    op.drop_table("status_list")
