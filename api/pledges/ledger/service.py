"""The ledger (承诺台账): all pledges of a year that were ever submitted, as a workbook."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import IO, Any, Final
from uuid import UUID

from api.access.scope import Access, Lock
from api.adapters.cells import Cell
from api.adapters.cipher import Cipher
from api.adapters.workbook_pages import Dressed, Page, Shade
from api.adapters.workbook_writer import write_workbook
from api.database import Work
from api.days import day_of
from api.pledges import queries as pledge_queries
from api.pledges import rules
from api.pledges.evaluations.rules import FEWEST_PEERS
from api.pledges.evaluations.sealing import words_of
from api.pledges.ledger import queries, words
from api.pledges.ledger.queries import Entry
from api.pledges.words import GRADES
from api.profiles.words import CATEGORIES, KINDS
from models.enums import EvaluationSource, Grade
from models.evaluation import Evaluation
from models.organization import Organization
from models.pledge import Pledge
from models.pledge_text import PledgeText

AT_ONCE: Final = 500
"""How many pledges are read and written together."""
_NO_GRADES: Final[Mapping[Grade, int]] = {}


def write_ledger(work: Work, access: Access, organization_id: UUID, year: int | None, cipher: Cipher, target: IO[bytes]) -> int:
    """Write the ledger of a year, by default this one, of an organisation within reach and everything below it. Returns the year.

    What people wrote stands in it as text, also where it looks like a formula. Raises `NotFound`.
    """
    top = access.get(work, Organization, organization_id, Lock.none)
    year = year or work.today.year
    entries = iter(queries.entries(work, top, year))
    headings = [Dressed(Cell(name), Shade.grey, is_bold=True) for name, _ in words.COLUMNS]

    def rows() -> Iterator[tuple[int, Sequence[Dressed]]]:
        yield 1, headings
        number = 0
        while some := list(islice(entries, AT_ONCE)):
            for values in _lines(work, some, cipher):
                number += 1
                yield number + 1, [Dressed(Cell(value), is_wrapped=isinstance(value, str)) for value in (number, *values)]

    write_workbook(target, [Page(f"{words.TITLE}{year}", [width for _, width in words.COLUMNS], rows(), header_row=1)])
    return year


def _lines(work: Work, entries: Sequence[Entry], cipher: Cipher) -> Iterator[list[Any]]:
    """The cells of some pledges, without their numbers."""
    keys = [one.pledge_id for one in entries]
    pledges, texts = queries.pledges(work, keys), pledge_queries.texts(work, keys)
    progress = queries.last_progress(work, keys)
    peers, masses = (queries.grades(work, keys, source) for source in (EvaluationSource.peers, EvaluationSource.masses))
    own, organization = (
        queries.evaluations(work, keys, source) for source in (EvaluationSource.self, EvaluationSource.organization)
    )
    for entry in entries:
        key = entry.pledge_id
        last, by_peers, of_author = progress.get(key), peers.get(key, _NO_GRADES), own.get(key, [])
        shown = by_peers if sum(by_peers.values()) >= FEWEST_PEERS else None
        yield [
            entry.organization_name,
            entry.member_name or entry.organization_name,
            *_stated(work, pledges[key]),
            *_decided(work, pledges[key], texts.get(key, [])),
            pledges[key].percent,
            f"{last.happened_on.isoformat()} {last.note}" if last else None,
            words.OUTCOMES[outcome] if (outcome := pledges[key].outcome) else None,
            pledges[key].outcome_reason if pledges[key].outcome else pledges[key].withdrawn_reason,
            GRADES[of_author[-1].grade].zh if of_author else None,
            *(shown.get(grade, 0) if shown is not None else None for grade in Grade),
            *(masses.get(key, _NO_GRADES).get(grade, 0) for grade in Grade),
            *_organizations(organization.get(key, []), pledges[key].year, cipher),
        ]


def _stated(work: Work, pledge: Pledge) -> list[Any]:
    facts = rules.Facts(pledge.state, pledge.year, pledge.due_on)
    return [
        KINDS[pledge.kind].zh,
        CATEGORIES[pledge.category].zh,
        pledge.content,
        pledge.measure,
        pledge.due_on,
        words.VISIBILITIES[pledge.visibility],
        words.STATES[rules.told_state(facts, work.today)],
    ]


def _decided(work: Work, pledge: Pledge, texts: Sequence[PledgeText]) -> list[Any]:
    """What was decided about the text that stands in the row, with the vote, and when that was published. An amendment is told of
    once it has taken its place."""
    text = next((one for one in texts if one.no == pledge.text_no), None)
    vote = [text.vote_eligible, text.votes_for, text.votes_against, text.votes_abstained] if text else [None] * 4
    return [
        words.DECISIONS[text.decision] if text and text.decision else None,
        _day(work, text.decided_at if text else None),
        *vote,
        _day(work, text.published_at if text else None),
        pledge.text_no,
    ]


def _organizations(said: Sequence[Evaluation], year: int, cipher: Cipher) -> list[Any]:
    """The organisation's grade of the year, and what it says of each half and of the year."""
    of_year = [one for one in said if one.period == str(year)]
    comments = [f"{one.period} {GRADES[one.grade].zh} {words_of(one, cipher) or ''}".rstrip() for one in said]
    return [GRADES[of_year[-1].grade].zh if of_year else None, "\n".join(comments) or None]


def _day(work: Work, moment: datetime | None) -> Any:
    return None if moment is None else day_of(moment, work.zone)
