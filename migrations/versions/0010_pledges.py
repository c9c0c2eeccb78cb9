"""Pledges with their texts, progress and evaluations; campaigns and publications; and the members of whom none are owed."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

A_VOTE_IS_WHOLE = (
    "(vote_held_on IS NULL) = (votes_for IS NULL) AND (vote_held_on IS NULL) = (votes_against IS NULL) "
    "AND (vote_held_on IS NULL) = (votes_abstained IS NULL) AND (vote_held_on IS NOT NULL OR vote_eligible IS NULL)"
)


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    op.create_table(
        "campaign",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=40), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("templates", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_campaign_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
    )
    op.create_index(op.f("ix_campaign_organization_id"), "campaign", ["organization_id"])

    op.create_table(
        "pledge",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("annual", "instant", name="pledge_kind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column(
            "category",
            sa.Enum(
                "study",
                "work",
                "discipline",
                "service",
                name="pledge_category",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("content", sa.String(length=300), nullable=False),
        sa.Column("measure", sa.String(length=200), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column(
            "visibility",
            sa.Enum(
                "branch", "inner_party", "public", name="pledge_visibility", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("vote_held_on", sa.Date(), nullable=True),
        sa.Column("vote_eligible", sa.Integer(), nullable=True),
        sa.Column("votes_for", sa.Integer(), nullable=True),
        sa.Column("votes_against", sa.Integer(), nullable=True),
        sa.Column("votes_abstained", sa.Integer(), nullable=True),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "submitted",
                "returned",
                "approved",
                "published",
                "fulfilled",
                "unfulfilled",
                "exempted",
                "evaluated",
                "withdrawn",
                name="pledge_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("text_no", sa.Integer(), nullable=False),
        sa.Column("amendment_no", sa.Integer(), nullable=True),
        sa.Column("review_organization_id", sa.Uuid(), nullable=True),
        sa.Column("entered_by", sa.Uuid(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "claim_outcome",
            sa.Enum("fulfilled", "prevented", name="claim_outcome", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column("claim_note", sa.String(length=200), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "fulfilled", "unfulfilled", "exempted", name="pledge_outcome", native_enum=False, create_constraint=True, length=32
            ),
            nullable=True,
        ),
        sa.Column("outcome_reason", sa.String(length=200), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.String(length=200), nullable=True),
        sa.CheckConstraint("(state = 'withdrawn') = (withdrawn_reason IS NOT NULL)", name=op.f("ck_pledge_withdrawn_has_a_reason")),
        sa.CheckConstraint(
            "(state IN ('fulfilled', 'unfulfilled', 'exempted', 'evaluated')) = (outcome IS NOT NULL)",
            name=op.f("ck_pledge_settled_has_an_outcome"),
        ),
        sa.CheckConstraint(
            "outcome IS NULL OR state = 'evaluated' OR state = outcome", name=op.f("ck_pledge_outcome_is_the_state")
        ),
        sa.CheckConstraint("state <> 'draft' OR text_no = 0", name=op.f("ck_pledge_a_draft_was_never_submitted")),
        sa.CheckConstraint("state <> 'evaluated' OR outcome <> 'exempted'", name=op.f("ck_pledge_exempted_is_not_evaluated")),
        sa.CheckConstraint("(claim_outcome IS NULL) = (claimed_at IS NULL)", name=op.f("ck_pledge_a_claim_has_a_time")),
        sa.CheckConstraint("(outcome IS NULL) = (decided_at IS NULL)", name=op.f("ck_pledge_an_outcome_has_a_time")),
        sa.CheckConstraint(
            A_VOTE_IS_WHOLE,
            name=op.f("ck_pledge_a_vote_is_whole"),
        ),
        sa.CheckConstraint("amendment_no IS NULL OR amendment_no > text_no", name=op.f("ck_pledge_an_amendment_follows")),
        sa.CheckConstraint("percent BETWEEN 0 AND 100", name=op.f("ck_pledge_percent_in_range")),
        sa.CheckConstraint("weight BETWEEN 1 AND 100", name=op.f("ck_pledge_weight_in_range")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_pledge_campaign_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"], name=op.f("fk_pledge_decided_by")),
        sa.ForeignKeyConstraint(["entered_by"], ["account.id"], name=op.f("fk_pledge_entered_by")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_pledge_member_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_pledge_organization_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["pledge.id"], name=op.f("fk_pledge_parent_id")),
        sa.ForeignKeyConstraint(["review_organization_id"], ["organization.id"], name=op.f("fk_pledge_review_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pledge")),
    )
    op.create_index(
        "ix_pledge_amended",
        "pledge",
        ["review_organization_id"],
        **_where("state = 'published' AND amendment_no IS NOT NULL"),
    )
    op.create_index(
        "ix_pledge_campaign_id",
        "pledge",
        ["campaign_id"],
        **_where("campaign_id IS NOT NULL"),
    )
    op.create_index(
        "ix_pledge_claimed",
        "pledge",
        ["review_organization_id"],
        **_where("state = 'published' AND claim_outcome IS NOT NULL"),
    )
    op.create_index(op.f("ix_pledge_member_id_year"), "pledge", ["member_id", "year"])
    op.create_index(op.f("ix_pledge_organization_id"), "pledge", ["organization_id"])
    op.create_index(
        "ix_pledge_parent_id",
        "pledge",
        ["parent_id"],
        **_where("parent_id IS NOT NULL"),
    )
    op.create_index(op.f("ix_pledge_review_organization_id_state"), "pledge", ["review_organization_id", "state"])
    op.create_index(
        "ix_pledge_unsettled",
        "pledge",
        ["due_on"],
        **_where("state = 'published' AND claim_outcome IS NULL"),
    )
    op.create_index(op.f("ix_pledge_year_organization_id"), "pledge", ["year", "organization_id"])

    op.create_table(
        "publication",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("quarter", sa.String(length=7), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.Uuid(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_publication_organization_id")),
        sa.ForeignKeyConstraint(["published_by"], ["account.id"], name=op.f("fk_publication_published_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publication")),
    )
    op.create_index(op.f("ix_publication_organization_id"), "publication", ["organization_id"])
    op.create_index("uq_publication_quarter", "publication", ["organization_id", "quarter"], unique=True)

    op.create_table(
        "evaluation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("pledge_id", sa.Uuid(), nullable=False),
        sa.Column(
            "source",
            sa.Enum(
                "self",
                "peers",
                "masses",
                "organization",
                name="evaluation_source",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column(
            "grade",
            sa.Enum(
                "satisfied",
                "fairly_satisfied",
                "average",
                "dissatisfied",
                name="grade",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=True),
        sa.Column(
            "words_state",
            sa.Enum("held", "shown", "hidden", name="words_state", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column("by_digest", sa.String(length=64), nullable=True),
        sa.Column("network_digest", sa.String(length=64), nullable=True),
        sa.Column("sent_digest", sa.String(length=64), nullable=True),
        sa.Column("counts_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("void_reason", sa.String(length=200), nullable=True),
        sa.Column("voided_by", sa.Uuid(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(source = 'organization') = (by_digest IS NULL)", name=op.f("ck_evaluation_the_organization_is_no_person")
        ),
        sa.CheckConstraint(
            "(words_state IS NOT NULL) = (source = 'masses' AND words_sealed IS NOT NULL)",
            name=op.f("ck_evaluation_words_of_the_masses_are_held"),
        ),
        sa.CheckConstraint(
            "(void_reason IS NULL) = (voided_at IS NULL) AND (void_reason IS NULL) = (voided_by IS NULL)",
            name=op.f("ck_evaluation_void_with_a_reason"),
        ),
        sa.ForeignKeyConstraint(["pledge_id"], ["pledge.id"], name=op.f("fk_evaluation_pledge_id")),
        sa.ForeignKeyConstraint(["voided_by"], ["account.id"], name=op.f("fk_evaluation_voided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation")),
        sa.UniqueConstraint("sent_digest", name=op.f("uq_evaluation_sent_digest")),
    )
    op.create_index(
        "ix_evaluation_held",
        "evaluation",
        ["pledge_id"],
        **_where("words_state = 'held'"),
    )
    op.create_index(op.f("ix_evaluation_network_digest"), "evaluation", ["network_digest"])
    op.create_index("uq_evaluation_by", "evaluation", ["pledge_id", "source", "period", "by_digest"], unique=True)
    op.create_index(
        "uq_evaluation_period",
        "evaluation",
        ["pledge_id", "source", "period"],
        unique=True,
        **_where("source IN ('self', 'organization')"),
    )

    op.create_table(
        "pledge_progress",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("pledge_id", sa.Uuid(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=True),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.Column("withdrawn_reason", sa.String(length=200), nullable=True),
        sa.CheckConstraint("percent BETWEEN 0 AND 100", name=op.f("ck_pledge_progress_percent_in_range")),
        sa.ForeignKeyConstraint(["pledge_id"], ["pledge.id"], name=op.f("fk_pledge_progress_pledge_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pledge_progress")),
    )
    op.create_index(op.f("ix_pledge_progress_pledge_id_published_on"), "pledge_progress", ["pledge_id", "published_on"])

    op.create_table(
        "pledge_text",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("vote_held_on", sa.Date(), nullable=True),
        sa.Column("vote_eligible", sa.Integer(), nullable=True),
        sa.Column("votes_for", sa.Integer(), nullable=True),
        sa.Column("votes_against", sa.Integer(), nullable=True),
        sa.Column("votes_abstained", sa.Integer(), nullable=True),
        sa.Column("pledge_id", sa.Uuid(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("content", sa.String(length=300), nullable=False),
        sa.Column("measure", sa.String(length=200), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column(
            "visibility",
            sa.Enum(
                "branch", "inner_party", "public", name="pledge_visibility", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_by", sa.Uuid(), nullable=False),
        sa.Column(
            "decision",
            sa.Enum("approved", "returned", name="text_decision", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("comment", sa.String(length=200), nullable=True),
        sa.Column("secrecy_checked", sa.Boolean(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("published_at IS NULL OR decision = 'approved'", name=op.f("ck_pledge_text_published_once_approved")),
        sa.CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name=op.f("ck_pledge_text_a_decision_has_a_time")),
        sa.CheckConstraint("(published_at IS NULL) = (published_by IS NULL)", name=op.f("ck_pledge_text_published_by_somebody")),
        sa.CheckConstraint(
            A_VOTE_IS_WHOLE,
            name=op.f("ck_pledge_text_a_vote_is_whole"),
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"], name=op.f("fk_pledge_text_decided_by")),
        sa.ForeignKeyConstraint(["pledge_id"], ["pledge.id"], name=op.f("fk_pledge_text_pledge_id")),
        sa.ForeignKeyConstraint(["published_by"], ["account.id"], name=op.f("fk_pledge_text_published_by")),
        sa.ForeignKeyConstraint(["submitted_by"], ["account.id"], name=op.f("fk_pledge_text_submitted_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pledge_text")),
    )
    op.create_index(
        "ix_pledge_text_undecided",
        "pledge_text",
        ["pledge_id"],
        **_where("decision IS NULL"),
    )
    op.create_index("uq_pledge_text_no", "pledge_text", ["pledge_id", "no"], unique=True)

    op.add_column("member", sa.Column("pledges_voluntary", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("member", "pledges_voluntary")
    for table in ("pledge_text", "pledge_progress", "evaluation", "publication", "pledge", "campaign"):
        op.drop_table(table)
