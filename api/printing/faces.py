"""What stands on plates, put together from what is true now."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from uuid import UUID

from api.access.permissions import BRANCHES
from api.adapters.paper import characters_at_hand
from api.database import Work
from api.language import Language
from api.posts import showing as posts
from api.posts.showing import MemberPost, PostHolder
from api.printing import queries, rules
from api.printing.drawing import Face
from api.printing.queries import OneItem, Person
from api.printing.templates import MOST_DUTIES
from api.printing.words import NO_POST
from api.profiles.words import SLOTS_ON_PAPER
from api.venues.rules import hours_lines
from api.venues.words import KINDS
from models.organization import Organization
from models.post_enums import PostKind
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
    posts: Mapping[UUID, Sequence[MemberPost]]
    windows: Mapping[UUID, Sequence[PostHolder]]
    """Who shares a window, by its post."""

    @classmethod
    def of(
        cls, work: Work, kind: PrintKind, *, emblem: bool, font: Path | None, paths: Collection[str], member_ids: Collection[UUID]
    ) -> Self:
        """Read what is needed of these members and of the organisations on these paths."""
        held = posts.posts_of_members(work, member_ids) if member_ids else {}
        shown = {key: [post for post in some if post.is_public] for key, some in held.items()}
        windows: Mapping[UUID, Sequence[PostHolder]] = {}
        if kind is PrintKind.window_plate:
            keys = {post.post_id for some in shown.values() for post in some if post.kind is PostKind.window and post.post_id}
            windows = posts.holders_of_posts(work, queries.posts(work, keys))
        return cls(kind, emblem, characters_at_hand(font), queries.organizations(work, paths), shown, windows)

    def of_person(self, person: Person, code: str = _NO_CODE) -> Face:
        chain = self._chain(person.path)
        branch = next((one for one in chain if one.kind in BRANCHES), chain[0])
        face = Face(code, branch.name, _phone(chain))
        if self.kind is PrintKind.household_plate:
            return face
        post = self._post(person.member_id)
        title = post.title if post else NO_POST
        lines: tuple[str, ...] = ()
        unsaid = 0
        if self.kind is PrintKind.post_plate and post:
            lines = tuple(post.duties)[:MOST_DUTIES]
            unsaid = len(post.duties) - len(lines)
        elif self.kind is PrintKind.window_plate:
            lines = self._sharing(post) if post and post.post_id in self.windows else (person.name,)
        return Face(code, branch.name, face.phone, person.name, title, lines, unsaid)

    def _sharing(self, post: MemberPost) -> tuple[str, ...]:
        """Who holds a window's slots, a line each."""
        holders = self.windows[post.post_id] if post.post_id else ()
        by_slot: dict[str, list[str]] = {}
        for holder in holders:
            by_slot.setdefault(SLOTS_ON_PAPER[holder.slot], []).append(holder.full_name)
        return tuple(f"{slot}　{'、'.join(names)}" for slot, names in by_slot.items())

    def of_venue(self, venue: Venue, path: str) -> Face:
        chain = self._chain(path)
        hours = hours_lines(venue.opening_hours, Language.zh) if venue.opening_hours else []
        return Face(venue.code, chain[0].name, venue.phone or _phone(chain), venue.name, KINDS[venue.kind].zh, tuple(hours))

    def why_left_out(self, person: Person, *, has_valid_card: bool) -> tuple[LeftOutReason | None, str]:
        """Why nothing is printed for a member, and the characters that no font has."""
        missing = self.missing(self.of_person(person))
        reason = rules.why_left_out(
            self.kind,
            emblem=self.emblem,
            has_valid_card=has_valid_card,
            status=person.status,
            is_pioneer=any(post.kind is PostKind.pioneer for post in self.posts.get(person.member_id, ())),
            missing=missing,
        )
        return reason, missing

    def has_what_for(self, member_id: UUID) -> bool:
        """Whether a member has what a plate of the kind is about: one of a post, or of a window, is made for nobody else."""
        held = self.posts.get(member_id, ())
        if self.kind is PrintKind.window_plate:
            return any(post.kind is PostKind.window for post in held)
        return self.kind is not PrintKind.post_plate or bool(held)

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

    def _post(self, member_id: UUID) -> MemberPost | None:
        """The post that a plate is about: the first one, but for what asks for a certain kind of it."""
        held = self.posts.get(member_id, ())
        wanted = rules.wanted_post(self.kind, emblem=self.emblem)
        return next((post for post in held if post.kind is wanted), held[0] if held else None)


def _phone(chain: Sequence[Organization]) -> str | None:
    return next((one.service_phone for one in chain if one.service_phone), None)
