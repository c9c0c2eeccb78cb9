from collections.abc import Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import literal_column
from sqlalchemy.orm import aliased
from sqlmodel import and_, case, col, false, func, select
from sqlmodel.sql.expression import SelectOfScalar

from api.access.filters import passed_over
from api.access.phones import nearest_phone
from api.access.scope import Access, locking
from api.database import Work
from api.pledges.queries import own
from api.pledges.queries import reviewed as is_reviewed
from models.enums import EvaluationSource, Grade, WordsState
from models.evaluation import Evaluation
from models.member import Member
from models.organization import Organization
from models.pledge import Pledge

Evaluations = SelectOfScalar[Evaluation]
_BY_THE_MASSES: Final = select(Evaluation).where(col(Evaluation.source) == EvaluationSource.masses)
_HANGS: Final = col(Pledge.id) == col(Evaluation.pledge_id)


class Subject(NamedTuple):
    """The pledge that an evaluation is about, and whose it is: nobody's where it is an organisation's own."""

    pledge: Pledge
    member_name: str | None


class Count(NamedTuple):
    """How many evaluations of one source gave one grade, and how these count."""

    source: EvaluationSource
    grade: Grade
    is_void: bool
    is_waiting: bool
    number: int


def of_the_masses(work: Work, access: Access) -> Evaluations:
    """The evaluations by the masses of pledges within reach of the caller who reviews, but for those of his own pledges: of these
    he does not learn that they are there."""
    return _BY_THE_MASSES.join(Pledge, _HANGS).where(*_told_of(work, access))


def listed(
    work: Work, access: Access, *, below: Organization | None, pledge_id: UUID | None, words_state: WordsState | None
) -> Evaluations:
    """The evaluations by the masses of pledges that the caller reviews, the newest first; what is None narrows nothing."""
    (lies, others), chosen = _told_of(work, access, below), is_reviewed(work, access)
    state = col(Evaluation.words_state)
    if pledge_id is not None:
        theirs = select(Pledge.id).where(col(Pledge.id) == pledge_id, lies, others, chosen)
        found = _BY_THE_MASSES.where(col(Evaluation.pledge_id) == pledge_id, theirs.exists())
    elif access.asks_little(work, below):
        # Those that hang on the few pledges there are gathered first. Whose one is, is asked from the newest on, of as many as are
        # told: it costs more than all the rest.
        found = _one_by_one(case((others, chosen), else_=false())).where(_is_one_of(work, _on_pledges(work, lies, words_state)))
        state = passed_over(work, state)
    else:
        # Of much the newest are soon found. The case keeps PostgreSQL from asking whose a pledge is before where it lies.
        found = _one_by_one(case((lies, and_(others, chosen)), else_=false()))
    if words_state is not None:
        found = found.where(state == words_state)
    return found.order_by(col(Evaluation.id).desc())


def _one_by_one(condition: Any) -> Evaluations:
    """The evaluations by the masses of pledges that meet a condition, which is asked of each in turn. The offset keeps PostgreSQL
    from comparing all with all pledges instead."""
    return _BY_THE_MASSES.where(select(Pledge.id).where(_HANGS, condition).limit(1).offset(literal_column("0")).exists())


def _on_pledges(work: Work, condition: Any, words_state: WordsState | None) -> SelectOfScalar[UUID]:
    """The keys of the evaluations by the masses of pledges that meet a condition."""
    one = aliased(Evaluation)
    query = select(one.id).join(Pledge, col(Pledge.id) == one.pledge_id).where(one.source == EvaluationSource.masses, condition)
    return query if words_state is None else query.where(passed_over(work, col(one.words_state)) == words_state)


def _is_one_of(work: Work, keys: SelectOfScalar[UUID]) -> Any:
    """The condition that the key of an evaluation is one of these, so that both engines go through them in their order."""
    key = col(Evaluation.id)
    return key.in_(keys) if work.is_sqlite else key == func.any(func.array(keys.scalar_subquery()))


def _told_of(work: Work, access: Access, below: Organization | None = None) -> tuple[Any, ...]:
    """The conditions on a pledge whose evaluations a caller is told of: within reach, and not his own."""
    return access.reach_in(work, below).covers(col(Pledge.organization_id)), ~own(work, access)


def one(work: Work, evaluations: Evaluations, evaluation_id: UUID) -> Evaluation | None:
    """One of these evaluations, locked where the work writes."""
    query: Any = evaluations.where(col(Evaluation.id) == evaluation_id)
    evaluation: Evaluation | None = work.exec(locking(work, query, Evaluation)).first()
    return evaluation


def subjects(work: Work, pledge_ids: set[UUID]) -> dict[UUID, Subject]:
    query = select(Pledge, Member.full_name).join(Member, col(Member.id) == col(Pledge.member_id), isouter=True)
    return {pledge.id: Subject(pledge, name) for pledge, name in work.exec(query.where(col(Pledge.id).in_(pledge_ids))).all()}


def sent(work: Work, digest: str) -> Evaluation | None:
    return work.exec(select(Evaluation).where(col(Evaluation.sent_digest) == digest)).first()


def is_given(work: Work, pledge_id: UUID, source: EvaluationSource, period: str, by_digest: str | None) -> bool:
    """Whether a pledge has been evaluated so for a period: by the one of this digest, or by anybody where there is none."""
    query = select(Evaluation.id).where(
        col(Evaluation.pledge_id) == pledge_id, col(Evaluation.source) == source, col(Evaluation.period) == period
    )
    if by_digest is not None:
        query = query.where(col(Evaluation.by_digest) == by_digest)
    return work.exec(query.limit(1)).first() is not None


def counts_of_network(work: Work, network_digest: str, pledge_id: UUID) -> tuple[int, int]:
    """How many evaluations a network has sent, and how many of these are about one pledge."""
    about = func.coalesce(func.sum(case((col(Evaluation.pledge_id) == pledge_id, 1), else_=0)), 0)
    query = select(func.count(), about).where(col(Evaluation.network_digest) == network_digest)
    sent_in_all, about_pledge = work.exec(query).one()
    return sent_in_all, int(about_pledge)


def phone(work: Work, organization_id: UUID) -> str | None:
    """Whom to call about what an organisation does."""
    return work.exec(select(nearest_phone()).where(col(Organization.id) == organization_id)).first()


def counts(work: Work, pledge_id: UUID) -> list[Count]:
    """How often the masses and the peers gave each grade of a pledge."""
    voided_at, waits = col(Evaluation.voided_at), col(Evaluation.counts_from) > work.at
    # Grouped as an index has them, so that the thousands who may have rated it need not be sorted.
    query: Any = select(Evaluation.source, Evaluation.grade, func.count(), func.count(voided_at))
    query = query.add_columns(func.count(case((waits, 1))), func.count(case((waits, voided_at))))
    found: list[Count] = []
    rows = work.execute(query.where(col(Evaluation.pledge_id) == pledge_id).group_by(col(Evaluation.source), col(Evaluation.grade)))
    for source, grade, given, void, waiting, both in rows.all():
        if source in (EvaluationSource.masses, EvaluationSource.peers):
            numbers = {(True, True): both, (True, False): void - both, (False, True): waiting - both}
            numbers[False, False] = given - sum(numbers.values())
            found += [Count(EvaluationSource(source), Grade(grade), *which, n) for which, n in numbers.items() if n]
    return found


def of_author_and_organization(work: Work, pledge_id: UUID) -> Sequence[Evaluation]:
    """What the author and the organisation say of a pledge, in the order in which they said it."""
    query = select(Evaluation).where(
        col(Evaluation.pledge_id) == pledge_id,
        col(Evaluation.source).in_((EvaluationSource.self, EvaluationSource.organization)),
    )
    return work.exec(query.order_by(col(Evaluation.id))).all()


def shown(work: Work, pledge_id: UUID, most: int) -> Sequence[Evaluation]:
    """The newest words about a pledge that strangers may read."""
    query = select(Evaluation).where(
        col(Evaluation.pledge_id) == pledge_id,
        col(Evaluation.words_state) == WordsState.shown,
        col(Evaluation.voided_at).is_(None),
    )
    return work.exec(query.order_by(col(Evaluation.id).desc()).limit(most)).all()
