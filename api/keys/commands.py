"""`python -m api keys`."""

import json
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from api.errors import Text
from api.terminal import fail, manual, open_house, put, tell, told

if TYPE_CHECKING:
    from api.house import House
    from api.keys.service import KnownKey

commands = typer.Typer(
    no_args_is_help=True,
    help=manual("签名密钥：用于动态码、状态列表和离线包", "the keys that sign dynamic codes, status lists and packs"),
)


@commands.command("list", help=manual("列出密钥，以及由哪一把签名。"))
def list_keys(
    as_json: Annotated[
        bool, typer.Option("--json", help=manual("输出对外公布的公钥集", "print the key set as it is published"))
    ] = False,
) -> None:
    """Tell which keys there are, and which of them signs."""
    from api.database import Origin
    from api.keys import service

    with open_house() as house, house.database.reading(Origin("cli")) as work:
        if as_json:
            put(json.dumps({"keys": service.list_keys(work)}, indent=2))
            return
        table = Table(told(Text("位置", "Place")))
        table.add_column(told(Text("指纹", "Thumbprint")), overflow="fold")
        for title in (Text("状态", "State"), Text("启用", "Signs from"), Text("停用", "Withdrawn")):
            table.add_column(told(title))
        for key in service.every_key(work):
            row = key.row
            days = (_moment(moment, house) for moment in (row.signs_from, row.withdrawn_at))
            table.add_row(str(row.slot), row.thumbprint, told(_state(key, work.at)), *days)
        Console().print(table)


@commands.command("rotate", help=manual("新建一把密钥，十分钟后启用。原密钥签过的在到期前仍有效。"))
def rotate_keys(
    at_once: Annotated[
        bool,
        typer.Option(
            "--now",
            help=manual(
                "立即启用，尽管核验端五分钟后才取新公钥", "sign with it at once, though readers hold the key set for five minutes"
            ),
        ),
    ] = False,
) -> None:
    """Make a key that signs ten minutes from now. What the former one has signed stays good until it lapses."""
    from api.database import Origin
    from api.keys import service

    with open_house() as house, house.database.writing(Origin("cli")) as work:
        row = service.rotate_key(work, house.cipher, at_once=at_once)
        since = _moment(row.signs_from, house)
        tell(
            Text(
                f"新密钥在位置 {row.slot}（{row.thumbprint}），{since} 起签名。",
                f"The new key is at place {row.slot} ({row.thumbprint}) and signs from {since} on.",
            )
        )
        for key in service.every_key(work):
            if key.row.slot != row.slot and _waits(key, work.at):
                since = _moment(key.row.signs_from, house)
                tell(
                    Text(
                        f"位置 {key.row.slot} 的密钥仍待启用，{since} 起改由它签名。",
                        f"The key at place {key.row.slot} still waits, and signs in its stead from {since} on.",
                    )
                )


@commands.command("withdraw", help=manual("停用可能泄露的密钥：它签过的从下一次扫码起一律不认。"))
def withdraw_key(
    slot: Annotated[
        int, typer.Argument(min=0, max=255, help=manual("密钥的位置，见 `keys list`", "its place, as `keys list` tells it"))
    ],
) -> None:
    """Withdraw a key that may be in wrong hands. Nothing that it has signed is good from the next scan on."""
    from api.database import Origin
    from api.errors import NotFound
    from api.keys import service

    with open_house() as house:
        try:
            with house.database.writing(Origin("cli")) as work:
                waiting = {key.row.slot for key in service.every_key(work) if _waits(key, work.at)}
                successor = service.withdraw_key(work, house.cipher, slot)
        except NotFound:
            raise fail(Text(f"位置 {slot} 没有密钥。", f"There is no key at place {slot}.")) from None
    tell(
        Text(
            f"位置 {slot} 的密钥已停用：它签过的码、状态列表和离线包从现在起一律不认。手机会自动换新码，离线包要重新下载。",
            f"The key at place {slot} is withdrawn: no code, status list or pack that it has signed is good from now on. "
            "Telephones fetch new codes by themselves; packs are to be fetched again.",
        )
    )
    if successor is not None:
        origin = Text("没有别的密钥可用，已新建一把", "There was no other key, and a new one was made")
        if successor.slot in waiting:
            origin = Text("待启用的密钥提前启用", "The key that waited begins early")
        tell(
            Text(
                f"{origin.zh}：从现在起由位置 {successor.slot} 的密钥（{successor.thumbprint}）签名。",
                f"{origin.en}: the one at place {successor.slot} ({successor.thumbprint}) signs from now on.",
            )
        )


def _state(key: "KnownKey", at: datetime) -> Text:
    if key.row.withdrawn_at is not None:
        return Text("已停用", "withdrawn")
    if key.signs:
        return Text("正在签名", "signs")
    if _waits(key, at):
        return Text("待启用", "waits")
    return Text("只供核验", "only checks") if key.is_published else Text("已退役", "retired")


def _waits(key: "KnownKey", at: datetime) -> bool:
    return key.row.withdrawn_at is None and key.row.signs_from > at


def _moment(moment: datetime | None, house: "House") -> str:
    return f"{moment.astimezone(house.settings.zone):%Y-%m-%d %H:%M}" if moment else ""
