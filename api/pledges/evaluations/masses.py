"""Ratings of the masses (群众评): sent from the public page of a pledge by whoever reads it, without signing in."""

import json
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from api.access.scope import hold, take_turns
from api.adapters.cipher import Cipher
from api.database import Work
from api.errors import NotFound
from api.pledges.evaluations import queries, rules
from api.pledges.evaluations.sealing import seal_words
from api.pledges.rules import AlreadyEvaluated, Facts
from models.enums import EvaluationSource, Grade, PledgeVisibility, WordsState
from models.evaluation import Evaluation
from models.pledge import Pledge

TAKING_IN = 7_205_760_417
"""The number under which grades of the masses are taken in one after another."""


@dataclass(frozen=True)
class Rating:
    """What somebody says of a pledge without signing in. `device` is what his browser keeps of it, `key` is the form's own."""

    grade: Grade
    words: str | None = field(repr=False)
    key: str
    device: str = field(repr=False)
    network: str = field(repr=False)


def rate_pledge(work: Work, pledge_id: UUID, rating: Rating, cipher: Cipher) -> Evaluation:
    """Take in what somebody of the masses says of a public pledge, for the quarter of its receipt.

    What is sent again with the same key is answered alike. Raises what `evaluation_by` does.
    """
    take_turns(work, TAKING_IN)
    evaluation = evaluation_by(work, pledge_id, rating, cipher)
    if evaluation not in work:
        seal_words(evaluation, rating.words, cipher)
        work.add(evaluation)
        work.flush()
        owner = work.get_one(Pledge, pledge_id).organization_id
        work.record("rate_pledge", evaluation, organization_id=owner, has_words=rating.words is not None)
    return evaluation


def evaluation_by(work: Work, pledge_id: UUID, rating: Rating, cipher: Cipher) -> Evaluation:
    """The evaluation that stands by a rating that was sent before, or the one that would, not yet put among the others.

    Raises `NotFound`, `AlreadyEvaluated` for a device that has rated this pledge in this quarter, or `TooManyEvaluations` where its
    network has sent too many today.
    """
    sent = cipher.digest("evaluation sent", json.dumps([rating.key, str(pledge_id)]))
    if (standing := queries.sent(work, sent)) is not None:
        return standing
    pledge = hold(work, Pledge, pledge_id)
    if pledge is None or not _is_open(work, pledge):
        raise NotFound
    source, period = EvaluationSource.masses, rules.period_of_receipt(work.today)
    by = device_digest(cipher, rating.device, pledge_id, period)
    if queries.is_given(work, pledge_id, source, period, by):
        raise AlreadyEvaluated
    return Evaluation(
        pledge_id=pledge_id,
        source=source,
        period=period,
        grade=rating.grade,
        by_digest=by,
        network_digest=_check_room(work, pledge, rating.network, cipher),
        sent_digest=sent,
        counts_from=rules.counts_from(source, work.at),
        words_state=WordsState.held if rating.words else None,
    )


def has_rated(work: Work, pledge_id: UUID, device: str | None, cipher: Cipher) -> bool:
    """Whether a device has rated a pledge in this quarter."""
    if device is None:
        return False
    period = rules.period_of_receipt(work.today)
    by = device_digest(cipher, device, pledge_id, period)
    return queries.is_given(work, pledge_id, EvaluationSource.masses, period, by)


def device_digest(cipher: Cipher, device: str, pledge_id: UUID, period: str) -> str:
    """What is known of a device: the same one again within one period of one pledge, and no other time."""
    return cipher.digest("evaluation device", json.dumps([device, str(pledge_id), period]))


def _is_open(work: Work, pledge: Pledge) -> bool:
    """Whether strangers rate a pledge."""
    facts = Facts(pledge.state, pledge.year, pledge.due_on)
    return pledge.visibility is PledgeVisibility.public and rules.can_be_evaluated(facts, work.today)


def _check_room(work: Work, pledge: Pledge, network: str, cipher: Cipher) -> str:
    """The digest of a network that may send another evaluation today. Raises `TooManyEvaluations`."""
    # The day stands in the digest, so that what one network sends on two days is not seen to belong together.
    digest = cipher.digest("evaluation network", f"{work.today} {network}")
    from_network, about_pledge = queries.counts_of_network(work, digest, pledge.id)
    tomorrow = work.begin_of(work.today + timedelta(days=1))
    rules.check_room(
        from_network,
        about_pledge,
        retry_after=int((tomorrow - work.at).total_seconds()) + 1,
        service_phone=queries.phone(work, pledge.organization_id),
    )
    return digest
