from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, BeforeValidator, Field, SecretStr, StringConstraints, model_validator

from api.access.usernames import LONGEST_NAME, typed_name
from api.schemas import Otp, Secret, Shown, Written, example


class SignIn(Written):
    model_config = Written.model_config | example(
        username="secretary", password="correct-horse-9-staple", device_token="p4T0c9Zk2mV7q1s8d3f6h5j0l2n4r6t8v1x3z5b7N9w"
    )

    username: Annotated[
        str,
        BeforeValidator(typed_name),
        StringConstraints(strip_whitespace=True, to_lower=True, max_length=LONGEST_NAME, pattern=r"^[^\x00]*$"),
    ]
    password: SecretStr = Field(max_length=1000)
    device_token: SecretStr | None = Field(
        default=None,
        max_length=200,
        description="the `device_token` of the last sign-in with this user name on this device, if there was one: then no stranger "
        "who guesses at the password locks the device out (429), and only its own failures are counted. One that is unknown or of "
        "another account is as good as none",
    )
    otp: Otp | None = Field(
        default=None,
        description="of an account with a second factor: the 6 digits that its app shows, or a recovery code; without it the right "
        "password is answered 401 `otp_required`",
    )


class StepUp(Written):
    model_config = Written.model_config | example(password="correct-horse-9-staple")

    password: SecretStr | None = Field(default=None, max_length=1000)
    otp: Otp | None = Field(default=None, description="a code of the app, or a recovery code")

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.password is None) == (self.otp is None):
            raise ValueError("either `password` or `otp`")
        return self


class SteppedUp(Shown):
    model_config = Shown.model_config | example(until="2026-11-24T02:20:30Z")

    until: AwareDatetime = Field(description="until when what matters most is done without asking again")


class Refresh(Written):
    model_config = Written.model_config | example(refresh_token="mN2gR0n7q3Jw8v5t1x4z6b9d0f2h4k6m8p1r3s5u7w9")

    refresh_token: SecretStr = Field(max_length=200)


ISSUED: dict[str, Any] = {
    "access_token": "eyJhbGciOiJIUzI1NiIsImtpZCI6InQxIiwidHlwIjoiYXQrand0In0.e30.c2ln",
    "refresh_token": "mN2gR0n7q3Jw8v5t1x4z6b9d0f2h4k6m8p1r3s5u7w9",
    "token_type": "Bearer",
    "expires_in": 900,
    "must_change_password": False,
    "must_enrol_otp": False,
}


class IssuedTokens(Shown):
    model_config = Shown.model_config | example(**ISSUED)

    access_token: Secret
    refresh_token: Secret = Field(description="buys the next pair once; keep it where only the app can read it")
    token_type: Literal["Bearer"] = "Bearer"
    expires_in: int = Field(description="seconds that the access token is good for")
    must_change_password: bool = Field(description="until it is changed, only one's own account can be used")
    must_enrol_otp: bool = Field(
        description="until a second factor is enrolled (`/v1/accounts/mine/otp`), all else is answered 403 "
        "`otp_enrolment_required`, but changing the password, `/v1/sessions/step-up` and signing out"
    )


class RefusedSince(Shown):
    """What was refused at one's account, some of it since the last sign-in on this device; one's own slips of the finger are among
    it, but not a few tries with the right password after which the sign-in came from there within ten minutes."""

    model_config = Shown.model_config | example(
        count=3, since="2026-11-23T14:02:40Z", last_at="2026-11-23T14:05:12Z", had_right_password=False
    )

    count: int = Field(description="how many tries since then; those that were held up (429) are not counted")
    since: AwareDatetime = Field(description="when the first of them was")
    last_at: AwareDatetime = Field(description="when the last of them was")
    had_right_password: bool = Field(
        description="whether any had the right password, but no right code: unless it was oneself, somebody else knows the "
        "password, and it is to be changed"
    )


class SignedIn(IssuedTokens):
    model_config = IssuedTokens.model_config | example(
        **ISSUED, device_token="p4T0c9Zk2mV7q1s8d3f6h5j0l2n4r6t8v1x3z5b7N9w", refused_since=None
    )

    device_token: Secret = Field(
        description="send it with the next sign-in of this account on this device; keep it beside the user name, also when signing "
        "out. It opens nothing. It is forgotten after a year without a sign-in, when ten other devices were used later, when the "
        "session is ended from another device, and on all other devices when the password changes"
    )
    refused_since: RefusedSince | None = Field(description="to be shown after signing in; null where there is nothing new")


class SessionShown(Shown):
    id: UUID
    device: str = Field(examples=["liangxian/1.0 (Android 14)"])
    created_at: AwareDatetime
    last_used_at: AwareDatetime
    expires_at: AwareDatetime
    is_current: bool


class Sessions(Shown):
    items: list[SessionShown]
