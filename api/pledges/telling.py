"""Pledges as they are told to whoever is signed in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from api.access.names import named
from api.access.permissions import Permission
from api.access.scope import Access
from api.adapters.cipher import Cipher
from api.database import Work
from api.files import service as files
from api.pledges import queries, rules
from api.pledges.attachments import PICTURES
from api.pledges.evaluations.tally import Tally, tally_of
from api.pledges.holding import facts_of, places_of
from models.enums import PledgeState, TextDecision
from models.pledge import Pledge, Voted
from models.pledge_progress import PledgeProgress
from models.pledge_text import PledgeText

_UNTOLD: Final = dict.fromkeys(("comment", "decided_by", "decided_by_name", *Voted.model_fields))
"""What is told of a text's review only to its author and to who reaches it."""


@dataclass(frozen=True)
class Detail:
    """A pledge with what hangs on it, as far as the caller may read that. `amendment` is a text beside the standing one, with its
    state, unless it has been published."""

    pledge: Pledge
    told: dict[str, Any]
    amendment: tuple[PledgeText, PledgeState] | None
    texts: Sequence[dict[str, Any]]
    progress: Sequence[dict[str, Any]]
    tally: Tally


def describe(work: Work, access: Access, pledges: Sequence[Pledge]) -> list[dict[str, Any]]:
    """Pledges with the names beside their keys, and `state` and `is_overdue` as of today."""
    facts = {one.id: facts_of(one, ()) for one in pledges}
    today = {
        key: {"state": rules.told_state(its, work.today), "is_overdue": rules.is_overdue(its, work.today)}
        for key, its in facts.items()
    }
    return [{**told, **today[told["id"]]} for told in named(work, access, pledges)]


def detail(work: Work, access: Access, pledge: Pledge, cipher: Cipher) -> Detail:
    """A pledge that the caller may see. Its author, and who reaches it, read all texts and what was withdrawn, its author also
    which members have decided about them; others the published texts that they may read, and the progress that stands."""
    texts = queries.texts_of(work, pledge)
    is_at_home = pledge.organization_id in places_of(work, access)
    is_his = pledge.member_id is not None and pledge.member_id == access.member_id
    reads_all = is_his or bool(queries.covered(work, access, Permission.pledge_write, [pledge.organization_id]))
    if not reads_all:
        texts = [one for one in texts if one.published_at and rules.may_read(one.visibility, is_of_the_branch=is_at_home)]
    told = texts[-rules.MOST_TEXTS_TOLD :]
    entries = [one for one in queries.progress(work, pledge.id) if reads_all or one.withdrawn_reason is None]
    return Detail(
        pledge,
        describe(work, access, [pledge])[0],
        _amendment(pledge, texts) if reads_all else None,
        [one if reads_all else {**one, **_UNTOLD} for one in named(work, access, told, as_author=is_his)],
        describe_progress(work, entries),
        tally_of(work, pledge.id, cipher),
    )


def describe_progress(work: Work, entries: Sequence[PledgeProgress]) -> list[dict[str, Any]]:
    """Entries of progress with `picture_ids`."""
    pictures = files.attachments(work, PICTURES, [one.id for one in entries])
    return [{**one.model_dump(), "picture_ids": pictures.get(one.id, [])} for one in entries]


def _amendment(pledge: Pledge, texts: Sequence[PledgeText]) -> tuple[PledgeText, PledgeState] | None:
    """The newest text beside the standing one of a published pledge: it is reviewed, or was sent back. One that was open when the
    pledge was settled has ended with that, also where the pledge is opened again."""
    if not texts or pledge.state is not PledgeState.published:
        return None
    last = texts[-1]
    if last.no == pledge.amendment_no:
        return last, PledgeState.submitted if last.decision is None else PledgeState.approved
    was_returned = last.no > pledge.text_no and last.decision is TextDecision.returned
    return (last, PledgeState.returned) if was_returned else None
