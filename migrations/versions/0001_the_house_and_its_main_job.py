"""The tables of access, organisations, members, cards and audit, and the triggers that keep the audit trail as it was written."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SQLITE_TRIGGERS = """
CREATE TRIGGER audit_line_stays_{name} BEFORE {verb} ON audit_line
BEGIN SELECT RAISE(ABORT, 'an audit line is never changed'); END
"""
POSTGRESQL_FUNCTION = """
CREATE FUNCTION audit_line_stays() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'an audit line is never changed'; END $$
"""
POSTGRESQL_TRIGGER = """
CREATE TRIGGER audit_line_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_line
FOR EACH STATEMENT EXECUTE FUNCTION audit_line_stays()
"""


def upgrade() -> None:
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("mac", sa.String(length=64), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_head_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "audit_line",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("target_kind", sa.String(length=40), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("mac", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_line")),
    )
    with op.batch_alter_table("audit_line", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_audit_line_organization_id"), ["organization_id"], unique=False)
        batch_op.create_index(op.f("ix_audit_line_target_id"), ["target_id"], unique=False)

    op.create_table(
        "organization",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80).with_variant(sa.String(length=80, collation="C"), "postgresql"), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "district",
                "town",
                "department",
                "village",
                "community",
                "enterprise",
                "general_branch",
                "branch",
                "joint_branch",
                "group",
                name="organization_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("service_phone", sa.String(length=40), nullable=True),
        sa.Column(
            "name_display",
            sa.Enum("full", "masked", name="name_display", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("path", sa.String(length=330).with_variant(sa.String(length=330, collation="C"), "postgresql"), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.CheckConstraint("(parent_id IS NULL) = (kind = 'district')", name=op.f("ck_organization_only_the_district_is_root")),
        sa.ForeignKeyConstraint(["parent_id"], ["organization.id"], name=op.f("fk_organization_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization")),
        sa.UniqueConstraint("code", name=op.f("uq_organization_code")),
        sa.UniqueConstraint("path", name=op.f("uq_organization_path")),
    )
    with op.batch_alter_table("organization", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_organization_name"), ["name"], unique=False)
        batch_op.create_index(op.f("ix_organization_parent_id"), ["parent_id"], unique=False)

    op.create_table(
        "sign_in_limit",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("window_started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sign_in_limit")),
    )
    with op.batch_alter_table("sign_in_limit", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_sign_in_limit_window_started_at"), ["window_started_at"], unique=False)

    op.create_table(
        "signing_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("thumbprint", sa.String(length=43), nullable=False),
        sa.Column("public_x", sa.String(length=43), nullable=False),
        sa.Column("public_y", sa.String(length=43), nullable=False),
        sa.Column("private_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("signs_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("slot BETWEEN 0 AND 255", name=op.f("ck_signing_key_slot_is_8_bits")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_key")),
        sa.UniqueConstraint("slot", name=op.f("uq_signing_key_slot")),
        sa.UniqueConstraint("thumbprint", name=op.f("uq_signing_key_thumbprint")),
    )
    op.create_table(
        "status_counter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("allocated", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_status_counter_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_counter")),
    )
    op.create_table(
        "member",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column(
            "full_name", sa.String(length=50).with_variant(sa.String(length=50, collation="C"), "postgresql"), nullable=False
        ),
        sa.Column(
            "gender", sa.Enum("male", "female", name="gender", native_enum=False, create_constraint=True, length=32), nullable=True
        ),
        sa.Column("ethnicity", sa.String(length=20), nullable=True),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column(
            "birth_precision",
            sa.Enum("day", "month", name="birth_precision", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("education", sa.String(length=20), nullable=True),
        sa.Column("native_place", sa.String(length=80), nullable=True),
        sa.Column("joined_on", sa.Date(), nullable=False),
        sa.Column(
            "joined_precision",
            sa.Enum("day", "month", name="joined_precision", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("confirmed_on", sa.Date(), nullable=True),
        sa.Column(
            "confirmed_precision",
            sa.Enum("day", "month", name="confirmed_precision", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum("full", "probationary", "left", name="member_status", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
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
        sa.Column("employer", sa.String(length=80), nullable=True),
        sa.Column("job_title", sa.String(length=80), nullable=True),
        sa.Column("is_mobile", sa.Boolean(), nullable=False),
        sa.Column("is_out_of_contact", sa.Boolean(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.Column("national_id_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("national_id_digest", sa.String(length=64), nullable=True),
        sa.Column("mobile_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("mobile_digest", sa.String(length=64), nullable=True),
        sa.Column("home_address_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("left_reason", sa.String(length=200), nullable=True),
        sa.CheckConstraint("(status = 'left') = (left_on IS NOT NULL)", name=op.f("ck_member_left_has_a_day")),
        sa.CheckConstraint(
            "confirmed_on IS NULL OR confirmed_on >= joined_on OR confirmed_precision = 'month'",
            name=op.f("ck_member_confirmed_after_joined"),
        ),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_member_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member")),
        sa.UniqueConstraint("national_id_digest", name=op.f("uq_member_national_id_digest")),
    )
    with op.batch_alter_table("member", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_member_full_name_id"), ["full_name", "id"], unique=False)
        batch_op.create_index(op.f("ix_member_mobile_digest"), ["mobile_digest"], unique=False)
        batch_op.create_index(op.f("ix_member_organization_id"), ["organization_id"], unique=False)
        batch_op.create_index(op.f("ix_member_organization_id_full_name_id"), ["organization_id", "full_name", "id"], unique=False)

    op.create_table(
        "account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("username", sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql"), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("password_changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_account_member_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_account_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("member_id", name=op.f("uq_account_member_id")),
        sa.UniqueConstraint("username", name=op.f("uq_account_username")),
    )
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_account_organization_id"), ["organization_id"], unique=False)

    op.create_table(
        "card",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("credential_number", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "valid",
                "suspended",
                "revoked",
                "expired",
                "transferred",
                name="card_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("state_reason", sa.String(length=200), nullable=True),
        sa.Column("state_changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("status_list", sa.Integer(), nullable=False),
        sa.Column("status_index", sa.Integer(), nullable=False),
        sa.CheckConstraint("credential_number BETWEEN 0 AND 281474976710655", name=op.f("ck_card_credential_number_is_48_bits")),
        sa.CheckConstraint("status_index BETWEEN 0 AND 1048575", name=op.f("ck_card_status_index_is_20_bits")),
        sa.CheckConstraint("status_list BETWEEN 0 AND 65535", name=op.f("ck_card_status_list_is_16_bits")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_card_member_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_card_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card")),
        sa.UniqueConstraint("credential_number", name=op.f("uq_card_credential_number")),
        sa.UniqueConstraint("status_list", "status_index", name=op.f("uq_card_status_list_status_index")),
    )
    with op.batch_alter_table("card", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_card_member_id"), ["member_id"], unique=False)
        batch_op.create_index(op.f("ix_card_organization_id"), ["organization_id"], unique=False)
        batch_op.create_index(
            "uq_card_living",
            ["member_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('valid', 'suspended')"),
            postgresql_where=sa.text("state IN ('valid', 'suspended')"),
        )

    op.create_table(
        "idempotent_request",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("route", sa.String(length=100), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("request_digest", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_idempotent_request_account_id")),
        sa.PrimaryKeyConstraint("account_id", "route", "key", name=op.f("pk_idempotent_request")),
    )
    with op.batch_alter_table("idempotent_request", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_idempotent_request_created_at"), ["created_at"], unique=False)

    op.create_table(
        "plate",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "name_badge",
                "desk_plate",
                "post_plate",
                "window_plate",
                "household_plate",
                name="plate_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("code", sa.String(length=15), nullable=False),
        sa.Column("card_id", sa.Uuid(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name=op.f("fk_plate_card_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_plate_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plate")),
        sa.UniqueConstraint("code", name=op.f("uq_plate_code")),
    )
    with op.batch_alter_table("plate", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_plate_card_id"), ["card_id"], unique=False)
        batch_op.create_index(op.f("ix_plate_organization_id"), ["organization_id"], unique=False)

    op.create_table(
        "role_grant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "member",
                "secretary",
                "deputy",
                "town_officer",
                "district_officer",
                "administrator",
                "auditor",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("granted_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_role_grant_account_id")),
        sa.ForeignKeyConstraint(["granted_by"], ["account.id"], name=op.f("fk_role_grant_granted_by")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_role_grant_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grant")),
    )
    with op.batch_alter_table("role_grant", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_role_grant_account_id"), ["account_id"], unique=False)
        batch_op.create_index(op.f("ix_role_grant_organization_id"), ["organization_id"], unique=False)
        batch_op.create_index(
            "uq_role_grant_alive",
            ["account_id", "role", "organization_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "scan_count",
        sa.Column("card_id", sa.Uuid(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "valid",
                "suspended",
                "revoked",
                "expired",
                "transferred",
                "stale_code",
                "not_found",
                name="scan_outcome",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name=op.f("fk_scan_count_card_id")),
        sa.PrimaryKeyConstraint("card_id", "hour", "outcome", name=op.f("pk_scan_count")),
    )
    op.create_table(
        "sign_in_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("device", sa.String(length=120), nullable=False),
        sa.Column("network_digest", sa.String(length=64), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "end_reason",
            sa.Enum(
                "signed_out",
                "ended_by_owner",
                "password_changed",
                "refresh_token_reused",
                "account_disabled",
                name="session_end",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_sign_in_session_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_session")),
    )
    with op.batch_alter_table("sign_in_session", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_sign_in_session_account_id"), ["account_id"], unique=False)
        batch_op.create_index(op.f("ix_sign_in_session_network_digest"), ["network_digest"], unique=False)

    op.create_table(
        "refresh_token",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["parent_id"], ["refresh_token.id"], name=op.f("fk_refresh_token_parent_id")),
        sa.ForeignKeyConstraint(["session_id"], ["sign_in_session.id"], name=op.f("fk_refresh_token_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refresh_token")),
        sa.UniqueConstraint("digest", name=op.f("uq_refresh_token_digest")),
    )
    with op.batch_alter_table("refresh_token", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_refresh_token_parent_id"), ["parent_id"], unique=False)
        batch_op.create_index(op.f("ix_refresh_token_session_id"), ["session_id"], unique=False)

    op.execute(f"INSERT INTO audit_head (id, seq, mac, seal) VALUES (1, 0, '{'0' * 64}', '')")
    op.execute("INSERT INTO status_counter (id, allocated) VALUES (1, 0)")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(POSTGRESQL_FUNCTION)
        op.execute(POSTGRESQL_TRIGGER)
    else:
        for verb in ("UPDATE", "DELETE"):
            op.execute(SQLITE_TRIGGERS.format(name=verb.lower(), verb=verb))


def downgrade() -> None:
    with op.batch_alter_table("refresh_token", schema=None) as batch_op:
        batch_op.drop_index(op.f("ix_refresh_token_session_id"))
        batch_op.drop_index(op.f("ix_refresh_token_parent_id"))

    op.drop_table("refresh_token")
    with op.batch_alter_table("sign_in_session", schema=None) as batch_op:
        batch_op.drop_index(op.f("ix_sign_in_session_network_digest"))
        batch_op.drop_index(op.f("ix_sign_in_session_account_id"))

    op.drop_table("sign_in_session")
    op.drop_table("scan_count")
    with op.batch_alter_table("role_grant", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_role_grant_alive", sqlite_where=sa.text("ended_at IS NULL"), postgresql_where=sa.text("ended_at IS NULL")
        )
        batch_op.drop_index(op.f("ix_role_grant_organization_id"))
        batch_op.drop_index(op.f("ix_role_grant_account_id"))

    op.drop_table("role_grant")
    with op.batch_alter_table("plate", schema=None) as batch_op:
        batch_op.drop_index(op.f("ix_plate_organization_id"))
        batch_op.drop_index(op.f("ix_plate_card_id"))

    op.drop_table("plate")
    with op.batch_alter_table("idempotent_request", schema=None) as batch_op:
        batch_op.drop_index(op.f("ix_idempotent_request_created_at"))

    op.drop_table("idempotent_request")
    with op.batch_alter_table("card", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_card_living",
            sqlite_where=sa.text("state IN ('valid', 'suspended')"),
            postgresql_where=sa.text("state IN ('valid', 'suspended')"),
        )
        batch_op.drop_index(op.f("ix_card_organization_id"))
        batch_op.drop_index(op.f("ix_card_member_id"))

    op.drop_table("card")
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.drop_index(op.f("ix_account_organization_id"))

    op.drop_table("account")
    with op.batch_alter_table("member", schema=None) as batch_op:
        batch_op.drop_index(op.f("ix_member_organization_id_full_name_id"))
        batch_op.drop_index(op.f("ix_member_organization_id"))
        batch_op.drop_index(op.f("ix_member_mobile_digest"))
        batch_op.drop_index(op.f("ix_member_full_name_id"))

    op.drop_table("member")
    op.drop_table("status_counter")
    op.drop_table("signing_key")
    with op.batch_alter_table("sign_in_limit", schema=None) as batch_op:
        batch_op.drop_index(op.f("ix_sign_in_limit_window_started_at"))

    op.drop_table("sign_in_limit")
    with op.batch_alter_table("organization", schema=None) as batch_op:
        batch_op.drop_index(op.f("ix_organization_parent_id"))
        batch_op.drop_index(op.f("ix_organization_name"))

    op.drop_table("organization")
    with op.batch_alter_table("audit_line", schema=None) as batch_op:
        batch_op.drop_index(op.f("ix_audit_line_target_id"))
        batch_op.drop_index(op.f("ix_audit_line_organization_id"))

    op.drop_table("audit_line")
    op.drop_table("audit_head")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_line_stays()")
