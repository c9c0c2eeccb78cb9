"""Signs at the venues of the demonstration, what was found there and how it was put right, through the services by which people
would have done it, day by day."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from io import BytesIO
from itertools import cycle
from typing import Any
from uuid import UUID, uuid5

from api.access.permissions import Permission
from api.access.scope import Access
from api.adapters.drawings import Scene, draw
from api.database import Work
from api.days import day_of
from api.demo.living import Step, live
from api.demo.signage import COURSES, DISPOSAL, FAULTS, MISPLACED, NOTES, RIGHT, Course, Fault
from api.files import service as files
from api.files.brought import Prepared, prepare_picture
from api.house import House
from api.inspections.rules import Answer, Document
from api.inspections.service import send_inspection
from api.rectifications import service as rectifications
from api.standards import service as standards
from api.venues.signs import service as signs
from api.versions import Expected
from models.enums import CheckResult, FilePurpose, Obligation, RectificationAction, VenueKind

ANY = Expected(None, required=False)
STANDARD = 1
HUNG, FOUND_RIGHT, LATELY = 90, (70, 41, 27, 16), 1
"""Days ago: when the signs were hung, when venues where all is right were inspected, and what was done last."""
NOT_YET, SURPRISED = 6, 3
"""Of venues where all is right every sixth was not inspected yet; every third inspection is not announced."""
PICTURED = 6
"""So many faults have pictures: one takes as long to store as ten deeds."""
URGENT = timedelta(days=3)
TOOK = timedelta(minutes=40)


@dataclass(frozen=True)
class Place:
    """A venue; who inspects it and checks what was put right there, and who keeps its signs."""

    id: UUID
    kind: VenueKind
    inspector: Access
    keeper: Access


@dataclass
class Case:
    """A venue, with what is wrong there if anything is, and what becomes of it; the keys are known once they are made."""

    number: int
    place: Place
    fault: Fault | None
    course: Course
    pictures: Mapping[RectificationAction | None, Sequence[Prepared]]
    """Of the fault, and of what was done about it."""
    sign_id: UUID | None = None
    rectification_id: UUID | None = None


def hang_and_inspect(house: House, places: Sequence[Place], at: datetime, tell: Callable[[int, int], None]) -> None:
    """Hang the signs of venues and let these be inspected until now, the first ones of each kind with a fault. `tell` is told how
    many days there are, and how many of them are over."""
    live(house, _Season(house, places, day_of(at, house.settings.zone)).steps(), at, tell)


class _Season:
    def __init__(self, house: House, places: Sequence[Place], today: date) -> None:
        self._house, self._today = house, today
        self._cases = list(self._all(places))
        self._notes = {action: cycle(words) for action, words in NOTES.items()}
        self._asked: dict[VenueKind, list[tuple[str, Obligation]]] = {}

    def _all(self, places: Sequence[Place]) -> Iterable[Case]:
        """Every other venue of a kind has a fault."""
        faults = {kind: cycle(of_kind) for kind, of_kind in FAULTS.items()}
        courses, days, met = cycle(COURSES), cycle(FOUND_RIGHT), dict.fromkeys(VenueKind, 0)
        pictured = 0
        for number, place in enumerate(places):
            met[place.kind] += 1
            if place.kind not in faults or met[place.kind] % 2 == 0:
                yield Case(number, place, None, Course(next(days)), {})
                continue
            fault, pictures = next(faults[place.kind]), {}
            if pictured < PICTURED:
                pictured += 1
                pictures = {None: self._drawn(0 if fault.wrong is None else 1), RectificationAction.claim: self._drawn(2)}
            yield Case(number, place, fault, next(courses), pictures)

    def steps(self) -> Iterable[Step]:
        yield self._ago(HUNG), 0, self._hang
        for case in self._cases:
            if case.fault is None and case.number % NOT_YET == 0:
                continue
            yield self._ago(case.course.found), 1, lambda work, c=case: self._inspect(work, c)  # type: ignore[misc]
            if case.course.put_right is not None:
                yield self._ago(case.course.put_right), 2, lambda work, c=case: self._put_right(work, c)  # type: ignore[misc]
            for day, action in case.course.steps:
                yield self._ago(day), 3, lambda work, c=case, a=action: self._act(work, c, a)  # type: ignore[misc]
        yield self._ago(LATELY), 4, self._look_themselves

    def _hang(self, work: Work) -> None:
        for case in self._cases:
            fault, right = case.fault, RIGHT[case.place.kind]
            hung = [sign for sign in right if fault is None or fault.beside or sign.code != fault.code]
            for sign in (*hung, MISPLACED) if case.place.kind is VenueKind.red_base else hung:
                self._add(work, case, asdict(sign))
            if fault is not None and fault.wrong is not None:
                case.sign_id = self._add(work, case, asdict(fault.wrong))
                if fault.is_damaged:
                    signs.damage_sign(work, self._writer(case), case.place.id, case.sign_id, fault.words, ANY)

    def _inspect(self, work: Work, case: Case) -> None:
        pictures = [files.upload_file(work, case.place.inspector, one).id for one in case.pictures.get(None, ())]
        is_surprise = case.number % SURPRISED == 0
        told = self._send(work, case, case.place.inspector, case.fault, pictures, unannounced=is_surprise)
        opened = (item["rectification_id"] for item in told["items"])
        case.rectification_id = next((key for key in opened if key is not None), None)

    def _put_right(self, work: Work, case: Case) -> None:
        fault, access, venue_id = case.fault, self._writer(case), case.place.id
        assert fault is not None
        right = next((asdict(sign) for sign in RIGHT[case.place.kind] if sign.code == fault.code), {})
        if case.sign_id is None:
            self._add(work, case, right)
        elif fault.beside:
            signs.retire_sign(work, access, venue_id, case.sign_id, fault.words, DISPOSAL, ANY)
        elif fault.is_damaged:
            signs.repair_sign(work, access, venue_id, case.sign_id, "已修复", ANY)
        else:
            signs.edit_sign(work, access, venue_id, case.sign_id, right, None, ANY)

    def _act(self, work: Work, case: Case, action: RectificationAction) -> None:
        note, place = next(self._notes[action]), case.place
        assert case.rectification_id is not None
        if action is RectificationAction.claim:
            # The pictures hang on the first claim.
            keys = [files.upload_file(work, place.keeper, one).id for one in case.pictures.get(action, ())]
            case.pictures = {}
            access = place.keeper.using(Permission.rectification_claim)
            rectifications.claim_rectification(work, access, case.rectification_id, note, keys, ANY)
        elif action is RectificationAction.confirm:
            access = place.inspector.using(Permission.rectification_check)
            rectifications.confirm_rectification(work, access, case.rectification_id, note, ANY)
        else:
            access = place.inspector.using(Permission.rectification_check)
            rectifications.return_rectification(work, access, case.rectification_id, note, None, ANY)

    def _look_themselves(self, work: Work) -> None:
        """The keeper of the first venue where something was put right inspects it himself, which counts in no figure; and an
        inspector has begun with one that was not inspected yet."""
        own = next(case for case in self._cases if case.course.put_right is not None)
        self._send(work, own, own.place.keeper, None, [], unannounced=False)
        begun = next(case for case in self._cases if case.fault is None and case.number % NOT_YET == 0)
        self._send(work, begun, begun.place.inspector, None, [], unannounced=True, final=False)

    def _send(
        self,
        work: Work,
        case: Case,
        by: Access,
        fault: Fault | None,
        pictures: Sequence[UUID],
        *,
        unannounced: bool,
        final: bool = True,
    ) -> Mapping[str, Any]:
        kind = case.place.kind
        if kind not in self._asked:
            self._asked[kind] = [(item.code, item.obligation) for item in standards.checklist(work, STANDARD, kind)]
        hung = {sign.code for sign in RIGHT[kind]}
        items = []
        for code, obligation in self._asked[kind]:
            if fault is not None and code == fault.code:
                due_on = work.today + URGENT if case.course.urgent else None
                items.append(Answer(code, CheckResult.failed, fault.words, pictures, due_on, None))
            else:
                is_there = code in hung or obligation is Obligation.forbidden
                result = CheckResult.passed if is_there else CheckResult.not_applicable
                items.append(Answer(code, result, None, (), None, None))
        document = Document(
            client_id=uuid5(case.place.id, f"{work.today}"),
            venue_id=case.place.id,
            standard_number=STANDARD,
            unannounced=unannounced,
            revision=1,
            started_at=work.at - TOOK,
            finished_at=work.at if final else None,
            final=final,
            items=items if final else items[:2],
        )
        return send_inspection(work, by.using(Permission.inspection_write), document)[0].fields

    def _add(self, work: Work, case: Case, content: Mapping[str, object]) -> UUID:
        stated = {**content, "installed_on": work.today}
        return signs.add_sign(work, self._writer(case), case.place.id, stated, []).sign.id

    def _writer(self, case: Case) -> Access:
        return case.place.keeper.using(Permission.venue_write)

    def _drawn(self, step: int) -> list[Prepared]:
        content = BytesIO(draw(Scene.nameplate, step))
        return [prepare_picture(self._house.storage, content, FilePurpose.attachment, None)]

    def _ago(self, days: int) -> date:
        return self._today - timedelta(days=days)
