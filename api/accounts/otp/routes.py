"""One's own second factor (TOTP), and taking away another's; ending another's sessions."""

from base64 import b64encode
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from api.access.about import ABOUT_SOMEBODY
from api.access.otp import rules as otp_rules
from api.access.permissions import Permission
from api.access.rules import PasswordChangeRequired, TooManySignIns
from api.access.scope import Access
from api.accounts import rules
from api.accounts.otp import schemas, service
from api.accounts.schemas import SlipRequestShown
from api.codes import qr
from api.errors import NotFound
from api.members.rules import MemberHasLeft
from api.web.answers import answers
from api.web.dependencies import HouseDep, Reading, Writing, requires
from api.web.idempotency import HouseRoute

second_factors = APIRouter(tags=["accounts"], route_class=HouseRoute)

Own = Annotated[Access, requires(Permission.own_account, unenrolled=True)]
Fresh = Annotated[Access, requires(Permission.own_account, unenrolled=True, step_up=True)]
AccountWrite = Annotated[Access, requires(Permission.account_write, step_up=True)]

GUESSED: Final = (otp_rules.WrongProof, TooManySignIns)


@second_factors.get("/v1/accounts/mine/otp")
def show_otp(access: Own, work: Reading, house: HouseDep) -> schemas.OtpState:
    """Whether one has a second factor, and needs one."""
    return schemas.OtpState.model_validate(service.show_otp(work, access, house.demands))


@second_factors.post("/v1/accounts/mine/otp", responses=answers(PasswordChangeRequired, *GUESSED))
def begin_otp(access: Fresh, work: Writing, house: HouseDep, body: schemas.OtpBegin | None = None) -> schemas.OtpEnrolment:
    """Begin to enrol an authenticator app: what it scans, told this once. It counts once a first code of it is confirmed, within
    ten minutes and in the same session."""
    otp = body.otp.get_secret_value() if body and body.otp else None
    begun = service.begin_otp(work, access, otp, house.settings.base_url, house.cipher)
    picture = b64encode(qr.png(qr.matrix(begun.otpauth_uri, level=qr.LEVEL_M))).decode()
    return schemas.OtpEnrolment(secret=begun.secret, otpauth_uri=begun.otpauth_uri, qr=f"data:image/png;base64,{picture}")


@second_factors.post("/v1/accounts/mine/otp/confirm", responses=answers(PasswordChangeRequired, otp_rules.OtpNotBegun, *GUESSED))
def confirm_otp(body: schemas.OtpTyped, access: Fresh, work: Writing, house: HouseDep) -> schemas.RecoveryCodes:
    """Enrol the app by a first code of it; all one's other sessions end."""
    codes = service.confirm_otp(work, access, body.otp.get_secret_value(), house.cipher)
    return schemas.RecoveryCodes(recovery_codes=codes)


@second_factors.post("/v1/accounts/mine/otp/recovery-codes", responses=answers(otp_rules.OtpNotEnrolled, *GUESSED))
def renew_recovery_codes(body: schemas.OtpTyped, access: Own, work: Writing, house: HouseDep) -> schemas.RecoveryCodes:
    """New recovery codes, told this once; the former ones are good no more."""
    codes = service.renew_recovery_codes(work, access, body.otp.get_secret_value(), house.cipher)
    return schemas.RecoveryCodes(recovery_codes=codes)


@second_factors.post(
    "/v1/accounts/mine/otp/remove",
    status_code=204,
    responses=answers(otp_rules.OtpNotEnrolled, otp_rules.OtpDemanded, *GUESSED),
)
def remove_otp(body: schemas.OtpTyped, access: Own, work: Writing, house: HouseDep) -> None:
    """Do without a second factor again, where one's roles need none."""
    service.remove_otp(work, access, body.otp.get_secret_value(), house.demands, house.cipher)


@second_factors.post(
    "/v1/accounts/{account_id}/otp/reset",
    status_code=204,
    responses=answers(
        NotFound,
        *ABOUT_SOMEBODY,
        otp_rules.OtpNotEnrolled,
        rules.PasswordInSameHands,
        rules.DistrictRoleNeeded,
        rules.SlipRequestOpen,
        rules.AccountDisabled,
        MemberHasLeft,
    )
    | {
        202: {"model": SlipRequestShown, "description": "For one who decides for the district, or an auditor: another has to agree"}
    },
)
def reset_otp(account_id: UUID, access: AccountWrite, work: Writing) -> Response:
    """Take away the second factor of one who has lost it and his recovery codes; his sessions end, and he enrols another. Whoever
    has handed out his last slip does not."""
    request = service.reset_otp(work, access, account_id)
    if request is None:
        return Response(status_code=204)
    return JSONResponse(SlipRequestShown.model_validate(request).model_dump(mode="json"), status_code=202)


@second_factors.post("/v1/accounts/{account_id}/end-sessions", status_code=204, responses=answers(NotFound, *ABOUT_SOMEBODY))
def end_account_sessions(account_id: UUID, access: AccountWrite, work: Writing) -> None:
    """End all sessions of another, such as those of a stolen telephone; the account stays open."""
    service.end_account_sessions(work, access, account_id)
