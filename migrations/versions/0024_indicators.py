"""Indicators with those of the district's beginning, the periods over which they are counted, what is entered, and the values."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from uuid_utils.compat import uuid7

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

INDICATORS = (
    ("sign_coverage", "signage", "标识覆盖率", "percent", 10),
    ("sign_pass", "signage", "标识合格率", "percent", 10),
    ("rectification_on_time", "signage", "按期整改率", "percent", 5),
    ("card_coverage", "identity", "党员身份卡覆盖率", "percent", 15),
    ("plate_coverage", "identity", "党员亮牌率", "percent", 5),
    ("complaint_closing", "identity", "投诉办结率", "percent", 5),
    ("verification_count", "identity", "验真次数", "count", 0),
    ("post_assignment", "duty", "设岗定责率", "percent", 15),
    ("backup_filled", "duty", "AB岗配备率", "percent", 10),
    ("pledge_rate", "performance", "亮诺率", "percent", 5),
    ("review_on_time_rate", "performance", "按期审诺率", "percent", 5),
    ("fulfillment_rate", "performance", "承诺兑现率", "percent", 10),
    ("satisfaction_rate", "performance", "群众满意率", "percent", 5),
)
"""Code and figure, pillar, name, unit, weight."""


def upgrade() -> None:
    op.create_table(
        "indicator",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column(
            "pillar",
            sa.Enum(
                "signage", "identity", "duty", "performance", name="pillar", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column(
            "unit",
            sa.Enum("percent", "count", name="indicator_unit", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("target", sa.Integer(), nullable=False),
        sa.Column(
            "direction",
            sa.Enum("up", "down", name="indicator_direction", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column(
            "figure",
            sa.Enum(
                "sign_coverage",
                "sign_pass",
                "rectification_on_time",
                "card_coverage",
                "plate_coverage",
                "complaint_closing",
                "verification_count",
                "post_assignment",
                "backup_filled",
                "pledge_rate",
                "review_on_time_rate",
                "fulfillment_rate",
                "satisfaction_rate",
                "entered",
                name="figure",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.CheckConstraint("target >= 1", name=op.f("ck_indicator_something_is_aimed_at")),
        sa.CheckConstraint("weight BETWEEN 0 AND 100", name=op.f("ck_indicator_weight_in_range")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator")),
        sa.UniqueConstraint("code", name=op.f("uq_indicator_code")),
    )
    _set_indicators()
    op.create_table(
        "period",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=7), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("open", "closing", "closed", name="period_state", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("of", sa.Integer(), nullable=False),
        sa.Column("indicators", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_period_closed_at_a_moment")),
        sa.CheckConstraint("state = 'open' OR as_of IS NOT NULL", name=op.f("ck_period_closes_as_of_a_moment")),
        sa.CheckConstraint("(as_of IS NULL) = (indicators IS NULL)", name=op.f("ck_period_counted_at_a_moment")),
        sa.CheckConstraint('done BETWEEN 0 AND "of"', name=op.f("ck_period_no_more_done_than_there_are")),
        sa.CheckConstraint("starts_on < ends_on", name=op.f("ck_period_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["closed_by"], ["account.id"], name=op.f("fk_period_closed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_period")),
        sa.UniqueConstraint("code", name=op.f("uq_period_code")),
    )
    op.create_table(
        "indicator_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("indicator", sa.String(length=40), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("numerator", sa.BigInteger(), nullable=False),
        sa.Column("denominator", sa.BigInteger(), nullable=True),
        sa.Column("evidence", sa.String(length=200), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=False),
        sa.CheckConstraint("numerator >= 0 AND denominator >= 0", name=op.f("ck_indicator_entry_counts_of_something")),
        sa.ForeignKeyConstraint(["entered_by"], ["account.id"], name=op.f("fk_indicator_entry_entered_by")),
        sa.ForeignKeyConstraint(["indicator"], ["indicator.code"], name=op.f("fk_indicator_entry_indicator")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_indicator_entry_organization_id")),
        sa.ForeignKeyConstraint(["period"], ["period.code"], name=op.f("fk_indicator_entry_period")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator_entry")),
    )
    op.create_index(op.f("ix_indicator_entry_organization_id"), "indicator_entry", ["organization_id"])
    op.create_index(
        op.f("ix_indicator_entry_period_indicator_organization_id"), "indicator_entry", ["period", "indicator", "organization_id"]
    )
    op.create_table(
        "indicator_value",
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("indicator", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(length=330).with_variant(sa.String(length=330, collation="C"), "postgresql"), nullable=False),
        sa.Column("own_numerator", sa.BigInteger(), nullable=False),
        sa.Column("own_denominator", sa.BigInteger(), nullable=False),
        sa.Column("numerator", sa.BigInteger(), nullable=False),
        sa.Column("denominator", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(version = 1) OR (reason IS NOT NULL)", name=op.f("ck_indicator_value_a_correction_says_why")),
        sa.ForeignKeyConstraint(["created_by"], ["account.id"], name=op.f("fk_indicator_value_created_by")),
        sa.ForeignKeyConstraint(["indicator"], ["indicator.code"], name=op.f("fk_indicator_value_indicator")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_indicator_value_organization_id")),
        sa.ForeignKeyConstraint(["period"], ["period.code"], name=op.f("fk_indicator_value_period")),
        sa.PrimaryKeyConstraint("period", "organization_id", "indicator", "version", name=op.f("pk_indicator_value")),
    )


def downgrade() -> None:
    op.drop_table("indicator_value")
    op.drop_table("indicator_entry")
    op.drop_table("period")
    op.drop_table("indicator")


def _set_indicators() -> None:
    table = sa.table(
        "indicator",
        sa.column("id", sa.Uuid()),
        sa.column("created_at", sa.DateTime(timezone=True)),
        sa.column("updated_at", sa.DateTime(timezone=True)),
        *(sa.column(name) for name in ("version", "code", "figure", "pillar", "name", "unit", "weight", "target", "direction")),
        sa.column("is_active", sa.Boolean()),
        sa.column("source"),
    )
    at = datetime.now(UTC)
    same = {
        "created_at": at,
        "updated_at": at,
        "version": 1,
        "target": 100,
        "direction": "up",
        "is_active": True,
        "source": "OURS",
    }
    op.bulk_insert(
        table,
        [
            {"id": uuid7(), "code": code, "figure": code, "pillar": pillar, "name": name, "unit": unit, "weight": weight, **same}
            for code, pillar, name, unit, weight in INDICATORS
        ],
    )
