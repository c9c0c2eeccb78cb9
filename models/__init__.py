"""The ground floor: one file per entity. Importing this package declares every table."""

from models.account import Account, RefreshToken, RoleGrant, SignInLimit, SignInSession
from models.audit import AuditHead, AuditLine
from models.base import metadata
from models.card import Card, Plate, ScanCount, SigningKey, StatusCounter
from models.idempotency import IdempotentRequest
from models.member import Member
from models.organization import Organization

__all__ = [
    "Account",
    "AuditHead",
    "AuditLine",
    "Card",
    "IdempotentRequest",
    "Member",
    "Organization",
    "Plate",
    "RefreshToken",
    "RoleGrant",
    "ScanCount",
    "SignInLimit",
    "SignInSession",
    "SigningKey",
    "StatusCounter",
    "metadata",
]
