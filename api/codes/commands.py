"""`python -m api check-host`."""

from typing import Annotated, Final

import typer

from api.errors import Text
from api.terminal import fail, manual, tell

commands = typer.Typer()

UPPER_CASE_REFUSED: Final = Text(
    "二维码以大写的 HTTPS:// 开头。已知打不开的扫码程序：Privacy Friendly QR Scanner、SecScanQR（安卓）；旧版的 Firefox"
    "（iOS 2021 年前设为默认浏览器时；安卓 2022 年前自带的扫码）和 Binary Eye（1.3.7 之前）。",
    "Codes begin with HTTPS:// in capitals. Known not to open that: Privacy Friendly QR Scanner and SecScanQR (Android); "
    "in old versions Firefox (iOS, as the default browser, until 2021; Android, its own scanner, until 2022) "
    "and Binary Eye (before 1.3.7).",
)
"""By their public bug reports: SecUSo/privacy-friendly-qr-scanner 196, Fr4gorSoftware/SecScanQR 247,
mozilla-mobile/firefox-ios 9013, mozilla-mobile/fenix 24692, markusfisch/BinaryEye 8."""


@commands.command("check-host", help=manual("检查用这个域名时二维码够不够疏：印制码版本 3，动态码版本 6。"))
def check_host(
    url: Annotated[
        str,
        typer.Argument(
            help=manual("对外网址，如 https://lx.example.gov.cn", "the public address, such as https://lx.example.gov.cn")
        ),
    ],
) -> None:
    """Tell whether codes stay as coarse as they should with this host: printed version 3, dynamic version 6."""
    from api.codes import qr

    if not url.lower().startswith(("https://", "http://")):
        raise fail(Text("请写完整的网址，以 https:// 开头。", "Write the whole address, beginning with https://."))
    fit = qr.fits(url)
    tell(
        Text(
            f"印制码：版本 {fit.printed}（Q 级）；动态码：版本 {fit.dynamic}（M 级）",
            f"printed code: version {fit.printed} (level Q); dynamic code: version {fit.dynamic} (level M)",
        )
    )
    if fit.printed > qr.PRINTED_VERSION or fit.dynamic > qr.DYNAMIC_VERSION:
        raise fail(
            Text(
                "域名太长：二维码会比版本 3 和 6 更密，远处扫不出来。",
                "This host is too long: codes get finer than version 3 and 6 and read from less far.",
            )
        )
    tell(Text("域名够短。", "This host is short enough."))
    tell(UPPER_CASE_REFUSED)
