"""The words of rights in personal data. As `enums.py` it imports nothing of the project."""

from enum import StrEnum


class ErasureGround(StrEnum):
    """Why what is kept of a person is erased (PIPL, article 47): he asks for it, has withdrawn his consent, it is needed no longer,
    it was kept against the law, or for as long as it may be."""

    asked_for = "asked_for"
    consent_withdrawn = "consent_withdrawn"
    not_needed = "not_needed"
    unlawful = "unlawful"
    kept_long_enough = "kept_long_enough"


class CopyReason(StrEnum):
    """Why somebody else takes a copy of what is kept of a person: he has asked for it, or the law obliges to."""

    asked_for = "asked_for"
    authority = "authority"
