"""`python -m api accounts`: the first administrator, accounts for members, and a password that nobody else can renew."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.errors import Text
from api.terminal import check_free, fail, hint, manual, open_house, progress_bar, put, tell, told

if TYPE_CHECKING:
    from api.house import House
    from models.account import Account

commands = typer.Typer(
    no_args_is_help=True,
    help=manual(
        "首个管理员、党员账号、无人能重置的密码",
        "the first administrator, accounts for members, a password that nobody else can renew",
    ),
)


NO_ACCOUNT = Text("没有这个用户名的账号。", "There is no account of this name.")


@commands.command("create-administrator", help=manual("新建管理员并输出一次性密码；须先导入区级组织。"))
def create_administrator(
    username: Annotated[
        str,
        typer.Argument(help=manual("用户名，3 至 64 个字母、数字或 . _ @ -", "the user name, 3 to 64 letters, digits or . _ @ -")),
    ],
) -> None:
    """Make an administrator and print a one-time password. The district must have been imported before."""
    from api.accounts import service
    from api.accounts.rules import UsernameTaken
    from api.accounts.schemas import checked_username
    from api.database import Origin
    from api.errors import NotFound

    with open_house() as house:
        try:
            name = checked_username(username)
        except ValueError:
            raise fail(
                Text("用户名为3至64个字母、数字或 . _ @ + - 。", "A user name has 3 to 64 letters, digits or . _ @ + -")
            ) from None
        one_time = service.one_time_password(house.passwords, house.cipher)
        try:
            with house.database.writing(Origin("cli")) as work:
                account = service.create_administrator(work, name, one_time)
        except NotFound:
            raise fail(
                Text(
                    "还没有区级组织，请先运行 `python -m api import organizations 文件`。",
                    "There is no district yet: run `python -m api import organizations FILE` first.",
                )
            ) from None
        except UsernameTaken:
            raise fail(Text(f"已有名为 {name} 的账号。", f"There is an account named {name} already.")) from None
        _hand_out(house, account, one_time.password)


@commands.command("issue", help=manual("为没有账号的党员开通账号，并打印密码条：用户名、一次性密码、有效期。"))
def issue_accounts(
    organization_code: Annotated[
        str, typer.Argument(help=manual("组织编码；包括其下级", "the organisation; everything below it belongs to it"))
    ],
    out: Annotated[
        Path,
        typer.Option(
            dir_okay=False,
            help=manual(
                "密码条的 PDF 文件；太多时续在 OUT-2.pdf 等文件中", "the slips as PDF; very many go on in OUT-2.pdf, and so on"
            ),
        ),
    ],
) -> None:
    """Make accounts for all members who have none, and print slips for them: user name, one-time password, until when."""
    from api.accounts import service
    from api.accounts.paperwork import issue_to_files
    from api.database import Origin
    from api.errors import NotFound

    check_free(out, ".pdf")
    with open_house() as house:
        try:
            with house.database.reading(Origin("cli")) as work:
                organization_id, total = service.find_without_account(work, organization_code)
        except NotFound:
            raise fail(
                Text(f"没有编码为 {organization_code} 的组织。", f"No organisation has the code {organization_code}.")
            ) from None
        with progress_bar() as bar:
            task = bar.add_task(told(Text("账号", "Accounts")), total=total)
            written = issue_to_files(house, organization_id, out, lambda done: bar.update(task, completed=done))
    tell(Text(f"已开通 {written.made} 个账号。", f"Accounts made: {written.made}."))
    for path in written.files:
        put(str(path))
    if written.missing:
        codes = " ".join(f"U+{ord(character):04X}" for character in sorted(written.missing))
        hint(
            Text(
                f"字库缺字 {codes}，已印作〓；可用设置 PAPER_FONT 另指字体。",
                f"No font has {codes}, printed as 〓; the setting PAPER_FONT may name another font.",
            ),
            style="yellow",
        )


@commands.command("reset", help=manual("输出新的一次性密码；用于没有别人能重置的账号。"))
def reset_account(username: Annotated[str, typer.Argument(help=manual("谁的密码丢了", "whose password is lost"))]) -> None:
    """Print a new one-time password for an account, when nobody is left who could renew it."""
    from api.access.usernames import folded_name
    from api.accounts import service
    from api.accounts.rules import AccountDisabled
    from api.database import Origin
    from api.errors import NotFound
    from api.members.rules import MemberHasLeft

    with open_house() as house:
        one_time = service.one_time_password(house.passwords, house.cipher)
        try:
            with house.database.writing(Origin("cli")) as work:
                account = service.reset_account(work, folded_name(username.strip()), one_time, house.cipher)
        except NotFound:
            raise fail(NO_ACCOUNT) from None
        except (AccountDisabled, MemberHasLeft) as refusal:
            raise fail(refusal.sentence()) from None
        _hand_out(house, account, one_time.password)


@commands.command("reset-otp", help=manual("重置账号的动态验证码；用于没有别人能重置的账号。密码不变，登录全部退出。"))
def reset_otp(
    username: Annotated[str, typer.Argument(help=manual("谁的手机和恢复码都丢了", "whose telephone and recovery codes are lost"))],
) -> None:
    """Take away the second factor of an account, when nobody is left who could; its password stays, its sessions end."""
    from api.access.otp.rules import OtpNotEnrolled
    from api.access.usernames import folded_name
    from api.accounts.otp import service
    from api.database import Origin
    from api.errors import NotFound

    with open_house() as house:
        try:
            with house.database.writing(Origin("cli")) as work:
                account = service.reset_otp_named(work, folded_name(username.strip()))
        except NotFound:
            raise fail(NO_ACCOUNT) from None
        except OtpNotEnrolled as refusal:
            raise fail(refusal.sentence()) from None
        tell(
            Text(
                f"{account.username} 的动态验证码已重置，登录已全部退出；密码不变，下次登录时重新绑定。",
                f"The second factor of {account.username} is taken away, and his sessions have ended. His password stays; at the "
                "next sign-in he binds an app anew.",
            )
        )


@commands.command("end-sessions", help=manual("退出一个或全部账号的所有登录，须重新登录；账号不停用。"))
def end_sessions(
    username: Annotated[str | None, typer.Argument(help=manual("例如手机被偷的人", "whose telephone was stolen, say"))] = None,
    all_of_them: Annotated[
        bool,
        typer.Option("--all", help=manual("所有账号，例如恢复后的数据库", "of all accounts, as in a database that was restored")),
    ] = False,
) -> None:
    """End the sessions of an account, or of all: whoever is signed in has to sign in again. The accounts stay open."""
    from api.access.usernames import folded_name
    from api.accounts.otp import service
    from api.database import Origin
    from api.errors import NotFound

    if (username is None) is not all_of_them:
        raise fail(Text("请写一个用户名，或者只写 --all。", "Give a user name, or --all alone."))
    with open_house() as house:
        done = 0
        if username is None:
            some = 1
            while some:
                with house.database.writing(Origin("cli")) as work:
                    some = service.end_some_sessions(work)
                done += some
            tell(Text(f"已退出 {done} 个账号的全部登录。", f"Ended all sessions of {done} accounts."))
            return
        try:
            with house.database.writing(Origin("cli")) as work:
                account = service.end_sessions_named(work, folded_name(username.strip()))
        except NotFound:
            raise fail(NO_ACCOUNT) from None
        tell(Text(f"{account.username} 的登录已全部退出。", f"All sessions of {account.username} have ended."))


def _hand_out(house: "House", account: "Account", password: str) -> None:
    tell(
        Text(f"用户名：{account.username}\n一次性密码：{password}", f"User name: {account.username}\nOne-time password: {password}")
    )
    if account.one_time_until:
        until = account.one_time_until.astimezone(house.settings.zone)
        hint(
            Text(
                f"{until:%Y-%m-%d %H:%M} 前有效，首次登录须修改密码。",
                f"Good until {until:%Y-%m-%d %H:%M}; it is changed at the first sign-in.",
            )
        )
