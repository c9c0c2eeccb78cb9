from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, SecretStr, StringConstraints, TypeAdapter

from api.access.permissions import PERMISSIONS, Permission
from api.access.usernames import LONGEST_NAME, of_one_script, typed_name
from api.schemas import ACTOR_NAME, RecordShown, Secret, Shown, Written, example
from api.written import plain
from models.enums import RequestState, Role

Username = Annotated[
    str,
    BeforeValidator(typed_name),
    AfterValidator(of_one_script),
    AfterValidator(plain),
    StringConstraints(strip_whitespace=True, to_lower=True, min_length=3, max_length=LONGEST_NAME, pattern=r"^[\w.@+-]+$"),
]


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


class AccountsIssue(Written):
    model_config = Written.model_config | example(organization_id="0192f0c1-e5a8-7cc2-9d3e-5f6a7b8c9d0e")

    organization_id: UUID = Field(description="this organisation and everything below it")


class GrantShown(Shown):
    id: UUID
    account_id: UUID
    role: Role = Field(examples=["secretary"])
    organization_id: UUID
    organization_name: str = Field(examples=["石桥村第一党支部"])
    until: date | None = Field(description="the last day on which the role counts; null: until it is taken away")
    created_at: AwareDatetime


class AccountShown(RecordShown):
    id: UUID
    username: str = Field(examples=["wang.xiulan"])
    organization_id: UUID
    organization_name: str = Field(examples=["石桥村第一党支部"])
    member_id: UUID | None
    member_name: str | None = Field(
        description="null for an account that is no member's, or whose member one may not see", examples=["王秀兰"]
    )
    must_change_password: bool
    one_time_until: AwareDatetime | None = Field(description="until when the one-time password is good; null once it was changed")
    disabled_at: AwareDatetime | None
    otp_since: AwareDatetime | None = Field(description="since when it has a second factor; null where it has none")


class AccountMade(AccountShown):
    one_time_password: Secret = Field(
        description="told this once; it must be changed at the first sign-in", examples=["h7kq2mzd8wpx"]
    )


class RoleHeld(GrantShown):
    permissions: list[Annotated[str, Field(json_schema_extra={"x-extensible-enum": sorted(Permission)})]] = Field(
        description="what the role allows there and below; each operation names the permission that it needs",
        examples=[["card_read", "member_read"]],
    )

    @classmethod
    def of(cls, grant: Mapping[str, Any]) -> Self:
        return cls(**grant, permissions=sorted(PERMISSIONS[grant["role"]]))


class OwnAccount(AccountShown):
    roles: list[RoleHeld]


class SlipShown(Shown):
    """What is handed to a person on paper, told this once."""

    model_config = Shown.model_config | example(
        account_id="0192f0c1-e5a8-7cc2-9d3e-5f6a7b8c9d0e",
        username="wangxiulan",
        one_time_password="h7kq2mzd8wpx",
        one_time_half=None,
        good_until="2026-12-08T02:15:30Z",
        member_name="王秀兰",
        organization_name="石桥村第一党支部",
    )

    account_id: UUID
    username: str
    one_time_password: Secret | None = Field(description="must be changed at the first sign-in; null where it comes in two halves")
    one_time_half: Secret | None = Field(
        description="for one who decides for the district: the second half; the first was told to the one who asked"
    )
    good_until: AwareDatetime
    member_name: str | None = Field(description="null for an account that is no member's, or whose member one may not see")
    organization_name: str


class SlipsShown(Shown):
    items: list[SlipShown]
    remaining: int = Field(description="how many members still have no account; ask again while there are any", examples=[0])


class SlipRequestShown(Shown):
    model_config = Shown.model_config | example(
        id="0192f0c1-e5a8-7cc2-9d3e-5f6a7b8c9d0e",
        account_id="0192f0c1-e5a8-7cc2-9d3e-5f6a7b8c9d01",
        username="admin",
        role=None,
        resets_otp=False,
        requested_by="0192f0c1-e5a8-7cc2-9d3e-5f6a7b8c9d02",
        requested_by_name="周明",
        requested_by_username="zhou.ming",
        created_at="2026-11-24T02:15:30Z",
        expires_at="2026-11-25T02:15:30Z",
        state="open",
        decided_by=None,
        decided_by_name=None,
        decided_at=None,
    )

    id: UUID
    account_id: UUID
    username: str
    role: Role | None = Field(description="the role that is asked for; null where it is none")
    resets_otp: bool = Field(
        description="whether the second factor is to be taken away; else, where `role` is null, it is a password"
    )
    requested_by: UUID
    requested_by_name: str | None = ACTOR_NAME
    requested_by_username: str
    created_at: AwareDatetime
    expires_at: AwareDatetime
    state: RequestState
    decided_by: UUID | None
    decided_by_name: str | None = ACTOR_NAME
    decided_at: AwareDatetime | None


class SlipRequested(SlipRequestShown):
    model_config = SlipRequestShown.model_config

    one_time_half: Secret | None = Field(
        description="the first half of the new one-time password, told this once; null where the role comes without one",
        examples=["h7kq2mzd8wpx"],
    )


class GrantWrite(Written):
    model_config = Written.model_config | example(
        account_id="0192f0c1-e5a8-7cc2-9d3e-5f6a7b8c9d0e",
        role="secretary",
        organization_id="0192f0c1-e5a8-7cc2-9d3e-5f6a7b8c9d0f",
    )

    account_id: UUID
    role: Role
    organization_id: UUID
    until: date | None = Field(default=None, description="the last day on which the role counts; null: until it is taken away")


class GrantMade(GrantShown):
    slip: SlipShown | None = Field(
        description="a fresh one-time password, where whoever had made the account's last slip could not give this role, whether "
        "or not it was changed since; of those who decide for the district the second half; else null"
    )


class Grants(Shown):
    items: list[GrantShown]


def checked_username(text: str) -> str:
    """The user name as it is stored. Raises ValueError for one that cannot be."""
    return str(TypeAdapter(Username).validate_python(text))
