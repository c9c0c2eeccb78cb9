"""What waits about posts: applications that somebody else than the member himself decides."""

from typing import Final

from sqlmodel import col

from api.access.permissions import Permission
from api.database import Work
from api.errors import Text
from api.posts import queries
from api.todo.service import Item, Source
from models.post import PostApplication
from models.post_enums import HoldingHow


def _to_decide(work: Work, application: PostApplication, name: str, title: str) -> Item:
    if application.how is HoldingHow.recommended:
        text = Text(
            f"有人推荐{name}担任“{title}”，请研究决定。", f"{name} is recommended for the post “{title}”: please accept or refuse."
        )
    else:
        text = Text(f"{name}申报“{title}”，请研究决定。", f"{name} applies for the post “{title}”: please accept or refuse.")
    return Item(application.id, application.organization_id, text, application.created_at)


POST_APPLICATIONS: Final = Source(
    "post_application", PostApplication, Permission.post_write, queries.waiting, _to_decide, (col(PostApplication.id),)
)
