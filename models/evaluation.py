from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text

from models.base import Erased, Keep, Personal, Record, Withheld, column, plain, sealed, words
from models.enums import EvaluationSource, Grade, WordsState

ONCE = text("source IN ('self', 'organization')")
WITH_WORDS = text("words_state IS NOT NULL")
"""The conditions of partial indexes. A query has to hold the very same words, or what they follow from."""


class Evaluation(Record, table=True):
    """One evaluation of a pledge (评诺): by its author, another member of the branch, somebody of the masses, or the organisation.

    `period` is a year, a half (2026-H1) or a quarter (2026-Q3). `by_digest` is keyed over the device or member, the pledge and the
    period: it knows the same person again within one period of one pledge, and nobody anywhere else; the organisation has none.
    `network_digest` knows for two days where it came from, `sent_digest` the form that was sent. It counts from `counts_from` on,
    unless it is void, and stays. Only words of the masses have a `words_state`.
    """

    __table_args__ = (
        Index("uq_evaluation_by", "pledge_id", "source", "period", "by_digest", unique=True),
        Index("uq_evaluation_period", "pledge_id", "source", "period", unique=True, sqlite_where=ONCE, postgresql_where=ONCE),
        # The newest of one pledge, those of them with words in a state, and how many gave which grade: thousands may rate it.
        Index("ix_evaluation_newest", "pledge_id", "source", "id"),
        Index("ix_evaluation_pledge_words", "pledge_id", "words_state", "id", sqlite_where=WITH_WORDS, postgresql_where=WITH_WORDS),
        Index("ix_evaluation_tally", "pledge_id", "source", "grade", "voided_at", "counts_from"),
        Index("ix_evaluation_words", "words_state", "id", sqlite_where=WITH_WORDS, postgresql_where=WITH_WORDS),
        CheckConstraint("(source = 'organization') = (by_digest IS NULL)", name="the_organization_is_no_person"),
        CheckConstraint(
            "(words_state IS NOT NULL) = (source = 'masses' AND words_sealed IS NOT NULL)", name="words_of_the_masses_are_held"
        ),
        CheckConstraint(
            "(void_reason IS NULL) = (voided_at IS NULL) AND (void_reason IS NULL) = (voided_by IS NULL)", name="void_with_a_reason"
        ),
    )

    pledge_id: UUID = plain(
        whose="pledge",
        told="source IN ('self', 'organization')",
        withheld=Withheld.one_grade,
        foreign_key="pledge.id",
    )
    source: EvaluationSource = plain(sa_type=words(EvaluationSource))
    period: str = plain(max_length=7)
    grade: Grade = plain(sa_type=words(Grade))
    words_sealed: bytes | None = column(
        Personal.sensitive, Keep.membership, withheld=Withheld.of_another, default=None, sa_type=sealed()
    )
    words_state: WordsState | None = plain(erased=Erased.emptied, default=None, sa_type=words(WordsState))
    hidden_reason: str | None = column(Personal.basic, Keep.membership, default=None, max_length=200)
    by_digest: str | None = column(
        Personal.basic, Keep.membership, erased=Erased.stays, withheld=Withheld.of_another, default=None, max_length=64
    )
    network_digest: str | None = column(
        Personal.basic, 2, ended="created_at", withheld=Withheld.of_another, default=None, max_length=64, index=True
    )
    sent_digest: str | None = plain(default=None, max_length=64, unique=True)
    counts_from: datetime = plain()
    void_reason: str | None = column(Personal.basic, Keep.membership, erased=Erased.replaced, default=None, max_length=200)
    voided_by: UUID | None = plain(default=None, foreign_key="account.id")
    voided_at: datetime | None = plain(default=None)
