"""The ground floor: one file per entity. Importing this package declares every table."""

from models.account import Account, RefreshToken, RoleGrant, SignInLimit, SignInSession, SlipRequest
from models.audit import AuditHead, AuditLine
from models.base import metadata
from models.campaign import Campaign
from models.card import Card, Plate, ScanCount
from models.complaint import Complaint
from models.correction import CorrectionRequest
from models.evaluation import Evaluation
from models.file import DiscardedObject, StoredFile
from models.idempotency import IdempotentRequest
from models.member import Member, MembershipEvent
from models.organization import Organization
from models.photo import Consent, Photo
from models.pledge import Pledge
from models.pledge_progress import PledgeProgress
from models.pledge_text import PledgeText
from models.profile import Profile
from models.publication import Publication
from models.signing_key import SigningKey
from models.status_list import StatusCounter, StatusList
from models.transfer import Transfer

__all__ = [
    "Account",
    "AuditHead",
    "AuditLine",
    "Campaign",
    "Card",
    "Complaint",
    "Consent",
    "CorrectionRequest",
    "DiscardedObject",
    "Evaluation",
    "IdempotentRequest",
    "Member",
    "MembershipEvent",
    "Organization",
    "Photo",
    "Plate",
    "Pledge",
    "PledgeProgress",
    "PledgeText",
    "Profile",
    "Publication",
    "RefreshToken",
    "RoleGrant",
    "ScanCount",
    "SignInLimit",
    "SignInSession",
    "SigningKey",
    "SlipRequest",
    "StatusCounter",
    "StatusList",
    "StoredFile",
    "Transfer",
    "metadata",
]
