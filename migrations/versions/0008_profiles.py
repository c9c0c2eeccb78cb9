"""What a stranger learns of a member beside his card, ready to be read: at first the posts within the Party."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SECTIONS = ("posts", "honors", "pledges")


def upgrade() -> None:
    op.create_table(
        "profile",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        *(sa.Column(section, sa.JSON(), nullable=True) for section in SECTIONS),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_profile_member_id")),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_profile")),
    )
    entries = """'[{"post": "' || party_post || '"}]'"""
    if op.get_bind().dialect.name == "postgresql":
        entries = f"CAST({entries} AS JSON)"
    op.execute(f"INSERT INTO profile (member_id, posts) SELECT id, {entries} FROM member WHERE party_post IS NOT NULL")


def downgrade() -> None:
    op.drop_table("profile")
