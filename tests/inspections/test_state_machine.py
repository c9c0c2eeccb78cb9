"""The life of venues, of their signs, of what inspectors' phones send of them and of what has to be put right, walked at random by
a deputy, secretaries of three branches and of the village, and two officers each of the town and of the district: each request is
answered as `believed.py` says, and at the end of a walk so is every list, every figure, and what the trail tells."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import count
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from sqlmodel import col, delete, select

from models.enums import VenueKind
from models.inspection import Inspection, InspectionItem
from models.rectification import Rectification, RectificationEvent
from models.sign import Sign
from models.standard import Standard
from models.venue import Venue
from tests.conftest import Caller, District
from tests.inspections.believed import (
    AGES,
    CONTACT,
    FIGURES,
    INSPECTORS,
    WHO,
    Document,
    Hung,
    Kept,
    Place,
    Said,
    World,
    Wrong,
    is_of,
    reaches,
)
from tests.inspections.drawn import CHANGES, FOLK, INSPECTING, NOTE, PLACED, PLACES, SENT, STEP, Drawn, Step
from tests.outcomes import deeds
from tests.pledges.kept import keep_member
from tests.standards.asking import answered, drafted, edited, officer_of, picture, published
from tests.venues.kept import keep_venue
from tests.walks import walk

WHY = {"reason": "现场查看属实"}
CLIENTS = tuple(UUID(int=number) for number in range(4))
"""The phones of different people may know an inspection by the same key."""
FIRST = (("officer", 0), ("officer", 1), ("clerk", 4), ("clerk", 3), ("secretary", 0))
"""Who has inspected which venue before a walk begins."""
SIZES = {"WN-01": (500, 250), "DK-01": (200, 100), "EM-01": (800, 800)}
MODELLED = {"not_installed", "only_damaged", "recommended_missing", "forbidden_item", "damaged", "damaged_emblem"}
OUTCOMES = {"created", "updated", "unchanged"}
_WALKS = count()


class Life(RuleBasedStateMachine):
    """Venues of a branch, of another, of their village, of the town and of the district, and whoever looks after them."""

    def __init__(self, district: District) -> None:
        super().__init__()
        self.district = district
        self.world = World(datetime.now(district.house.settings.zone))
        contact_id = keep_member(district, "B11")
        self.callers: dict[str, Caller] = {
            who: district.sign_in(role, code, member_id=contact_id if who == CONTACT else None) for who, (role, code) in WHO.items()
        }
        for kind, owner, days in PLACES:
            contact, made = contact_id if owner == "D" else None, (days, False)
            venue = keep_venue(district, owner, kind=VenueKind(kind), contact_member_id=contact)
            with district.work() as work:
                work.get_one(Venue, venue.id).created_at = self.world.at(made).astimezone(UTC)
            self.world.places.append(Place(str(venue.id), kind, owner, self.world.day(made)))

    @initialize(made=st.lists(SENT, min_size=len(FIRST), max_size=len(FIRST)))
    def begin(self, made: list[Drawn]) -> None:
        """A walk begins with something that has been found, some of it claimed, some of it late."""
        for number, ((who, place), drawn) in enumerate(zip(FIRST, made, strict=True)):
            found = replace(drawn, place=place, unannounced=False, final=True, flaws=frozenset())
            self.send(who, (number % 2, 1, False, found))
        for number in range(len(self.world.wrongs)):
            if number % 3:
                self.lead(number, [0, 4])
            else:
                self.fall_due(number, (7, 8, 1)[number // 3 % 3])

    @rule(who=INSPECTING, step=STEP)
    def send(self, who: str, step: Step) -> None:
        client, revision, document = self._step(who, step)
        expected = self.world.becomes(who, client, revision, document)
        answer = self.callers[who].post("/v1/inspections", json=self._body(client, revision, document))
        found = {200: "unchanged", 201: "created"}.get(answer.status_code) or answer.json()["code"]
        # That it is told with 200 holds of what is updated too.
        assert found == ("unchanged" if expected == "updated" else expected), (who, client, revision, document, answer.text)
        if expected in OUTCOMES:
            self._keep(who, client, revision, document, expected, answer.json()["id"], "send_inspection")
            self._compare_inspection(self.world.kept[who, client], answer.json())

    @rule(who=INSPECTING, steps=st.lists(STEP, min_size=2, max_size=4))
    def send_together(self, who: str, steps: list[Step]) -> None:
        made = [self._step(who, step) for step in steps]
        answer = self.callers[who].post("/v1/inspections/batch", json={"inspections": [self._body(*one) for one in made]})
        if who not in INSPECTORS:
            assert answer.json()["code"] == "forbidden", (who, answer.text)
            return
        for one, told in zip(made, answered(answer)["items"], strict=True):
            expected = self.world.becomes(who, *one)
            is_taken = expected in OUTCOMES
            assert told["client_id"] == str(CLIENTS[one[0]])
            assert (told["outcome"], told["code"]) == ((expected, None) if is_taken else ("refused", expected)), (who, one, told)
            if is_taken:
                self._keep(who, *one, expected, told["id"], "send_inspections")
        for client in {client for client, *_ in made}:
            if (kept := self.world.kept.get((who, client))) is not None and reaches(who, kept.owner):
                self._compare_inspection(kept, answered(self.callers[who].get(f"/v1/inspections/{kept.key}")))

    @rule(
        number=st.integers(0, 20),
        who=FOLK,
        verb=st.sampled_from(["claim", "confirm", "return"]),
        due_in=st.sampled_from([None, 1, 9]),
        photo=st.booleans(),
    )
    def act(self, number: int, who: str, verb: str, due_in: int | None, photo: bool) -> None:
        if self.world.wrongs:
            self._act(self.world.wrongs[number % len(self.world.wrongs)], who, verb, due_in, photo)

    @rule(number=st.integers(0, 20), ways=st.lists(st.integers(0, 5), min_size=1, max_size=4))
    def lead(self, number: int, ways: list[int]) -> None:
        """Do what may be done to something, by somebody who may, so that walks lead far; or try it as one of those who may not."""
        if not self.world.wrongs:
            return
        one = self.world.wrongs[number % len(self.world.wrongs)]
        for way in ways:
            verbs = ["claim"] if one.state in ("open", "returned") else ["confirm", "confirm", "return"]
            if way == 5:
                self.fall_due(number, (0, 1, 7, 8)[number % 4])
            elif one.state != "confirmed":
                verb = verbs[way % len(verbs)]
                asking: dict[str | None, list[str]] = {}
                for who in WHO:
                    asking.setdefault(one.refuses(who, verb, True), []).append(who)
                for refusal in (None,) if way < 4 else ("about_oneself", "of_that_organization"):
                    if refusal in asking:
                        self._act(one, asking[refusal][number % len(asking[refusal])], verb, None, False)

    @rule(number=st.integers(0, 20), days=st.sampled_from([-1, 0, 1, 7, 8]))
    def fall_due(self, number: int, days: int) -> None:
        if self.world.wrongs:
            one = self.world.wrongs[number % len(self.world.wrongs)]
            one.due = self.world.today - timedelta(days=days)
            with self.district.work() as work:
                work.get_one(Rectification, UUID(one.key)).due_on = one.due
            self._compare(one)

    @rule(
        place=PLACED,
        who=FOLK,
        code=st.sampled_from([*SIZES, "EM-01", "VC-01", "SG-02", "FB-03", "XX-01"]),
        emblem=st.booleans(),
        life=st.lists(CHANGES, max_size=3),
    )
    def hang(self, place: int, who: str, code: str, emblem: bool, life: list[tuple[str, bool]]) -> None:
        there = self.world.places[place]
        width, height = SIZES.get(code, (None, None))
        body = {"code": code, "width_mm": width, "height_mm": height, "emblem_mm": 40 if emblem else None}
        answer = self.callers[who].post(self._signs(there), json=body | {"installed_on": str(self.world.today)})
        expected = "not_found" if not reaches(who, there.owner) else "unknown_item" if code == "XX-01" else None
        self._answered(answer, expected, 201)
        if expected is None:
            there.signs.append(Hung(answer.json()["id"], code, emblem))
            for change in life:
                self._change(there, there.signs[-1], "chief", *change)
        self._check(there)

    @rule(place=PLACED, number=st.integers(0, 5), who=FOLK, change=CHANGES)
    def change_sign(self, place: int, number: int, who: str, change: tuple[str, bool]) -> None:
        there = self.world.places[place]
        if there.signs:
            self._change(there, there.signs[number % len(there.signs)], who, *change)

    def _change(self, there: Place, sign: Hung, who: str, verb: str, disposal: bool) -> None:
        url = f"{self._signs(there)}/{sign.key}"
        if verb == "edit":
            answer = self.callers[who].patch(url, json={"emblem_mm": None if sign.emblem else 40}, headers={"If-Match": "*"})
        else:
            more = {"disposal": "收回"} if verb == "retire" and disposal else {}
            answer = self.callers[who].post(f"{url}/{verb}", json=WHY | more)
        expected = sign.refuses(verb, disposal) if reaches(who, there.owner) else "not_found"
        self._answered(answer, expected)
        if expected is None:
            sign.follow(verb)
            sign.emblem = sign.emblem != (verb == "edit")
            assert answer.json()["state"] == sign.state
        self._check(there)

    @rule(place=PLACED, who=FOLK, verb=st.sampled_from(["close", "reopen"]))
    def close_or_reopen(self, place: int, who: str, verb: str) -> None:
        there = self.world.places[place]
        is_able = reaches(who, there.owner)
        answer = self.callers[who].post(f"/v1/venues/{there.key}/{verb}", json=WHY)
        self._answered(answer, None if is_able else "not_found")
        if is_able and (there.closed is None) == (verb == "close"):
            there.closed = self.world.today if verb == "close" else None
            there.deeds.append(f"{verb}_venue")

    @rule(place=PLACED, who=st.sampled_from(["officer", "chief", *WHO]), to=st.sampled_from(["B11", "B12", "V1", "B21"]))
    def hand_over(self, place: int, who: str, to: str) -> None:
        """A venue goes to another organisation; what was found there stays with whom it was found."""
        there = self.world.places[place]
        if there.owner == "D":
            return
        is_there = reaches(who, there.owner) and reaches(who, to)
        is_own = there.owner != to and (is_of(who, there.owner) or is_of(who, to))
        answer = self.callers[who].patch(
            f"/v1/venues/{there.key}", json={"organization_id": self._id(to)}, headers={"If-Match": "*"}
        )
        self._answered(answer, "not_found" if not is_there else "for_the_level_above" if is_own else None)
        if is_there and not is_own and there.owner != to:
            there.owner = to
            there.deeds.append("edit_venue")

    def _id(self, code: str) -> str:
        return str(self.district.ids[code])

    @staticmethod
    def _signs(there: Place) -> str:
        return f"/v1/venues/{there.key}/signs"

    @staticmethod
    def _answered(answer: Any, expected: str | None, status: int = 200) -> None:
        found = None if answer.status_code == status else answer.json()["code"]
        assert found == expected, answer.text

    def _step(self, who: str, step: Step) -> tuple[int, int, Document]:
        client, ahead, is_same, drawn = step
        known = self.world.kept.get((who, client))
        revision = max((known.revision if known else 0) + ahead, 1)
        return client, revision, known.document if known and is_same else drawn.written(self.world, partial(self._picture, who))

    def _picture(self, who: str, whose: str | None) -> str | None:
        """One of two pictures that somebody has brought, or that of another, brought as it is wanted."""
        if whose is None:
            return None
        owner = who if whose == "own" else "officer" if who != "officer" else "second"
        brought = [key for key, (by, _) in self.world.pictures.items() if by == owner]
        if len(brought) < 2:
            brought.append(picture(self.callers[owner]))
            self.world.pictures[brought[-1]] = owner, None
        return brought[-1] if len(brought) < 2 else brought[len(self.world.kept) % 2]

    def _body(self, client: int, revision: int, document: Document) -> dict[str, Any]:
        items = [
            {
                "code": one.code,
                "result": one.result,
                "note": one.note,
                "photo_ids": [one.photo] if one.photo else [],
                "due_on": self._due(one),
                "responsible_id": self._id(one.responsible) if one.responsible else None,
            }
            for one in document.said
        ]
        return {
            "client_id": str(CLIENTS[client]),
            "venue_id": self.world.places[document.place].key,
            "standard_number": document.number,
            "unannounced": document.unannounced,
            "revision": revision,
            "started_at": self.world.at(document.begun).isoformat(),
            "finished_at": self.world.at(document.finished).isoformat() if document.finished else None,
            "final": document.final,
            "items": items,
        }

    def _due(self, said: Said) -> str | None:
        return str(self.world.today + timedelta(days=said.due_in)) if said.due_in is not None else None

    def _keep(self, who: str, client: int, revision: int, document: Document, outcome: str, key: str, deed: str) -> None:
        if outcome != "unchanged":
            known = self.world.kept.get((who, client))
            assert known is None or known.key == key
            self.world.keep(who, client, revision, document, key).deeds.append(deed)

    def _compare_inspection(self, one: Kept, told: dict[str, Any]) -> None:
        """What is told of an inspection is what is believed; once it is final, what failed in it is open."""
        document = one.document
        failed = {said.code: said for said in document.said if document.final and said.result == "fail"}
        opened = {item["code"]: item["rectification_id"] for item in told["items"] if item["rectification_id"]}
        assert opened.keys() == failed.keys(), one
        for code in failed.keys() - {wrong.said.code for wrong in self.world.wrongs if wrong.found_by is one}:
            self._compare(self.world.open(one, failed[code], opened[code]))
        items = sorted(document.said, key=lambda said: said.code)
        assert (told["revision"], told["final"], told["unannounced"]) == (one.revision, document.final, document.unannounced)
        assert (told["organization_id"], told["venue_kind"]) == (self._id(one.owner), one.kind)
        assert (told["by_own_organization"], told["standard_number"]) == (one.is_own, document.number)
        assert told["counts"] == {
            result: sum(said.result == result for said in items) for result in ("pass", "fail", "not_applicable")
        }
        due = {wrong.said.code: str(wrong.due) for wrong in self.world.wrongs if wrong.found_by is one}
        assert [(item["code"], item["result"], item["note"], item["photo_ids"], item["due_on"]) for item in told["items"]] == [
            (said.code, said.result, said.note, [said.photo] if said.photo else [], due.get(said.code, self._due(said)))
            for said in items
        ], one

    def _act(self, one: Wrong, who: str, verb: str, due_in: int | None, photo: bool) -> None:
        key = self._picture(who, "own") if verb == "claim" and photo else None
        expected = one.refuses(who, verb, self.world.is_usable(who, key, None))
        body: dict[str, Any] = {"note": NOTE, "photo_ids": [key] if key else []} if verb == "claim" else dict(WHY)
        if verb == "return" and due_in is not None:
            body["due_on"] = str(self.world.today + timedelta(days=due_in))
        answer = self.callers[who].post(f"/v1/rectifications/{one.key}/{verb}", json=body)
        self._answered(answer, expected)
        if expected is None:
            one.follow(who, verb, self.world.today, due_in)
            if key:
                self.world.pictures[key] = who, (one.key, len(one.steps))
                assert answer.json()["events"][-1]["photo_ids"] == [key]
        self._compare(one)

    def _compare(self, one: Wrong) -> None:
        """What is told of a thing to whoever may see everything is what is believed."""
        self._compare_told(one, answered(self.callers["chief"].get(f"/v1/rectifications/{one.key}")))

    def _compare_told(self, one: Wrong, told: dict[str, Any]) -> None:
        today, escalated = self.world.today, one.escalated_to(self.world.today)
        believed = (one.state, str(one.due), one.is_overdue(today), self._id(escalated) if escalated else None)
        assert (told["state"], told["due_on"], told["is_overdue"], told["escalated_to"]) == believed, one
        assert (told["organization_id"], told["code"], told["finding"]) == (self._id(one.owner), one.said.code, NOTE)
        assert (told["claimed_by"], told["inspection_id"]) == (self._account(one.claimed_by), one.found_by.key)
        assert [(step["action"], step["account_id"]) for step in told["events"]] == [
            (verb, self._account(who)) for verb, who in one.steps
        ]

    def _account(self, who: str | None) -> str | None:
        return self.callers[who].account_id if who else None

    def _check(self, there: Place) -> None:
        told = answered(self.callers["chief"].get(f"/v1/venues/{there.key}/check"))
        found = {(one["code"], one["reason"]) for one in told["findings"] if one["reason"] in MODELLED}
        assert found == there.findings(), there

    def teardown(self) -> None:
        """When the walk is over, three people see what they may and the figures of the model, and the trail tells each deed."""
        try:
            for who in list(WHO)[next(_WALKS) % 3 :: 3]:
                self._look_around(who)
            self._read_the_trail()
        finally:
            self._clear_away()

    def _look_around(self, who: str) -> None:
        world, caller = self.world, self.callers[who]
        kept = world.kept.values()
        assert self._listed(who, "/v1/inspections") == {one.key for one in kept if one.is_seen_by(who)}
        assert self._listed(who, "/v1/inspections/mine") == {one.key for one in kept if one.who == who and reaches(who, one.owner)}
        seen = [one for one in world.wrongs if reaches(who, one.owner)]
        for overdue in (False, True):
            wanted = {one.key for one in seen if one.is_overdue(world.today) is overdue}
            assert self._listed(who, "/v1/rectifications", overdue=overdue) == wanted
        todo = caller.todo()
        for kind in ("rectification", "rectification_recheck", "rectification_overdue"):
            wanted = {one.key for one in world.wrongs if kind in one.waits_for(who, world.today)}
            assert todo["counts"].get(kind, 0) == len(wanted), (who, kind)
            listed = {item["target_id"] for item in todo["items"] if item["kind"] == kind}
            assert listed == wanted or (len(wanted) > 50 and listed < wanted)
        today = world.today
        for since, until in ((None, None), (today - timedelta(days=40), today - timedelta(days=9)), (today, today)):
            self._compare_figures(who, WHO[who][1], None, since, until)
        self._compare_figures(who, "V1", "window", None, None)

    def _listed(self, who: str, url: str, **asked: Any) -> set[str]:
        found: set[str] = set()
        cursor: dict[str, Any] = {}
        while True:
            told = answered(self.callers[who].get(url, params={"limit": 100, **asked, **cursor}))
            found |= {item["id"] for item in told["items"]}
            if told["next_cursor"] is None:
                return found
            cursor = {"cursor": told["next_cursor"]}

    def _compare_figures(self, who: str, top: str, kind: str | None, since: date | None, until: date | None) -> None:
        asked = {"organization_id": self._id(top), "venue_kind": kind, "since": since, "until": until}
        answer = self.callers[who].get(
            "/v1/inspections/figures", params={name: str(value) for name, value in asked.items() if value is not None}
        )
        if not reaches(who, top):
            self._answered(answer, "not_found")
            return
        told = answered(answer)
        last = until or self.world.today
        believed = self.world.figures(top, kind, since or last.replace(month=1, day=1), last)
        codes = {str(key): code for code, key in self.district.ids.items()}
        found = {
            "totals": _ratios(told["totals"]),
            "by_venue_kind": {one["venue_kind"]: _ratios(one) for one in told["by_venue_kind"]},
            "by_organization": {codes[one["organization_id"]]: _ratios(one) for one in told["by_organization"]},
        }
        assert found == believed, (who, top, kind, since, until)

    def _read_the_trail(self) -> None:
        told = [(one.key, one.deeds) for one in self.world.kept.values()]
        told += [(one.key, [f"{verb}_rectification" for verb, _ in one.steps]) for one in self.world.wrongs]
        told += [(place.key, place.deeds) for place in self.world.places]
        told += [(sign.key, sign.deeds) for place in self.world.places for sign in place.signs]
        for key, believed in told:
            assert deeds(self.district, key) == believed, key

    def _clear_away(self) -> None:
        """The figures of the district count whatever there is, so that nothing of a walk is left for the next one."""
        for model in (RectificationEvent, Rectification, InspectionItem, Inspection, Sign, Venue):
            with self.district.work() as work:
                work.execute(delete(model))


def _ratios(told: dict[str, Any]) -> dict[str, list[int]]:
    return {name: [told[name]["numerator"], told[name]["denominator"]] for name in FIGURES}


def test_whatever_is_done_in_whatever_order_inspections_and_what_they_find_are_what_the_model_says(district: District) -> None:
    officer = officer_of(district)
    drafted(officer)
    published(officer)
    drafted(officer, 1)
    for code, obligation in (("WN-01", "recommended"), ("PP-01", "mandatory"), ("SG-01", "recommended")):
        answered(edited(officer, code, obligation=obligation))
    published(officer)
    today = datetime.now(district.house.settings.zone).date()
    with district.work() as work:
        for standard in work.exec(select(Standard).where(col(Standard.number).in_(AGES))):
            standard.effective_on = today - timedelta(days=AGES[standard.number])
    walk(lambda: Life(district), runs=2, steps=8)
