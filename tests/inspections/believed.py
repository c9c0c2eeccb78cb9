"""What is to be believed of venues, their signs, what inspections say of them and what has to be put right, whoever does whatever:
the model that the walks of `test_state_machine.py` are held against. It is written from `signage.md`, and shares nothing with the
rooms."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from models.enums import Role
from tests.conftest import TREE

PARENTS = {code: parent for code, _, _, parent in TREE}
WHO: dict[str, tuple[Role, str]] = {
    "deputy": (Role.deputy, "B11"),
    "secretary": (Role.secretary, "B11"),
    "neighbour": (Role.secretary, "B12"),
    "village": (Role.secretary, "V1"),
    "officer": (Role.town_officer, "T1"),
    "second": (Role.town_officer, "T1"),
    "chief": (Role.district_officer, "D"),
    "clerk": (Role.district_officer, "D"),
    "stranger": (Role.secretary, "B21"),
}
CONTACT = "chief"
"""Who looks after the district's own venue."""
INSPECTORS = {who for who, (role, _) in WHO.items() if role is not Role.deputy}
CHECKERS = {who for who, (role, _) in WHO.items() if role in (Role.town_officer, Role.district_officer)}
BETWEEN = {"T1", "T2"}

AGES = {1: 400, 2: 40}
"""For how many days each version has been in force."""
FORBIDDEN = dict.fromkeys(("FB-02", "FB-03", "FB-04"), "forbidden")
_WINDOW = {"DK-01": "mandatory", "WN-01": "mandatory", "PP-01": "recommended", "VC-01": "recommended", **FORBIDDEN}
_STATION = {"SG-02": "mandatory", "VC-01": "recommended", **FORBIDDEN}
_BASE = {"SG-01": "mandatory", "VC-01": "recommended", **FORBIDDEN}
CHECKLISTS: dict[tuple[int, str], dict[str, str]] = {
    (1, "window"): _WINDOW,
    (1, "station"): _STATION,
    (1, "red_base"): _BASE,
    # The second version asks for other signs at a window.
    (2, "window"): {**_WINDOW, "WN-01": "recommended", "PP-01": "mandatory"},
    (2, "station"): _STATION,
    (2, "red_base"): {**_BASE, "SG-01": "recommended"},
}
FIGURES = ("sign_coverage", "sign_pass", "rectification_on_time")


def upwards(code: str) -> Iterator[str]:
    """An organisation and those above it, the nearest first."""
    here: str | None = code
    while here is not None:
        yield here
        here = PARENTS[here]


def reaches(who: str, code: str) -> bool:
    return WHO[who][1] in upwards(code)


def is_of(who: str, code: str) -> bool:
    """Whether somebody is of an organisation; nobody is of the district."""
    return code != "D" and code in upwards(WHO[who][1])


@dataclass
class Hung:
    """A sign of the right size."""

    key: str
    code: str
    emblem: bool
    state: str = "installed"
    deeds: list[str] = field(default_factory=lambda: ["add_sign"])

    @property
    def bears_emblem(self) -> bool:
        return self.emblem or self.code in ("EM-01", "FL-01", *FORBIDDEN)

    def refuses(self, verb: str, disposal: bool) -> str | None:
        allowed = {"damage": ["installed"], "repair": ["damaged"]}.get(verb, ["installed", "damaged"])
        if self.state not in allowed:
            return "not_in_this_state"
        return "disposal_missing" if verb == "retire" and self.bears_emblem and not disposal else None

    def follow(self, verb: str) -> None:
        self.state = {"damage": "damaged", "repair": "installed", "retire": "retired"}.get(verb, self.state)
        self.deeds.append(f"{verb}_sign")


@dataclass
class Place:
    """A venue. `made` and `closed` are the days since which it is there, and closed."""

    key: str
    kind: str
    owner: str
    made: date
    closed: date | None = None
    signs: list[Hung] = field(default_factory=list)
    deeds: list[str] = field(default_factory=list)

    def findings(self) -> set[tuple[str, str]]:
        """What the version in force finds, as far as it depends on what hangs there and whether it is whole."""
        asked = CHECKLISTS[max(AGES), self.kind]
        standing = [sign for sign in self.signs if sign.state != "retired"]
        whole = {sign.code for sign in standing if sign.state == "installed"}
        broken = {sign.code for sign in standing if sign.state == "damaged"}
        found = {(code, "only_damaged" if code in broken else "not_installed") for code in _mandatory(asked) - whole}
        found |= {(code, "recommended_missing") for code, what in asked.items() if what == "recommended" and code not in whole}
        found |= {(sign.code, "forbidden_item") for sign in standing if sign.code in FORBIDDEN}
        broken -= FORBIDDEN.keys()
        found |= {(code, "damaged") for code in broken & whole}
        found |= {(s.code, "damaged_emblem") for s in standing if s.state == "damaged" and s.code in broken and s.bears_emblem}
        return found


@dataclass(frozen=True)
class Said:
    """What is said of one item; `due_in` is the day until which it has to be put right, in days from today."""

    code: str
    result: str = "pass"
    note: str | None = None
    photo: str | None = None
    due_in: int | None = None
    responsible: str | None = None


Moment = tuple[int, bool]
"""So many days ago, in the first second of the day or in the last one; of the day on which the walk began, as it did."""


@dataclass(frozen=True)
class Document:
    """An inspection as a phone has it."""

    place: int
    number: int
    unannounced: bool
    begun: Moment
    finished: Moment | None
    final: bool
    said: tuple[Said, ...]

    def content(self) -> tuple[object, ...]:
        ordered = tuple(sorted(self.said, key=lambda one: one.code))
        return self.place, self.number, self.unannounced, self.begun, self.finished, self.final, ordered


@dataclass
class Kept:
    """An inspection as it has been kept: whose venue it was then, of which kind, and whether the inspector was one of them."""

    key: str
    who: str
    revision: int
    document: Document
    owner: str
    kind: str
    is_own: bool
    deeds: list[str] = field(default_factory=list)

    def is_seen_by(self, who: str) -> bool:
        return reaches(who, self.owner) and (self.document.final or who == self.who)


@dataclass
class Wrong:
    """A thing to be put right."""

    key: str
    found_by: Kept
    said: Said
    owner: str
    due: date
    state: str = "open"
    claimed_by: str | None = None
    claimed: date | None = None
    confirmed: date | None = None
    steps: list[tuple[str, str]] = field(default_factory=list)

    def refuses(self, who: str, verb: str, photo_is_usable: bool) -> str | None:
        if verb != "claim" and who not in CHECKERS:
            return "forbidden"
        if not reaches(who, self.owner):
            return "not_found"
        if verb != "claim" and self.claimed_by == who:
            return "about_oneself"
        if verb != "claim" and is_of(who, self.owner):
            return "of_that_organization"
        if self.state not in (["open", "returned"] if verb == "claim" else ["claimed"]):
            return "not_in_this_state"
        return None if photo_is_usable else "not_your_file"

    def follow(self, who: str, verb: str, today: date, due_in: int | None) -> None:
        self.state = {"claim": "claimed", "confirm": "confirmed", "return": "returned"}[verb]
        self.steps.append((verb, who))
        if verb == "claim":
            self.claimed_by, self.claimed = who, today
        elif verb == "confirm":
            self.confirmed = today
        elif due_in is not None:
            self.due = today + timedelta(days=max(due_in, 3))

    def is_overdue(self, today: date) -> bool:
        return self.state in ("open", "returned") and self.due < today

    def escalated_to(self, today: date) -> str | None:
        if not self.is_overdue(today):
            return None
        between = [code for code in upwards(self.owner) if code in BETWEEN and code != self.owner]
        return between[0] if between and today - self.due <= timedelta(days=7) else "D"

    def waits_for(self, who: str, today: date) -> set[str]:
        """As what it stands on somebody's to-do list."""
        found: set[str] = set()
        if not reaches(who, self.owner):
            return found
        if self.state in ("open", "returned"):
            found.add("rectification")
        if who in CHECKERS and not is_of(who, self.owner):
            if self.state == "claimed" and self.claimed_by != who:
                found.add("rectification_recheck")
            if self.is_overdue(today) and (WHO[who][1] != "D" or self.escalated_to(today) == "D"):
                found.add("rectification_overdue")
        return found


@dataclass
class World:
    """All that is believed. `pictures` tells by whom each was brought, and on what it hangs."""

    now: datetime
    places: list[Place] = field(default_factory=list)
    kept: dict[tuple[str, int], Kept] = field(default_factory=dict)
    wrongs: list[Wrong] = field(default_factory=list)
    pictures: dict[str, tuple[str, object]] = field(default_factory=dict)

    @property
    def today(self) -> date:
        return self.now.date()

    def day(self, moment: Moment) -> date:
        return self.today - timedelta(days=moment[0])

    def at(self, moment: Moment) -> datetime:
        if moment == (0, True):
            return self.now
        return datetime.combine(self.day(moment), time(23, 59, 59) if moment[1] else time(), self.now.tzinfo)

    def is_usable(self, who: str, picture: str | None, where: object) -> bool:
        """Whether somebody may have a picture hang on something, on which it may hang already."""
        return picture is None or self.pictures[picture] in ((who, None), (who, where))

    def becomes(self, who: str, client: int, revision: int, sent: Document) -> str:
        """What becomes of a document that is sent: `created`, `updated`, `unchanged`, or the code with which it is refused."""
        place, known = self.places[sent.place], self.kept.get((who, client))
        if who not in INSPECTORS:
            return "forbidden"
        if not reaches(who, place.owner):
            return "not_found"
        if known is not None:
            if sent.place != known.document.place and not reaches(who, known.owner):
                return "not_found"
            if revision < known.revision or sent.content() == known.document.content():
                return "unchanged"
            if known.document.final:
                return "inspection_closed"
            if revision == known.revision:
                return "conflict"
        if sent.unannounced and self.is_own(who, place):
            return "of_that_organization"
        if sent.begun[0] < 0 or (sent.finished is not None and sent.finished[0] < 0):
            return "invalid"
        return self._faults(who, client, sent) or ("created" if known is None else "updated")

    def is_own(self, who: str, place: Place) -> bool:
        return is_of(who, place.owner) or (place.owner == "D" and who == CONTACT)

    def _faults(self, who: str, client: int, sent: Document) -> str | None:
        begun, checklist = sent.begun[0], CHECKLISTS.get((sent.number, self.places[sent.place].kind), {})
        newer = AGES.get(sent.number + 1)
        # A version was in force until the day before the next one was.
        if sent.number not in AGES or begun > AGES[sent.number] or (newer is not None and begun + 31 <= newer):
            return "standard_not_in_force"
        codes = [one.code for one in sent.said]
        if any(code not in checklist for code in codes):
            return "unknown_item"
        if len(set(codes)) < len(codes):
            return "invalid"
        if any(one.result == "fail" and one.note is None for one in sent.said):
            return "note_missing"
        if sent.final and set(codes) != checklist.keys():
            return "items_unanswered"
        if (sent.final and sent.finished is None) or (sent.finished is not None and self.at(sent.finished) < self.at(sent.begun)):
            return "invalid"
        if any(one.responsible is not None and not reaches(who, one.responsible) for one in sent.said):
            return "not_found"
        pictures = [one.photo for one in sent.said if one.photo is not None]
        where = [(who, client)] * len(pictures)
        usable = all(self.is_usable(who, picture, on) for picture, on in zip(pictures, where, strict=True))
        return None if usable and len(set(pictures)) == len(pictures) else "not_your_file"

    def keep(self, who: str, client: int, revision: int, sent: Document, key: str) -> Kept:
        """Believe what was taken; its key is told where it is new."""
        place = self.places[sent.place]
        deeds = self.kept[who, client].deeds if (who, client) in self.kept else []
        one = Kept(key, who, revision, sent, place.owner, place.kind, self.is_own(who, place), deeds)
        self.kept[who, client] = one
        for picture, (whose, on) in list(self.pictures.items()):
            if on == (who, client):
                self.pictures[picture] = whose, None
        self.pictures |= {said.photo: (who, (who, client)) for said in sent.said if said.photo is not None}
        return one

    def open(self, one: Kept, said: Said, key: str) -> Wrong:
        due = self.today + timedelta(days=15 if said.due_in is None else max(said.due_in, 3))
        wrong = Wrong(key, one, said, said.responsible or one.owner, due)
        self.wrongs.append(wrong)
        return wrong

    def figures(self, top: str, kind: str | None, since: date, until: date) -> dict[str, Any]:
        """The figures of an organisation with everything below it."""
        counted: dict[tuple[str, str], dict[str, list[int]]] = {}
        for owner, of_kind, figure, is_good in self._counted(since, until):
            if top in upwards(owner) and kind in (None, of_kind):
                above = [code for code in upwards(owner) if top in upwards(code)]
                for key in (("", ""), ("kind", of_kind), *(("organization", code) for code in above)):
                    ratio = counted.setdefault(key, {name: [0, 0] for name in FIGURES})[figure]
                    ratio[0] += is_good
                    ratio[1] += 1
        return {
            "totals": counted.get(("", ""), {name: [0, 0] for name in FIGURES}),
            "by_venue_kind": {name: ratios for (what, name), ratios in counted.items() if what == "kind"},
            "by_organization": {name: ratios for (what, name), ratios in counted.items() if what == "organization"},
        }

    def _counted(self, since: date, until: date) -> Iterator[tuple[str, str, str, bool]]:
        by_others = [one for one in self.kept.values() if one.document.final and not one.is_own]
        numbers = [number for number, age in AGES.items() if self.today - timedelta(days=age) <= until]
        for place in self.places:
            is_open = place.made <= until and (place.closed is None or place.closed > until)
            if is_open and numbers and _mandatory(CHECKLISTS[max(numbers), place.kind]):
                yield place.owner, place.kind, "sign_coverage", self._is_covered(place, by_others, until)
        for one in by_others:
            if since <= self._finished(one) <= until:
                for said in one.document.said:
                    if said.result != "not_applicable":
                        yield one.owner, one.kind, "sign_pass", said.result == "pass"
        for wrong in self.wrongs:
            if wrong.found_by.is_own:
                continue
            if wrong.confirmed is not None and since <= wrong.confirmed <= until:
                is_good = wrong.claimed is not None and wrong.claimed <= wrong.due
                yield wrong.owner, wrong.found_by.kind, "rectification_on_time", is_good
            elif wrong.confirmed is None and since <= wrong.due <= until and wrong.due < self.today:
                yield wrong.owner, wrong.found_by.kind, "rectification_on_time", False

    def _is_covered(self, place: Place, by_others: Iterable[Kept], until: date) -> bool:
        there = [one for one in by_others if self.places[one.document.place] is place and self._finished(one) <= until]
        if not there:
            return False
        last = max(there, key=lambda one: (self.at(one.document.finished or (0, True)), one.key))
        mandatory = _mandatory(CHECKLISTS[last.document.number, last.kind])
        left = [wrong for wrong in self.wrongs if wrong.found_by is last and wrong.said.code in mandatory]
        return all(wrong.confirmed is not None and wrong.confirmed <= until for wrong in left)

    def _finished(self, one: Kept) -> date:
        assert one.document.finished is not None
        return self.day(one.document.finished)


def _mandatory(checklist: dict[str, str]) -> set[str]:
    return {code for code, obligation in checklist.items() if obligation == "mandatory"}
