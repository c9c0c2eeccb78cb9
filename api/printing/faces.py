"""What stands on plates, put together from what is true now."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from uuid import UUID

from api.access.permissions import BRANCHES
from api.adapters.paper import characters_at_hand
from api.database import Work
from api.language import Language
from api.posts import showing as posts
from api.printing import queries, rules
from api.printing.drawing import MOST_DUTIES, Face
from api.printing.queries import OneItem, Person
from api.printing.words import NO_POST
from api.profiles.words import PARTY_POSTS
from api.venues.rules import hours_lines
from api.venues.words import KINDS
from models.enums import PartyPost
from models.organization import Organization
from models.print_enums import LeftOutReason, PrintKind
from models.venue import Venue

_NO_CODE = ""


@dataclass(frozen=True)
class Faces:
    """Knows of some members and venues what their plates of a kind say; `characters` are those that fonts have."""

    kind: PrintKind
    emblem: bool
    characters: frozenset[int]
    organizations: Mapping[str, Organization]
    posts: Mapping[UUID, Sequence[Mapping[str, Any]]]

    @classmethod
    def of(
        cls, work: Work, kind: PrintKind, *, emblem: bool, font: Path | None, paths: Collection[str], member_ids: Collection[UUID]
    ) -> Self:
        """Read what is needed of these members and of the organisations on these paths."""
        return cls(
            kind,
            emblem,
            characters_at_hand(font),
            queries.organizations(work, paths),
            posts.shown_posts(work, member_ids) if member_ids else {},
        )

    def of_person(self, person: Person, code: str = _NO_CODE) -> Face:
        chain = self._chain(person.path)
        branch = next((one for one in chain if one.kind in BRANCHES), chain[0])
        face = Face(code, branch.name, _phone(chain))
        if self.kind is PrintKind.household_plate:
            return face
        post = self._post(person.member_id)
        title = _title(post) if post else NO_POST
        lines: tuple[str, ...] = ()
        if self.kind is PrintKind.post_plate and post:
            lines = tuple(post.get("duties", ()))[:MOST_DUTIES]
        elif self.kind is PrintKind.window_plate:
            lines = (person.name,)
        return Face(code, branch.name, face.phone, person.name, title, lines)

    def of_venue(self, venue: Venue, path: str) -> Face:
        chain = self._chain(path)
        hours = hours_lines(venue.opening_hours, Language.zh) if venue.opening_hours else []
        return Face(venue.code, chain[0].name, venue.phone or _phone(chain), venue.name, KINDS[venue.kind].zh, tuple(hours))

    def why_left_out(self, person: Person, *, has_valid_card: bool) -> tuple[LeftOutReason | None, str]:
        """Why nothing is printed for a member, and the characters that no font has."""
        missing = self.missing(self.of_person(person))
        entries = self.posts.get(person.member_id, ())
        reason = rules.why_left_out(
            self.kind,
            emblem=self.emblem,
            has_valid_card=has_valid_card,
            status=person.status,
            is_pioneer=any(entry["post"] == rules.PIONEER for entry in entries),
            missing=missing,
        )
        return reason, missing

    def missing(self, face: Face) -> str:
        """The characters of a plate that no font has, each once."""
        return "".join(dict.fromkeys(one for one in face.characters if ord(one) not in self.characters))

    def shown(self, item: OneItem) -> Face | None:
        """A plate of a batch as it is printed now; None where it may not be any more."""
        if item.is_withdrawn:
            return None
        if item.venue is not None:
            face = self.of_venue(item.venue, item.path)
            return None if self.missing(face) else face
        assert item.person is not None
        reason, _ = self.why_left_out(item.person, has_valid_card=item.has_valid_card)
        return self.of_person(item.person, item.code) if reason is None else None

    def _chain(self, path: str) -> list[Organization]:
        """The organisation of a path and those above it, the lowest first."""
        return [self.organizations[step] for step in reversed(path.strip("/").split("/"))]

    def _post(self, member_id: UUID) -> Mapping[str, Any] | None:
        """The post that a plate is about: the first one, but for what asks for a certain kind of it."""
        entries = self.posts.get(member_id, ())
        wanted = rules.wanted_post(self.kind, emblem=self.emblem)
        return next((entry for entry in entries if entry["post"] == wanted), entries[0] if entries else None)


def _phone(chain: Sequence[Organization]) -> str | None:
    return next((one.service_phone for one in chain if one.service_phone), None)


def _title(post: Mapping[str, Any]) -> str:
    """A post's own title; of one within the Party that has none the usual word."""
    return str(post.get("title") or PARTY_POSTS[PartyPost(post["post"])].zh)
