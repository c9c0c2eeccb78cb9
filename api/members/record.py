"""A member's stored record: sealed and opened, compared with what somebody states, and checked as a whole."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from api.adapters.cipher import Cipher, Place
from api.members.faults import RosterRule
from api.members.rules import Dated, agree, check_dates, check_identity, read_national_id
from models.member import Member

SEALED = ("national_id", "mobile", "home_address")
DIGESTED = ("national_id", "mobile")
DATES = {"birth_date": "birth_precision", "joined_on": "joined_precision", "confirmed_on": "confirmed_precision"}
"""The three dates, each with the field that tells how exactly it is known."""


def made(values: Mapping[str, Any], organization_id: UUID, cipher: Cipher) -> Member:
    """A new member with these values, the sealed ones given in clear."""
    # At once, since each value that is set alone costs as much again.
    member = Member(organization_id=organization_id, **{name: value for name, value in values.items() if name not in SEALED})
    seal(member, cipher, **{name: values[name] for name in SEALED if name in values})
    return member


def put(member: Member, values: Mapping[str, Any], cipher: Cipher) -> None:
    """Set values, sealing those that are kept sealed; None takes one away."""
    for name, value in values.items():
        if name not in SEALED:
            setattr(member, name, value)
    seal(member, cipher, **{name: values[name] for name in SEALED if name in values})


def seal(member: Member, cipher: Cipher, **values: str | None) -> None:
    """Keep some of `national_id`, `mobile` and `home_address` sealed, with a digest where equality is asked."""
    for name, value in values.items():
        column = f"{name}_sealed"
        setattr(member, column, cipher.seal_text(value, Place("member", column, member.id)) if value else None)
        if name in DIGESTED:
            setattr(member, f"{name}_digest", cipher.digest(name, value) if value else None)


def opened(member: Member, name: str, cipher: Cipher) -> str | None:
    """One of the sealed values in clear."""
    sealed: bytes | None = getattr(member, f"{name}_sealed")
    return cipher.open_text(sealed, Place("member", f"{name}_sealed", member.id)) if sealed else None


def masked(member: Member, cipher: Cipher) -> dict[str, Any]:
    """What may be shown of the sealed values: the last four characters of the identity number, both ends of the telephone
    number, and whether there is an address."""
    number, mobile = opened(member, "national_id", cipher), opened(member, "mobile", cipher)
    return {
        "national_id": number and "*" * (len(number) - 4) + number[-4:],
        "mobile": mobile and mobile[:3] + "*" * (len(mobile) - 7) + mobile[-4:],
        "has_home_address": member.home_address_sealed is not None,
    }


def differing(member: Member, values: Mapping[str, Any], cipher: Cipher) -> dict[str, Any]:
    """Those of the values that are not what is stored."""

    def stored(name: str) -> Any:
        return opened(member, name, cipher) if name in SEALED else getattr(member, name)

    return {name: value for name, value in values.items() if value != stored(name)}


def dated(stated: Mapping[str, Any] | object, name: str) -> Dated | None:
    """One of the three dates with its precision, of whatever has both under their names."""
    values = stated if isinstance(stated, Mapping) else {key: getattr(stated, key) for key in (name, DATES[name])}
    return None if values[name] is None else Dated(values[name], values[DATES[name]])


def may_be(stated: Mapping[str, Any] | object, member: Any, digest: str | None) -> bool:
    """Whether what is stated of somebody may be said of a member of the same name: by the identity number, of which `digest` is
    told, where both have one; else by birth; or, where that is not known on both sides, by the day of joining."""
    if digest and member.national_id_digest:
        return bool(digest == member.national_id_digest)
    birth, joined = dated(stated, "birth_date"), dated(stated, "joined_on")
    born = dated(member, "birth_date")
    if birth and born:
        return agree(birth, born)
    own = dated(member, "joined_on")
    return joined is not None and own is not None and agree(joined, own)


def contradictions(values: Mapping[str, Any], today: date) -> tuple[RosterRule, ...]:
    """Where the identity number (valid, or None), the gender and the dates of one person contradict each other or the day."""
    number = values["national_id"]
    identity = read_national_id(number, today=today) if number else None
    birth, joined, confirmed = (dated(values, name) for name in DATES)
    return (
        *(() if isinstance(identity, RosterRule) else check_identity(identity, values["gender"], birth)),
        *check_dates(birth, joined, confirmed, today=today),
    )


def contradictions_after(member: Member, changed: Mapping[str, Any], cipher: Cipher, today: date) -> tuple[RosterRule, ...]:
    """What would be wrong with a stored member once changed."""
    judged = ("gender", *DATES, *DATES.values())
    if not changed.keys() & {"national_id", *judged}:
        return ()
    stored = {name: getattr(member, name) for name in judged}
    if "national_id" not in changed:
        stored["national_id"] = opened(member, "national_id", cipher)
    return contradictions({**stored, **changed}, today)
