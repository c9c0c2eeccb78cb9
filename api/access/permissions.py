"""Who may do what. A role is granted at an organisation and reaches everything below it (`scope.py`)."""

from enum import StrEnum

from models.enums import OrganizationKind, Role


class Permission(StrEnum):
    own_account = "own_account"
    """One's own sessions and password: everybody who is signed in, whatever his roles."""
    own_card = "own_card"
    own_record = "own_record"
    """What is kept of oneself as a member: one's data, consents and photo, corrections asked for, files brought for them."""
    todo_read = "todo_read"
    organization_read = "organization_read"
    organization_write = "organization_write"
    member_read = "member_read"
    member_write = "member_write"
    member_import = "member_import"
    transfer_read = "transfer_read"
    transfer_write = "transfer_write"
    correction_read = "correction_read"
    correction_decide = "correction_decide"
    complaint_read = "complaint_read"
    complaint_decide = "complaint_decide"
    photo_read = "photo_read"
    photo_write = "photo_write"
    file_read = "file_read"
    """Pictures that hang on something. Which, is told by what each kind of thing asks for beside it (`files/kinds.py`)."""
    card_read = "card_read"
    card_write = "card_write"
    plate_write = "plate_write"
    emblem_write = "emblem_write"
    pack_read = "pack_read"
    """Packs for readers without a network: each is a roster that can be carried away."""
    own_pledge = "own_pledge"
    """One's own pledges, and those of others that one may read."""
    pledge_write = "pledge_write"
    """Pledges entered for others, and an organisation's own; it also tells how far unpublished ones are seen."""
    pledge_review = "pledge_review"
    honor_write = "honor_write"
    standard_write = "standard_write"
    list_write = "list_write"
    venue_read = "venue_read"
    venue_write = "venue_write"
    inspection_read = "inspection_read"
    inspection_write = "inspection_write"
    rectification_claim = "rectification_claim"
    rectification_check = "rectification_check"
    post_read = "post_read"
    post_write = "post_write"
    """Posts, who holds them, and who asks to."""
    board_read = "board_read"
    """What the indicators of organisations come to: numbers, in which no person stands."""
    indicator_write = "indicator_write"
    own_score = "own_score"
    """One's own score, appeals and appraisals, and what the members of one's branch have come to."""
    score_write = "score_write"
    """Entries in the scores of members, and the hearing of appeals against them."""
    indicator_enter = "indicator_enter"
    period_write = "period_write"
    appraisal_write = "appraisal_write"
    data_copy = "data_copy"
    """A copy of all that is kept of somebody, for him."""
    data_erase = "data_erase"
    account_read = "account_read"
    account_write = "account_write"
    role_grant = "role_grant"
    audit_read = "audit_read"


P = Permission
MEMBER = {P.todo_read, P.own_card, P.own_record, P.own_pledge, P.own_score, P.file_read}
DEPUTY = MEMBER | {
    P.organization_read, P.member_read, P.member_write, P.transfer_read, P.correction_read, P.photo_read,
    P.card_read, P.plate_write, P.pledge_write, P.venue_read, P.venue_write,
    P.inspection_read, P.rectification_claim, P.post_read, P.board_read, P.appraisal_write,
}  # fmt: skip
SECRETARY = DEPUTY | {
    P.member_import, P.transfer_write, P.correction_decide, P.complaint_read, P.complaint_decide,
    P.photo_write, P.card_write, P.pack_read, P.account_read, P.account_write, P.role_grant,
    P.pledge_review, P.inspection_write, P.post_write, P.honor_write, P.score_write, P.indicator_enter,
}  # fmt: skip
OFFICER = SECRETARY | {P.organization_write, P.rectification_check, P.data_copy, P.data_erase}

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.member: frozenset(MEMBER),
    Role.deputy: frozenset(DEPUTY),
    Role.secretary: frozenset(SECRETARY),
    Role.town_officer: frozenset(OFFICER),
    Role.district_officer: frozenset(OFFICER | {P.standard_write, P.list_write, P.emblem_write, P.indicator_write, P.period_write}),
    Role.administrator: frozenset(
        {P.todo_read, P.organization_read, P.organization_write, P.account_read, P.account_write, P.role_grant}
    ),
    Role.auditor: frozenset({P.todo_read, P.organization_read, P.audit_read}),
}

MAY_GRANT: dict[Role, frozenset[Role]] = {
    Role.member: frozenset(),
    Role.deputy: frozenset(),
    Role.secretary: frozenset({Role.member, Role.deputy}),
    Role.town_officer: frozenset({Role.member, Role.deputy, Role.secretary, Role.town_officer}),
    Role.district_officer: frozenset({Role.member, Role.deputy, Role.secretary, Role.town_officer, Role.district_officer}),
    Role.administrator: frozenset({Role.administrator, Role.auditor, Role.district_officer}),
    Role.auditor: frozenset(),
}
"""Nobody grants a role above his own; where he may grant it is his own reach. An administrator, who sees no members, hands out no
reach over them but that of a district officer, to which a second person has to agree."""

DECIDERS = frozenset({Role.administrator, Role.district_officer})
"""Who decides for the whole district. A new one-time password for one of them, or making somebody one of them, is asked for by one
and agreed to by another: each alone could otherwise become both."""

OFFICERS = frozenset({Role.town_officer, Role.district_officer})
"""Whose office is above the branches."""

LEADERS = frozenset({Role.deputy, Role.secretary})
"""Whose office is in a branch, or in the village, community or enterprise above it."""

GIVEN_AT_THE_ROOT = DECIDERS | {Role.auditor}
"""The roles that nobody below the district gives out."""

_K = OrganizationKind
WIDE = frozenset({_K.district, _K.town})
"""What may hold thousands of branches; a department holds some hundreds at the most."""
COUNTED = frozenset({_K.town, _K.department})
"""What holds few branches or many, which is counted; the district holds many, and whatever else there is holds few."""
BRANCHES = frozenset({_K.general_branch, _K.branch, _K.joint_branch})
ROLE_PLACES: dict[Role, frozenset[OrganizationKind]] = {
    Role.member: frozenset(_K),
    Role.deputy: BRANCHES | {_K.village, _K.community, _K.enterprise, _K.department},
    Role.secretary: BRANCHES | {_K.village, _K.community, _K.enterprise, _K.department},
    Role.town_officer: frozenset({_K.town, _K.department}),
    Role.district_officer: frozenset({_K.district}),
    Role.administrator: frozenset({_K.district}),
    Role.auditor: frozenset({_K.district, _K.town}),
}

PUBLIC = frozenset(
    {
        "sign_in",
        "refresh_session",
        "verify_code",
        "show_photo",
        "show_wall",
        "show_public_pledge",
        "show_public_picture",
        "show_public_progress",
        "rate_pledge",
        "show_report_form",
        "send_report",
        "show_receipt",
        "show_receipt_form",
        "open_typed_receipt",
        "report_misuse",
        "find_venues_near",
        "show_home",
        "show_code_form",
        "show_missing_code",
        "open_typed_code",
        "show_current_standard",
        "show_standard_changes",
        "list_standards",
        "show_standard",
        "compare_standards",
        "show_standard_picture",
        "show_list",
        "list_editions",
        "show_edition",
        "show_list_picture",
        "read_lists",
        "read_list",
        "read_list_item",
        "list_keys",
        "list_status_lists",
        "show_status_list",
        "allow_readers",
        "livez",
        "readyz",
        "show_documentation",
        "show_documentation_asset",
        "show_openapi",
    }
)
"""The operations that ask for no permission, by name. Whatever is not listed here declares one."""


def roles_with(permission: Permission) -> frozenset[Role]:
    return frozenset(role for role, permissions in PERMISSIONS.items() if permission in permissions)
