"""Photos of members, and the consents that they stand on: a photo is there only while its consent is."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from api.access.about import check_about_member
from api.access.scope import Access, hold
from api.adapters.storage import Storage
from api.database import Database, Origin, Work
from api.errors import NotFound
from api.files import service as files
from api.files.brought import Prepared
from api.files.service import ReadFile
from api.members.rules import MemberHasLeft
from api.members.service import show_own_member
from api.photos import queries, rules, words
from models.enums import ConsentKind, ConsentSource, MemberStatus
from models.file import StoredFile
from models.member import Member
from models.photo import Consent, Photo


@dataclass(frozen=True)
class PhotoOfMember:
    """A photo, and the file that it lies in."""

    photo: Photo
    file: StoredFile


def list_consent_texts() -> list[tuple[ConsentKind, words.ConsentText]]:
    """The texts that are asked for now."""
    return [(kind, words.current(kind)) for kind in ConsentKind]


def list_own_consents(work: Work, access: Access) -> list[Consent]:
    """What the caller has agreed to as a member, what is withdrawn included, the newest first."""
    return list(queries.consents_of(work, show_own_member(work, access).id))


def list_consents(work: Work, access: Access, member_id: UUID) -> list[Consent]:
    """What a member within reach has agreed to, what is withdrawn included, the newest first."""
    return list(queries.consents_of(work, access.get(work, Member, member_id).id))


def give_own_consent(work: Work, access: Access, kind: ConsentKind, text_version: str) -> Consent:
    """Agree oneself, to the newest text. Raises `NotFound`, `ConsentTextOutdated` or `MemberHasLeft`."""
    return _give("give_own_consent", work, access, _own(work, access), kind, text_version, ConsentSource.in_app)


def record_consent(work: Work, access: Access, member_id: UUID, kind: ConsentKind, text_version: str) -> Consent:
    """Record what a member has signed on paper. Raises as `give_own_consent`, `AboutOneself` or `ForTheLevelAbove`."""
    return _give("record_consent", work, access, _another(work, access, member_id), kind, text_version, ConsentSource.on_paper)


def withdraw_own_consent(work: Work, access: Access, kind: ConsentKind) -> list[Consent]:
    """Withdraw one's consent, and with it what stood on it. Withdrawing what does not stand changes nothing."""
    member = _own(work, access)
    if consent := queries.standing_consent(work, member.id, kind):
        _withdraw("withdraw_own_consent", work, member, consent, access.account_id)
    return list(queries.consents_of(work, member.id))


def withdraw_consent(work: Work, access: Access, consent_id: UUID) -> Consent:
    """Withdraw a consent for the member who asks for it. Doing it twice changes nothing. Raises `NotFound`,
    `AboutOneself` or `ForTheLevelAbove`."""
    found = work.get(Consent, consent_id)
    if found is None:
        raise NotFound
    member = _another(work, access, found.member_id)
    consent = queries.standing_consent(work, member.id, found.kind)
    if consent is not None and consent.id == consent_id:
        _withdraw("withdraw_consent", work, member, consent, access.account_id)
    return found


def expect_own_photo(work: Work, access: Access) -> None:
    """Raise `NotFound`, `MemberHasLeft` or `NoConsent` unless a photo of the caller may be taken."""
    _consent_to_photo(work, show_own_member(work, access))


def expect_member_photo(work: Work, access: Access, member_id: UUID) -> None:
    """Raise `NotFound`, `MemberHasLeft` or `NoConsent` unless a photo of this member may be taken."""
    _consent_to_photo(work, access.get(work, Member, member_id))


def set_own_photo(work: Work, access: Access, prepared: Prepared) -> PhotoOfMember:
    """Take or replace one's own photo. Raises as `expect_own_photo`."""
    return _set("set_own_photo", work, access, _own(work, access), prepared)


def set_member_photo(work: Work, access: Access, member_id: UUID, prepared: Prepared) -> PhotoOfMember:
    """Take or replace a member's photo. Raises as `expect_member_photo`, `AboutOneself` or `ForTheLevelAbove`."""
    return _set("set_member_photo", work, access, _another(work, access, member_id), prepared)


def show_own_photo(database: Database, origin: Origin, storage: Storage, access: Access, known: Collection[str]) -> ReadFile:
    """One's own photo."""
    return files.read_file(database, origin, storage, lambda work: _file(work, show_own_member(work, access)), known)


def show_member_photo(
    database: Database, origin: Origin, storage: Storage, access: Access, member_id: UUID, known: Collection[str]
) -> ReadFile:
    """The photo of a member within reach."""
    return files.read_file(database, origin, storage, lambda work: _file(work, access.get(work, Member, member_id)), known)


def remove_own_photo(work: Work, access: Access) -> None:
    """Remove one's own photo; the consent stays. Where there is none, nothing happens."""
    _remove("remove_own_photo", work, _own(work, access))


def remove_member_photo(work: Work, access: Access, member_id: UUID) -> None:
    """Remove a member's photo; the consent stays. Where there is none, nothing happens. Raises as `set_member_photo`."""
    _remove("remove_member_photo", work, _another(work, access, member_id))


def remove_photo_of_member(work: Work, member: Member) -> None:
    """End every consent of one who leaves, and remove his photo."""
    for kind in ConsentKind:
        if consent := queries.standing_consent(work, member.id, kind):
            _withdraw("withdraw_consent", work, member, consent, work.origin.actor_id)


def _own(work: Work, access: Access) -> Member:
    member = hold(work, Member, access.member_id) if access.member_id else None
    if member is None:
        raise NotFound
    return member


def _give(
    audit_action: str, work: Work, access: Access, member: Member, kind: ConsentKind, text_version: str, source: ConsentSource
) -> Consent:
    if member.status is MemberStatus.left:
        raise MemberHasLeft(keys=(member.id,))
    rules.check_version(text_version, words.current(kind).version)
    standing = queries.standing_consent(work, member.id, kind)
    if standing is not None and standing.text_version == text_version:
        return standing
    if standing is not None:
        standing.withdrawn_at, standing.withdrawn_by = work.at, access.account_id
        work.flush()
    consent = Consent(
        member_id=member.id,
        kind=kind,
        text_version=text_version,
        source=source,
        given_at=work.at,
        given_by=access.account_id,
    )
    work.add(consent)
    work.flush()
    if standing is not None and (found := queries.photo_of(work, member.id)):
        # What was agreed to anew carries the photo on, without a gap.
        found[0].consent_id = consent.id
    work.record(audit_action, consent, organization_id=member.organization_id, version=text_version, source=source.value)
    work.flush()
    return consent


def _withdraw(audit_action: str, work: Work, member: Member, consent: Consent, account_id: UUID | None) -> None:
    if consent.kind is ConsentKind.photo:
        _remove("remove_photo", work, member)
    consent.withdrawn_at, consent.withdrawn_by = work.at, account_id
    work.record(audit_action, consent, organization_id=member.organization_id)
    work.flush()


def _consent_to_photo(work: Work, member: Member) -> Consent:
    if member.status is MemberStatus.left:
        raise MemberHasLeft
    consent = queries.standing_consent(work, member.id, ConsentKind.photo)
    if consent is None:
        raise rules.NoConsent
    return consent


def _set(audit_action: str, work: Work, access: Access, member: Member, prepared: Prepared) -> PhotoOfMember:
    consent = _consent_to_photo(work, member)
    former = queries.photo_of(work, member.id)
    if former and former[1].digest == prepared.digest:
        return PhotoOfMember(*former)
    photo = former[0] if former else Photo(member_id=member.id)
    file = files.add_file(work, prepared, organization_id=member.organization_id, uploaded_by=access.account_id, attached_to=photo)
    photo.file_id, photo.consent_id = file.id, consent.id
    work.add(photo)
    work.flush()
    if former:
        files.remove_file(work, former[1])
    work.record(audit_action, photo, organization_id=member.organization_id, replaced=former is not None)
    work.flush()
    return PhotoOfMember(photo, file)


def _file(work: Work, member: Member) -> StoredFile:
    found = queries.photo_of(work, member.id)
    if found is None:
        raise NotFound
    return found[1]


def _remove(audit_action: str, work: Work, member: Member) -> None:
    if found := queries.photo_of(work, member.id):
        photo, file = found
        work.delete(photo)
        work.must_be_seen = True
        work.flush()
        files.remove_file(work, file)
        work.record(audit_action, photo, organization_id=member.organization_id)


def _another(work: Work, access: Access, member_id: UUID) -> Member:
    """A member within reach about whom the caller may act."""
    member = access.get(work, Member, member_id)
    check_about_member(work, access, member.id)
    return member
