"""The events of memberships, objects and attachments let go of, and roles that two people give."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ROLES = ("member", "secretary", "deputy", "town_officer", "district_officer", "administrator", "auditor")
STATES = ("open", "accepted", "refused", "withdrawn", "lapsed")


def upgrade() -> None:
    op.create_table(
        "discarded_object",
        sa.Column("storage_key", sa.String(length=80), nullable=False),
        sa.Column("discarded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("storage_key", name=op.f("pk_discarded_object")),
    )
    op.create_index(op.f("ix_discarded_object_discarded_at"), "discarded_object", ["discarded_at"])
    op.execute(
        "UPDATE stored_file SET attached_kind = NULL, attached_id = NULL WHERE attached_kind = 'correction_request' "
        "AND attached_id IN (SELECT id FROM correction_request WHERE state <> 'open')"
    )

    op.execute(f"ALTER TABLE slip_request ADD COLUMN role VARCHAR(32) CONSTRAINT ck_slip_request_role CHECK (role IN {ROLES})")
    with op.batch_alter_table("slip_request", copy_from=_slip_request()) as batch:
        batch.create_check_constraint(op.f("ck_slip_request_open_until_decided"), "(state = 'open') = (decided_at IS NULL)")


def downgrade() -> None:
    op.execute("DELETE FROM slip_request WHERE role IS NOT NULL")
    with op.batch_alter_table("slip_request", copy_from=_slip_request(is_checked=True)) as batch:
        batch.drop_constraint(op.f("ck_slip_request_open_until_decided"), type_="check")
        batch.drop_constraint(op.f("ck_slip_request_role"), type_="check")
        batch.drop_column("role")
    op.drop_table("discarded_object")


def _slip_request(*, is_checked: bool = False) -> sa.Table:
    """The whole table, since SQLite makes it anew and does not tell of its checks."""
    checks = [sa.CheckConstraint("(state = 'open') = (decided_at IS NULL)", name=op.f("ck_slip_request_open_until_decided"))]
    table = sa.Table(
        "slip_request",
        sa.MetaData(),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("role", sa.String(length=32), nullable=True),
        sa.CheckConstraint(f"state IN {STATES}", name=op.f("ck_slip_request_request_state")),
        sa.CheckConstraint(f"role IN {ROLES}", name=op.f("ck_slip_request_role")),
        *(checks if is_checked else []),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_slip_request_account_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"], name=op.f("fk_slip_request_decided_by")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_slip_request_organization_id")),
        sa.ForeignKeyConstraint(["requested_by"], ["account.id"], name=op.f("fk_slip_request_requested_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slip_request")),
    )
    is_open = sa.text("state = 'open'")
    sa.Index(op.f("ix_slip_request_account_id"), table.c.account_id)
    sa.Index(op.f("ix_slip_request_organization_id"), table.c.organization_id)
    sa.Index("uq_slip_request_open", table.c.account_id, unique=True, sqlite_where=is_open, postgresql_where=is_open)
    return table
