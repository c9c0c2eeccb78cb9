"""The events of memberships, objects and attachments let go of, and roles that two people give."""

import sqlalchemy as sa
from alembic import op
from uuid_utils.compat import uuid7

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ROLES = ("member", "secretary", "deputy", "town_officer", "district_officer", "administrator", "auditor")
EVENTS = ("confirmed", "transferred", "left", "restored")
LEAVINGS = ("transferred_out", "deceased", "expelled", "removed", "withdrew", "probation_cancelled")
STATES = ("open", "accepted", "refused", "withdrawn", "lapsed")


def upgrade() -> None:
    op.create_table(
        "membership_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(*EVENTS, name="membership_event_kind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("to_organization_id", sa.Uuid(), nullable=True),
        sa.Column(
            "left_kind",
            sa.Enum(*LEAVINGS, name="leaving_kind", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(kind = 'left') = (left_kind IS NOT NULL)", name=op.f("ck_membership_event_left_has_a_kind")),
        sa.CheckConstraint(
            "(kind = 'transferred') = (to_organization_id IS NOT NULL)", name=op.f("ck_membership_event_transferred_somewhere")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_membership_event_member_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_membership_event_organization_id")),
        sa.ForeignKeyConstraint(["to_organization_id"], ["organization.id"], name=op.f("fk_membership_event_to_organization_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["account.id"], name=op.f("fk_membership_event_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership_event")),
    )
    op.create_index(op.f("ix_membership_event_member_id"), "membership_event", ["member_id"])
    _tell_of_those_who_have_left()

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
    op.drop_table("membership_event")


def _tell_of_those_who_have_left() -> None:
    """Their records have not been changed since: the last change is the leaving itself."""
    member = sa.table(
        "member",
        sa.column("id", sa.Uuid()),
        sa.column("organization_id", sa.Uuid()),
        sa.column("updated_at", sa.DateTime(timezone=True)),
        sa.column("left_on", sa.Date()),
        sa.column("left_kind", sa.String()),
        sa.column("left_reason", sa.String()),
    )
    names = ("id", "created_at", "updated_at", "member_id", "organization_id", "happened_on", "kind", "left_kind", "reason")
    event = sa.table("membership_event", *(sa.column(name) for name in (*names, "version")))
    for name in ("id", "member_id", "organization_id"):
        event.c[name].type = sa.Uuid()
    for name in ("created_at", "updated_at"):
        event.c[name].type = sa.DateTime(timezone=True)
    event.c.happened_on.type = sa.Date()
    left = op.get_bind().execute(sa.select(member).where(member.c.left_kind.is_not(None))).all()
    rows = [
        (uuid7(), row.updated_at, row.updated_at, row.id, row.organization_id, row.left_on, "left", row.left_kind, row.left_reason)
        for row in left
    ]
    if rows:
        op.bulk_insert(event, [{**dict(zip(names, row, strict=True)), "version": 1} for row in rows])


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
