"""Whose identity number is shown to a caller but for its region, and is not his to find out."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Final
from uuid import UUID

from api.access.rules import ForTheLevelAbove
from api.access.scope import Access
from api.adapters.cipher import Cipher
from api.database import Work
from api.members import leaving, queries, record
from models.enums import MemberStatus
from models.member import Member

REGION: Final = 6
"""With so many digits begins an identity number (GB 11643): where its holder was registered."""


class Guarded:
    """The members within reach about whom a caller may not act: himself, whoever holds an office that he does not give out, and who
    has left as was recorded from above. Each number that shows what is shown of theirs is taken for theirs: else trying regions
    would tell the whole number."""

    def __init__(self, work: Work, access: Access | None, cipher: Cipher) -> None:
        self.work, self.access, self.cipher = work, access, cipher
        self.by_what_is_shown: dict[str, list[UUID]] | None = None

    def meant_by(self, numbers: Mapping[str | None, str]) -> dict[str | None, Member]:
        """Those whom some free numbers are taken to mean, by the digests of these."""
        if self.access is None or not numbers:
            return {}
        if self.by_what_is_shown is None:
            self.by_what_is_shown = {}
            for one in [*queries.holding_offices(self.work, self.access), *queries.left_below_others(self.work, self.access)]:
                number = record.opened(one, "national_id", self.cipher) or ""
                self.by_what_is_shown.setdefault(number[REGION:], []).append(one.id)
        meant = {digest: keys for digest, number in numbers.items() if (keys := self.by_what_is_shown.get(number[REGION:]))}
        members = queries.members(self.work, {key for keys in meant.values() for key in keys}) if meant else {}
        found = {digest: [members[key] for key in keys if self._holds(members[key])] for digest, keys in meant.items()}
        return {digest: guarded[0] for digest, guarded in found.items() if guarded}

    def _holds(self, member: Member) -> bool:
        """Whether it is not the caller's to change somebody: of one who has left, to take that back."""
        assert self.access
        if member.status is MemberStatus.left:
            with suppress(ForTheLevelAbove):
                leaving.check_undone(self.work, self.access, member)
                return False
        return True


def meant_by(work: Work, access: Access, number: str | None, cipher: Cipher) -> tuple[str | None, Member | None]:
    """Whose identity number a form states: the digest of it, or of that which it is taken for, and the member who has it."""
    if not number:
        return None, None
    digest = cipher.digest("national_id", number)
    found = queries.members_by_number(work, {digest}) or Guarded(work, access, cipher).meant_by({digest: number})
    holder = found.get(digest)
    return (holder.national_id_digest if holder else digest), holder
