"""Somebody about whom others act, and what they do."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlmodel import col, delete, select

from models.account import Account, RoleGrant
from models.enums import Grade, Role, WordsState
from models.member import Member
from models.pledge_progress import PledgeProgress
from tests.conftest import Caller, District
from tests.pledges.kept import keep_grade, keep_pledge
from tests.verification.holders import Holder, hold

ANY = {"headers": {"If-Match": "*"}}
WHY = {"reason": "按规定办理"}
Do = Callable[[Caller, "Person"], Any]


class Person:
    """Somebody in the branch B11 with everything that can be acted about; a role may be given to his account."""

    def __init__(self, district: District) -> None:
        self.district = district
        self.holder: Holder = hold(district.house, district.ids["B11"])
        self.account = district.sign_in(Role.member, "B11", member_id=self.holder.member_id)
        with district.work() as work:
            work.get_one(Member, self.holder.member_id).party_post = None
        asked = self.account.post("/v1/corrections", json={"changes": {"job_title": "会计"}})
        self.correction_id = asked.json()["id"]
        given = self.account.post("/v1/consents/mine", json={"kind": "photo", "text_version": version_of(self.account)})
        self.consent_id = given.json()["id"]
        self.pledge_id = keep_pledge(district, "B11", self.holder.member_id)
        rating: dict[str, Any] = {"words_sealed": b"-", "words_state": WordsState.held}
        self.rating = f"/v1/evaluations/{keep_grade(district, self.pledge_id, Grade.average, **rating)}"
        with district.work() as work:
            progress = PledgeProgress(pledge_id=self.pledge_id, happened_on=work.today, note="走访了两户。")
            work.add(progress)
            self.progress_id = progress.id
        self.pledge = f"/v1/pledges/{self.pledge_id}"
        self.member, self.card = f"/v1/members/{self.holder.member_id}", f"/v1/cards/{self.holder.card_id}"

    def holds(self, role: Role, place: str) -> None:
        with self.district.work() as work:
            account_id = UUID(self.account.account_id)
            work.add(RoleGrant(account_id=account_id, role=role, organization_id=self.district.ids[place]))

    def holds_only(self, role: Role, place: str) -> None:
        """Beside that of a member."""
        with self.district.work() as work:
            mine = (col(RoleGrant.account_id) == UUID(self.account.account_id), col(RoleGrant.role) != Role.member)
            work.execute(delete(RoleGrant).where(*mine))
        self.holds(role, place)

    def grant_id(self) -> UUID:
        with self.district.work() as work:
            query = select(RoleGrant.id).where(col(RoleGrant.account_id) == UUID(self.account.account_id))
            return UUID(str(work.exec(query.order_by(col(RoleGrant.id))).first()))

    def becomes(self, **content: Any) -> None:
        with self.district.work() as work:
            for name, value in content.items():
                setattr(work.get_one(Member, self.holder.member_id), name, value)


def version_of(caller: Caller) -> str:
    texts = caller.get("/v1/consents/texts").json()["items"]
    return next(str(text["version"]) for text in texts if text["kind"] == "photo")


def told(answer: Any) -> str:
    """Why something was refused, alone or among many."""
    body: dict[str, Any] = answer.json()
    if "skipped" not in body and "code" not in body:
        where = f"{answer.request.method} {answer.request.url.path}"
        raise AssertionError(f"{where} was carried out: its service is to ask check_about_member (api/access/about.py)")
    return str(body["skipped"][0]["reason"] if "skipped" in body else body["code"])


def made_by(maker: Caller, account: Caller, district: District, **columns: str) -> None:
    """Let an account be one that another has made (`created_by`) or whose last slip he has made (`slip_made_by`)."""
    with district.work() as work:
        for name in columns.values():
            setattr(work.get_one(Account, UUID(account.account_id)), name, UUID(maker.account_id))
