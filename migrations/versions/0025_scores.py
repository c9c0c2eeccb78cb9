"""Scores of members as a ledger of entries, by which scheme a year is scored, and appeals against entries."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

SCHEMES = ("vanguard_ningbo", "vanguard_80_20", "pledge_50_30_20")
SECTIONS = ("base", "bonus", "deduction", "veto")
STATES = ("open", "upheld", "exempted", "refused")


def upgrade() -> None:
    op.create_table(
        "score_year",
        *_record(),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("scheme", _words("score_scheme", *SCHEMES), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("chosen_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["chosen_by"], ["account.id"], name=op.f("fk_score_year_chosen_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score_year")),
        sa.UniqueConstraint("year", name=op.f("uq_score_year_year")),
    )
    op.create_table(
        "score_entry",
        *_record(),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("section", _words("score_section", *SECTIONS), nullable=False),
        sa.Column("half_points", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=False),
        sa.Column("reverses_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("half_points BETWEEN 0 AND 200", name=op.f("ck_score_entry_points_in_range")),
        sa.CheckConstraint("half_points > 0 OR section = 'veto'", name=op.f("ck_score_entry_only_a_veto_has_no_points")),
        sa.CheckConstraint("reverses_id <> id", name=op.f("ck_score_entry_reverses_another")),
        sa.ForeignKeyConstraint(["entered_by"], ["account.id"], name=op.f("fk_score_entry_entered_by")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_score_entry_member_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_score_entry_organization_id")),
        sa.ForeignKeyConstraint(["reverses_id"], ["score_entry.id"], name=op.f("fk_score_entry_reverses_id")),
        sa.ForeignKeyConstraint(["year"], ["score_year.year"], name=op.f("fk_score_entry_year")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score_entry")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_score_entry_reverses_id")),
    )
    op.create_index(op.f("ix_score_entry_organization_id"), "score_entry", ["organization_id"])
    op.create_index(op.f("ix_score_entry_member_id_year"), "score_entry", ["member_id", "year"])
    op.create_index(op.f("ix_score_entry_year"), "score_entry", ["year"])
    op.create_table(
        "appeal",
        *_record(),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("state", _words("appeal_state", *STATES), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_reason", sa.String(length=200), nullable=True),
        sa.CheckConstraint("(state = 'open') = (decided_at IS NULL)", name=op.f("ck_appeal_open_until_decided")),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"], name=op.f("fk_appeal_decided_by")),
        sa.ForeignKeyConstraint(["entry_id"], ["score_entry.id"], name=op.f("fk_appeal_entry_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_appeal_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_appeal_entry_id")),
    )
    op.create_index(op.f("ix_appeal_organization_id"), "appeal", ["organization_id"])
    is_open = sa.text("state = 'open'")
    op.create_index("ix_appeal_open", "appeal", ["organization_id"], sqlite_where=is_open, postgresql_where=is_open)


def downgrade() -> None:
    op.drop_table("appeal")
    op.drop_table("score_entry")
    op.drop_table("score_year")


def _record() -> tuple["sa.Column[object]", ...]:
    return (
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    )


def _words(name: str, *words: str) -> "sa.Enum":
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=32)
