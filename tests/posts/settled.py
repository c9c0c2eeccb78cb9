from collections.abc import Mapping
from uuid import UUID

from api.database import Work
from tests.posts.kept import add_application, add_held, add_post


def settle(work: Work, ids: Mapping[str, UUID]) -> dict[str, UUID]:
    post = add_post(work, ids["organization_id"], announced_until=work.today)
    application = add_application(work, post, ids["member_id"], ids["account_id"])
    return {
        "post_id": post.id,
        "holding_id": add_held(work, post.id, ids["member_id"]).id,
        "application_id": application.id,
    }
