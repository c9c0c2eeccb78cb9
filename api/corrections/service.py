"""Corrections: a member says what is wrong in his record, and his branch decides."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import UUID

from sqlmodel import col

from api.access.about import barred, check_about_member
from api.access.names import named
from api.access.permissions import Permission
from api.access.scope import Access, Lock, hold_one
from api.adapters.cipher import Cipher
from api.corrections import proposal, queries, rules
from api.corrections.proposal import Compared
from api.database import Work
from api.errors import AlreadyAsked, Invalid, NotFound, Refusal
from api.files import service as files_service
from api.files.kinds import AttachmentKind
from api.members import service as members_service
from api.members.rules import HasLeft, IdentityNumberTaken, IdentityNumberUnchecked
from api.moves import DECISIONS, Decision
from api.pagination import Pages
from api.versions import Expected
from models.correction import CorrectionRequest
from models.enums import RequestState
from models.member import Member


def _find_to_decide(work: Work, access: Access, correction_id: UUID) -> CorrectionRequest:
    """A request that the caller may decide. Raises `NotFound`."""
    request = access.get(work, CorrectionRequest, correction_id)
    if barred(work, access, [request.member_id]):
        raise NotFound
    return request


ATTACHMENTS: Final = AttachmentKind(CorrectionRequest, Permission.correction_decide, _find_to_decide)


@dataclass(frozen=True)
class Correction:
    """A request as it is told of: whose, which fields of the record it is about, and the files that were brought for it."""

    request: CorrectionRequest
    told: Mapping[str, Any] = field(repr=False)
    """Its fields, with the names beside its keys."""
    fields: Sequence[str]
    attachment_ids: Sequence[UUID]


def request_correction(
    work: Work,
    access: Access,
    changes: Mapping[str, Any],
    note: str | None,
    attachment_ids: Sequence[UUID],
    cipher: Cipher,
) -> Correction:
    """Ask for a correction of one's own record; `changes` has the fields as they should be, None for what should be taken away.

    They are judged as if they were made now: raises `Invalid` with the faults, `NothingToCorrect`, `AlreadyAsked`, or
    `NotYourFile`. Whether an identity number is another member's is told only to the one who decides.
    """
    member = members_service.show_own_member(work, access)
    with _faults_at("body.changes", Invalid):
        changed = members_service.check_changes(member, proposal.whole(changes), cipher, work.today)
    if not changed:
        raise rules.NothingToCorrect
    if queries.open_request(work, member.id) is not None:
        raise AlreadyAsked
    request = CorrectionRequest(member_id=member.id, organization_id=member.organization_id, changes_sealed=b"", note=note)
    wanted = proposal.wanted(member, changed)
    proposal.seal(request, wanted, cipher)
    work.add(request)
    work.flush()
    files_service.attach(work, access, attachment_ids, ATTACHMENTS, request.id)
    work.record("request_correction", request, fields=sorted(wanted), attachments=len(attachment_ids))
    return _told(work, access, request, cipher)


def list_own_corrections(work: Work, access: Access, pages: Pages, cipher: Cipher) -> tuple[list[Correction], str | None]:
    """What one has asked for oneself, the newest first."""
    member = members_service.show_own_member(work, access)
    return _page(work, access, pages, queries.of_member(member.id), cipher)


def withdraw_correction(work: Work, access: Access, correction_id: UUID, cipher: Cipher, expected: Expected) -> Correction:
    """Take back what one has asked for oneself. Raises `NotFound`, or `AlreadyDecided`."""
    request = queries.own(work, access.member_id, correction_id) if access.member_id else None
    if request is None:
        raise NotFound
    expected.check(request)
    if (state := DECISIONS.after(Decision.withdraw, request.state)) is not request.state:
        _decide(work, request, state, access.account_id, None, "withdraw_correction")
    return _told(work, access, request, cipher)


def list_corrections(
    work: Work, access: Access, pages: Pages, cipher: Cipher, *, organization_id: UUID | None, state: RequestState | None
) -> tuple[list[Correction], str | None]:
    """The requests within reach, the newest first; of an organisation, those of everything below it too."""
    found = access.listed(work, CorrectionRequest, organization_id=organization_id, state=state)
    return _page(work, access, pages, found, cipher)


def show_correction(work: Work, access: Access, correction_id: UUID, cipher: Cipher) -> tuple[Correction, list[Compared]]:
    """A request with what stands and what should stand, for whoever may decide it. Once it is decided, nobody needs to read the
    values any more; that somebody has read them stands in the audit trail."""
    request = access.get(work, CorrectionRequest, correction_id, Lock.none)
    told = _told(work, access, request, cipher)
    if request.state is not RequestState.open or barred(work, access, [request.member_id]):
        return told, []
    member = work.get_one(Member, request.member_id)
    work.record_reading("show_correction", request, fields=told.fields)
    return told, proposal.compared(member, proposal.opened(request, cipher), cipher)


def accept_correction(work: Work, access: Access, correction_id: UUID, cipher: Cipher, expected: Expected) -> Correction:
    """Change the record as the member asked.

    Raises `AboutOneself`, `ForTheLevelAbove` or `AlreadyDecided`; and as `edit_member` what has become impossible meanwhile, the
    faults as `NoLongerFits`. The request then stays open.
    """
    request = _to_decide(work, access, correction_id, expected)
    if (state := DECISIONS.after(Decision.accept, request.state)) is not request.state:
        changes, writer = proposal.opened(request, cipher), access.using(Permission.member_write)
        with _faults_at("changes", rules.NoLongerFits):
            members_service.edit_member(work, writer, request.member_id, changes, cipher, Expected(versions=None, required=False))
        _decide(work, request, state, access.account_id, None, "accept_correction")
    return _told(work, access, request, cipher)


def refuse_correction(
    work: Work, access: Access, correction_id: UUID, reason: str, cipher: Cipher, expected: Expected
) -> Correction:
    """Leave the record as it is; the member reads why. Raises `AboutOneself`, `ForTheLevelAbove` or `AlreadyDecided`."""
    request = _to_decide(work, access, correction_id, expected)
    if (state := DECISIONS.after(Decision.refuse, request.state)) is not request.state:
        _decide(work, request, state, access.account_id, reason, "refuse_correction")
    return _told(work, access, request, cipher)


def move_requests_of_member(work: Work, member: Member, _: UUID) -> None:
    """Let the request that waits follow a member to the organisation that he has been moved to."""
    if (request := queries.open_request(work, member.id)) is not None:
        request.organization_id = member.organization_id
        work.flush()


def hold_requests_of_member(work: Work, member: Member) -> None:
    """Hold the request that waits of a member who leaves, before any file of his: whoever decides one holds it before its files."""
    queries.open_request(work, member.id)


def withdraw_requests_of_member(work: Work, member: Member) -> None:
    """End the request that waits of a member who leaves: his record is no longer changed."""
    if (request := queries.open_request(work, member.id)) is not None:
        _decide(work, request, RequestState.withdrawn, None, "member_left", "withdraw_correction")


def _to_decide(work: Work, access: Access, correction_id: UUID, expected: Expected) -> CorrectionRequest:
    member_id = queries.member_of(work, access.select(work, CorrectionRequest), correction_id)
    if member_id is None:
        raise NotFound
    check_about_member(work, access, member_id)
    # The member is locked before the request, as when he leaves or moves, so that the two never wait for each other.
    hold_one(work, Member, member_id)
    request = access.get(work, CorrectionRequest, correction_id)
    expected.check(request)
    return request


def _decide(
    work: Work, request: CorrectionRequest, state: RequestState, account_id: UUID | None, reason: str | None, audit_action: str
) -> None:
    request.decide(state, account_id, work.at, reason)
    work.record(audit_action, request)
    # Pictures of certificates were brought for the decision, and are kept no longer than it takes.
    files_service.detach(work, ATTACHMENTS, request.id)


@contextmanager
def _faults_at(place: str, kind: type[Refusal]) -> Iterator[None]:
    """Tell the faults of a member's record as faults of what was asked for."""
    try:
        yield
    except (Invalid, HasLeft, IdentityNumberTaken, IdentityNumberUnchecked) as refusal:
        faults = tuple(replace(fault, field=f"{place}.{fault.field.removeprefix('body.')}") for fault in refusal.faults)
        raise (kind if isinstance(refusal, Invalid) else type(refusal))(faults=faults, members=refusal.members) from refusal


def _page(work: Work, access: Access, pages: Pages, found: queries.Requests, cipher: Cipher) -> tuple[list[Correction], str | None]:
    requests, following = pages.read(work, found.order_by(col(CorrectionRequest.id).desc()))
    return _all_told(work, access, requests, cipher), following


def _told(work: Work, access: Access, request: CorrectionRequest, cipher: Cipher) -> Correction:
    return _all_told(work, access, [request], cipher)[0]


def _all_told(work: Work, access: Access, requests: Sequence[CorrectionRequest], cipher: Cipher) -> list[Correction]:
    files = files_service.attachments(work, ATTACHMENTS, [request.id for request in requests])
    return [
        Correction(request, told, sorted(proposal.opened(request, cipher)), files.get(request.id, []))
        for request, told in zip(requests, named(work, access, requests), strict=True)
    ]
