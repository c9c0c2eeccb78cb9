"""What was kept of a person can be erased, and that it was is kept, so that a restored backup forgets him again."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

GROUNDS = "'asked_for', 'consent_withdrawn', 'not_needed', 'unlawful', 'kept_long_enough'"


def upgrade() -> None:
    op.create_table(
        "erasure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("person_digest", sa.String(length=64), nullable=False),
        sa.Column("erased_on", sa.Date(), nullable=False),
        sa.Column("ground", sa.String(length=32), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(f"ground IN ({GROUNDS})", name=op.f("ck_erasure_erasure_ground")),
        sa.PrimaryKeyConstraint("id", name="pk_erasure"),
        sa.UniqueConstraint("person_digest", name="uq_erasure_person_digest"),
    )
    op.create_index("ix_erasure_noted_at", "erasure", ["noted_at"])
    op.add_column("member", sa.Column("erased_on", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("member", "erased_on")
    op.drop_index("ix_erasure_noted_at", "erasure")
    op.drop_table("erasure")
