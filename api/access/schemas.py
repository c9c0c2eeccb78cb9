from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, SecretStr, StringConstraints, TypeAdapter

from api.schemas import RecordShown, Shown, Written, example
from models.enums import Role

Username = Annotated[
    str,
    StringConstraints(strip_whitespace=True, to_lower=True, min_length=3, max_length=64, pattern=r"^[\w.@+-]+$"),
]


class SignIn(Written):
    model_config = Written.model_config | example(username="secretary", password="correct-horse-9-staple")

    username: Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, max_length=64, pattern=r"^[^\x00]*$")]
    password: SecretStr = Field(max_length=1000)


class Refresh(Written):
    model_config = Written.model_config | example(refresh_token="mN2gR0n7q3Jw8v5t1x4z6b9d0f2h4k6m8p1r3s5u7w9")

    refresh_token: SecretStr = Field(max_length=200)


class IssuedTokens(Shown):
    model_config = Shown.model_config | example(
        access_token="eyJhbGciOiJIUzI1NiIsImtpZCI6InQxIiwidHlwIjoiYXQrand0In0.e30.c2ln",
        refresh_token="mN2gR0n7q3Jw8v5t1x4z6b9d0f2h4k6m8p1r3s5u7w9",
        token_type="Bearer",
        expires_in=900,
        must_change_password=False,
    )

    access_token: str
    refresh_token: str = Field(description="buys the next pair once; keep it where only the app can read it")
    token_type: Literal["Bearer"] = "Bearer"
    expires_in: int = Field(description="seconds that the access token is good for")
    must_change_password: bool = Field(description="until it is changed, only one's own account can be used")


class SessionShown(Shown):
    id: UUID
    device: str = Field(examples=["liangxian/1.0 (Android 14)"])
    created_at: AwareDatetime
    last_used_at: AwareDatetime
    expires_at: AwareDatetime
    is_current: bool


class Sessions(Shown):
    items: list[SessionShown]


class PasswordChange(Written):
    model_config = Written.model_config | example(present_password="h7kq2mzd8wpx", new_password="纸鸢飞过-明湖-1987")

    present_password: SecretStr = Field(max_length=1000)
    new_password: SecretStr = Field(max_length=1000)


class AccountWrite(Written):
    model_config = Written.model_config | example(
        username="wang.xiulan", organization_id="0192f0c1-e5a8-7cc2-9d3e-5f6a7b8c9d0e", member_id=None
    )

    username: Username
    organization_id: UUID
    member_id: UUID | None = None


class GrantShown(Shown):
    id: UUID
    account_id: UUID
    role: Role = Field(examples=["secretary"])
    organization_id: UUID
    created_at: AwareDatetime


class AccountShown(RecordShown):
    id: UUID
    username: str = Field(examples=["wang.xiulan"])
    organization_id: UUID
    member_id: UUID | None
    must_change_password: bool
    disabled_at: datetime | None


class AccountMade(AccountShown):
    one_time_password: str = Field(description="told this once; it must be changed at the first sign-in", examples=["h7kq2mzd8wpx"])


class OwnAccount(AccountShown):
    roles: list[GrantShown]


class GrantWrite(Written):
    model_config = Written.model_config | example(
        account_id="0192f0c1-e5a8-7cc2-9d3e-5f6a7b8c9d0e",
        role="secretary",
        organization_id="0192f0c1-e5a8-7cc2-9d3e-5f6a7b8c9d0f",
    )

    account_id: UUID
    role: Role
    organization_id: UUID


class Grants(Shown):
    items: list[GrantShown]


def checked_username(text: str) -> str:
    """The user name as it is stored. Raises ValueError for one that cannot be."""
    return str(TypeAdapter(Username).validate_python(text))
