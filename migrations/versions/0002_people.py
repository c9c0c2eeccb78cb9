"""Transfers, corrections, files, photos with their consent, slips, and how a membership ended."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KINDS = "left_kind IN ('transferred_out', 'deceased', 'expelled', 'removed', 'withdrew', 'probation_cancelled')"


def upgrade() -> None:
    op.create_table(
        "consent",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind", sa.Enum("photo", name="consent_kind", native_enum=False, create_constraint=True, length=32), nullable=False
        ),
        sa.Column("text_version", sa.String(length=20), nullable=False),
        sa.Column(
            "source",
            sa.Enum("in_app", "on_paper", name="consent_source", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_by", sa.Uuid(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["given_by"], ["account.id"], name=op.f("fk_consent_given_by")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_consent_member_id")),
        sa.ForeignKeyConstraint(["withdrawn_by"], ["account.id"], name=op.f("fk_consent_withdrawn_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_consent_member_id"), ["member_id"], unique=False)
        batch_op.create_index(
            "uq_consent_standing",
            ["member_id", "kind"],
            unique=True,
            sqlite_where=sa.text("withdrawn_at IS NULL"),
            postgresql_where=sa.text("withdrawn_at IS NULL"),
        )

    op.create_table(
        "correction_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("changes_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=True),
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
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_reason", sa.String(length=200), nullable=True),
        sa.CheckConstraint("(state = 'open') = (decided_at IS NULL)", name=op.f("ck_correction_request_open_until_decided")),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"], name=op.f("fk_correction_request_decided_by")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_correction_request_member_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_correction_request_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction_request")),
    )
    with op.batch_alter_table("correction_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_correction_request_member_id"), ["member_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_correction_request_organization_id"), ["organization_id"], unique=False)
        batch_op.create_index(
            "uq_correction_request_open",
            ["member_id"],
            unique=True,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )

    op.create_table(
        "slip_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
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
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_slip_request_account_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"], name=op.f("fk_slip_request_decided_by")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_slip_request_organization_id")),
        sa.ForeignKeyConstraint(["requested_by"], ["account.id"], name=op.f("fk_slip_request_requested_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slip_request")),
    )
    with op.batch_alter_table("slip_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_slip_request_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_slip_request_organization_id"), ["organization_id"], unique=False)
        batch_op.create_index(
            "uq_slip_request_open",
            ["account_id"],
            unique=True,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )

    op.create_table(
        "stored_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum("portrait", "attachment", name="file_purpose", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum("awaited", "ready", name="file_state", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("storage_key", sa.String(length=80), nullable=False),
        sa.Column("media_type", sa.String(length=40), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("uploaded_by", sa.Uuid(), nullable=False),
        sa.Column("awaited_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attached_kind", sa.String(length=40), nullable=True),
        sa.Column("attached_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(state = 'ready') = (digest IS NOT NULL)", name=op.f("ck_stored_file_ready_has_a_digest")),
        sa.CheckConstraint("(attached_kind IS NULL) = (attached_id IS NULL)", name=op.f("ck_stored_file_attached_to_one_thing")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_stored_file_organization_id")),
        sa.ForeignKeyConstraint(["uploaded_by"], ["account.id"], name=op.f("fk_stored_file_uploaded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_file")),
        sa.UniqueConstraint("storage_key", name=op.f("uq_stored_file_storage_key")),
    )
    with op.batch_alter_table("stored_file", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_stored_file_attached_kind_attached_id"), ["attached_kind", "attached_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_stored_file_organization_id"), ["organization_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_stored_file_state_created_at"), ["state", "created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_stored_file_uploaded_by"), ["uploaded_by"], unique=False)

    op.create_table(
        "transfer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("to_organization_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
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
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_reason", sa.String(length=200), nullable=True),
        sa.CheckConstraint("(state = 'open') = (decided_at IS NULL)", name=op.f("ck_transfer_open_until_decided")),
        sa.CheckConstraint("organization_id <> to_organization_id", name=op.f("ck_transfer_leads_elsewhere")),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"], name=op.f("fk_transfer_decided_by")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_transfer_member_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_transfer_organization_id")),
        sa.ForeignKeyConstraint(["requested_by"], ["account.id"], name=op.f("fk_transfer_requested_by")),
        sa.ForeignKeyConstraint(["to_organization_id"], ["organization.id"], name=op.f("fk_transfer_to_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer")),
    )
    with op.batch_alter_table("transfer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_transfer_member_id"), ["member_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_transfer_organization_id"), ["organization_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_transfer_to_organization_id"), ["to_organization_id"], unique=False)
        batch_op.create_index(
            "uq_transfer_open",
            ["member_id"],
            unique=True,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )

    op.create_table(
        "photo",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("consent_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["consent_id"], ["consent.id"], name=op.f("fk_photo_consent_id")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_photo_file_id")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_photo_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photo")),
        sa.UniqueConstraint("consent_id", name=op.f("uq_photo_consent_id")),
        sa.UniqueConstraint("file_id", name=op.f("uq_photo_file_id")),
        sa.UniqueConstraint("member_id", name=op.f("uq_photo_member_id")),
    )
    op.add_column("account", sa.Column("one_time_until", sa.DateTime(timezone=True), nullable=True))
    # Written out, so that SQLite adds the column in place: a table made anew would lose the checks that it does not reflect.
    op.execute(f"ALTER TABLE member ADD COLUMN left_kind VARCHAR(32) CONSTRAINT ck_member_leaving_kind CHECK ({KINDS})")


def downgrade() -> None:
    op.execute("ALTER TABLE member DROP COLUMN left_kind")
    op.execute("ALTER TABLE account DROP COLUMN one_time_until")
    op.drop_table("photo")
    op.drop_table("transfer")
    op.drop_table("stored_file")
    op.drop_table("slip_request")
    op.drop_table("correction_request")
    op.drop_table("consent")
