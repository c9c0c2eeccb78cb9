"""`python -m api check` and `python -m api vectors`."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar
from zoneinfo import ZoneInfo

import typer

from api.errors import Text
from api.terminal import fail, hint, manual, put, tell, told

if TYPE_CHECKING:
    from api.offline.checker import Checked
    from api.packs.token import Pack
    from api.status_lists.token import ReadList

T = TypeVar("T")
S = TypeVar("S", "ReadList", "Pack")

commands = typer.Typer()
BEIJING = ZoneInfo("Asia/Shanghai")
VECTORS = Path(__file__).parents[2] / "openapi" / "vectors"


@commands.command("check", help=manual("用事先下载的文件离线核验身份卡。只有有效的卡退出码为 0。"))
def check_card(
    code: Annotated[
        str,
        typer.Argument(
            metavar="CODE", help=manual("牌上的编号，或二维码的全部内容", "the code under a plate, or the whole text of a QR code")
        ),
    ],
    jwks: Annotated[
        Path,
        typer.Option(help=manual("公钥文件，从 /.well-known/jwks.json 下载", "the key set, fetched from /.well-known/jwks.json")),
    ],
    statuses: Annotated[
        list[Path] | None,
        typer.Option(
            help=manual("状态列表，从 /v1/status-lists 下载；可写多次", "a status list from /v1/status-lists; may be given again")
        ),
    ] = None,
    pack: Annotated[
        list[Path] | None,
        typer.Option(help=manual("资料包，从 /v1/packs 下载；可写多次", "a pack from /v1/packs; may be given again")),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(metavar="ISO-TIME", help=manual("按哪个时间判断；不写则为现在", "the moment to judge by; otherwise now")),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help=manual("输出供程序使用的 JSON", "print one JSON object for programs"))
    ] = False,
) -> None:
    """Check a card without a network, from files that were fetched before. Ends with status 0 for a valid card only."""
    from api.offline.checker import as_members, check
    from api.offline.reading import read_key_set
    from api.offline.rules import Outcome
    from api.offline.words import MIXED
    from api.packs import token as packs
    from api.status_lists import token as lists

    moment = _moment(at)
    try:
        keys = _read(jwks, read_key_set)
    except ValueError:
        hint(
            Text(
                f"{jwks}：不是公钥文件，或已损坏，请从 /.well-known/jwks.json 重新下载。",
                f"{jwks}: is no key set, or is damaged; fetch it again from /.well-known/jwks.json.",
            ),
            style="red",
        )
        keys = None
    if keys is None:
        raise typer.Exit(1)
    known_lists, all_lists = _believed(statuses or [], lambda text: lists.read(text, keys.values()), moment)
    known_packs, all_packs = _believed(pack or [], lambda text: packs.read(text, keys.values()), moment)
    checked = check(code, keys=keys, lists=known_lists, packs=known_packs, at=moment)
    if not (all_lists and all_packs):
        # It is part of the verdict, except where a program reads that.
        (hint if as_json else tell)(MIXED)
    put(json.dumps(as_members(checked), ensure_ascii=False) if as_json else _sentences(checked, has_packs=bool(known_packs)))
    if checked.outcome is not Outcome.valid:
        raise typer.Exit(1)


@commands.command("vectors", help=manual("写出 openapi/vectors，供移动端检验自己的核验程序。"))
def write_vectors(
    check: Annotated[
        bool,
        typer.Option(
            help=manual("只作比较；与已提交的不同时退出码为 1", "only compare; status 1 if the committed vectors are not these")
        ),
    ] = False,
) -> None:
    """Write openapi/vectors, against which the mobile team holds its checker. All but its README is made by this."""
    from api.offline.vectors import is_same, make_vectors

    made = make_vectors()
    if not check:
        for name, content in made.items():
            path = VECTORS / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        return
    standing = {str(path.relative_to(VECTORS)): path for path in VECTORS.rglob("*") if path.is_file() and path.suffix != ".md"}
    wrong = sorted(standing.keys() ^ made.keys())
    wrong += [name for name in made if name in standing and not is_same(standing[name].read_text(encoding="utf-8"), made[name])]
    if wrong:
        names = ", ".join(wrong)
        raise fail(
            Text(
                f"openapi/vectors 与应有的内容不符（{names}）：请运行 `make openapi`。",
                f"openapi/vectors is not what is made ({names}): run `make openapi`.",
            )
        )


def _moment(at: str | None) -> datetime:
    """The moment that is meant, in the zone that it names or else Beijing's: in that one, times are told."""
    try:
        moment = datetime.now(BEIJING) if at is None else datetime.fromisoformat(at)
        return moment if moment.tzinfo else moment.replace(tzinfo=BEIJING)
    except ValueError:
        text = Text(
            f"看不懂时间“{at}”，请写成 2026-11-23T10:15:30+08:00 这样。",
            f"“{at}” is no time; write it like 2026-11-23T10:15:30+08:00.",
        )
        raise typer.BadParameter(told(text), param_hint="--at") from None


def _read(path: Path, read: Callable[[str], T]) -> T | None:
    """What a file holds; None for one that cannot be opened, which is named. Raises ValueError and whatever `read` does."""
    try:
        return read(path.read_text(encoding="utf-8").strip())
    except OSError as error:
        hint(Text(f"{path}：打不开（{error.strerror}）。", f"{path}: cannot be opened ({error.strerror})."), style="red")
    return None


def _believed(paths: list[Path], read: Callable[[str], S], at: datetime) -> tuple[list[S], bool]:
    """What is signed by a key at hand, and whether that is all that could be opened. What is not to be used is named."""
    from api.adapters.jose import InvalidToken
    from api.offline.checker import age_of
    from api.offline.rules import Age

    found, all_signed = [], True
    for path in paths:
        try:
            signed = _read(path, read)
        except (ValueError, InvalidToken):
            hint(
                Text(
                    f"{path}：读不懂，或不是手头的公钥签名的，不采用。",
                    f"{path}: cannot be read, or was not signed by a key of this key set; it is passed over.",
                ),
                style="red",
            )
            all_signed = False
            continue
        if signed is None:
            continue
        found.append(signed)
        match age_of(signed, at):
            case Age.lapsed:
                end = _clock(signed.expires_at, at)
                hint(
                    Text(f"{path}：已过期（{end.zh} 止），不采用。", f"{path}: was good until {end.en}; it is passed over."),
                    style="red",
                )
            case Age.early:
                begin = _clock(signed.signed_at, at)
                hint(
                    Text(
                        f"{path}：签发时间（{begin.zh}）在将来，不采用；请核对设备的时间。",
                        f"{path}: was signed in the future ({begin.en}) and is passed over; check the time of this device.",
                    ),
                    style="red",
                )
    return found, all_signed


def _sentences(checked: "Checked", *, has_packs: bool) -> str:
    from api.offline.rules import Age, Outcome, Reason
    from api.offline.words import ASK_FOR_THE_NAME, COMPARE_THE_NAME, HEADINGS, MEANINGS, NO_PACK
    from api.profiles.words import PARTY_POSTS

    without_pack = checked.reason is Reason.not_in_packs and not has_packs
    lines = [HEADINGS[checked.outcome], NO_PACK if without_pack else MEANINGS[checked.reason]]
    if checked.outcome is Outcome.valid:
        lines.append(COMPARE_THE_NAME if checked.holder else ASK_FOR_THE_NAME)
    if checked.holder:
        holder, posts = checked.holder, [PARTY_POSTS[post] for post in checked.holder.posts]
        zh, en = "、".join(post.zh for post in posts), ", ".join(post.en for post in posts)
        lines += [
            Text(
                f"姓名：{holder.name}　党组织：{holder.organization}" + (f"　职务：{zh}" if zh else ""),
                f"Name: {holder.name}; Party organisation: {holder.organization}" + (f"; posts: {en}" if en else ""),
            ),
            Text(f"有效期至：{holder.expires_on}", f"Valid until: {holder.expires_on}"),
        ]
    if checked.status_as_of:
        as_of = _clock(checked.status_as_of, checked.checked_at)
        lines.append(Text(f"卡的状态截至 {as_of.zh}。", f"The state of the card is as of {as_of.en}."))
    if checked.plate_as_of:
        as_of = _clock(checked.plate_as_of, checked.checked_at)
        lines.append(Text(f"牌是否收回截至 {as_of.zh}。", f"Whether the plate is withdrawn is as of {as_of.en}."))
    if checked.freshness is Age.amber:
        lines.append(
            Text("资料不是最新的，联网后请再查一次。", "This is not the newest knowledge: check again once there is a network.")
        )
    if checked.service_phone:
        whom, phone = checked.issuer, checked.service_phone
        lines.append(Text(f"可以打电话核实：{whom}，{phone}", f"Whom to call to make sure: {whom}, {phone}"))
    return "\n".join(map(told, lines))


def _clock(moment: datetime, at: datetime) -> Text:
    clock, offset = f"{moment.astimezone(at.tzinfo):%Y-%m-%d %H:%M}", f"UTC{at:%z}"
    if at.utcoffset() == BEIJING.utcoffset(at):
        return Text(f"{clock}（北京时间）", f"{clock} (Beijing time)")
    return Text(f"{clock}（{offset}）", f"{clock} ({offset})")
