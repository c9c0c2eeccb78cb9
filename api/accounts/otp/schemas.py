from pydantic import AwareDatetime, Field

from api.schemas import Otp, Secret, Shown, Written, example

CODES = ["h7kq-2mzd-8wpx", "v4tn-9cjr-k3fb"]


class OtpTyped(Written):
    model_config = Written.model_config | example(otp="287082")

    otp: Otp = Field(description="the 6 digits that the authenticator app shows, or a recovery code where one is taken")


class OtpBegin(Written):
    model_config = Written.model_config | example(otp=None)

    otp: Otp | None = Field(default=None, description="of the present app, or a recovery code, where one is enrolled already")


class OtpState(Shown):
    model_config = Shown.model_config | example(is_demanded=True, enrolled_at="2026-11-24T02:15:30Z", recovery_codes_left=10)

    is_demanded: bool = Field(description="whether one's roles need it")
    enrolled_at: AwareDatetime | None = Field(description="null where there is none")
    recovery_codes_left: int


class OtpEnrolment(Shown):
    """What an authenticator app is told, shown this once."""

    model_config = Shown.model_config | example(
        secret="GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
        otpauth_uri="otpauth://totp/lx.example.gov.cn:officer?digits=6&secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&algorithm=SHA1"
        "&issuer=lx.example.gov.cn&period=30",
        qr="data:image/png;base64,iVBORw0KGgo=",
    )

    secret: Secret = Field(description="to be typed where no code can be scanned (base32)")
    otpauth_uri: Secret
    qr: Secret = Field(description="the same as a picture to be scanned, a `data:` URL of PNG")


class RecoveryCodes(Shown):
    """Each opens the account once in place of a code, told this once: to be written down and locked away."""

    model_config = Shown.model_config | example(recovery_codes=CODES)

    recovery_codes: list[Secret]
