"""Everything that an installation decides, read from the environment and from `.env`, and refused where it is unsafe."""

import re
import secrets
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import AnyHttpUrl, BeforeValidator, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from api.errors import Text

SHORTEST_SECRET = 32
PLACEHOLDERS = ("change", "placeholder", "secret", "example", "password", "xxxx", "0000", "1234")


class UnfitSetting(ValueError):
    """Why a setting is refused, never with its value."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.text = Text(zh, en)


def _networks(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return tuple(ip_network(part.strip()) for part in value.split(",") if part.strip())
    except ValueError:
        raise UnfitSetting(
            "须是网络地址，以逗号分隔，如 127.0.0.1,10.0.0.0/8。",
            "must be networks separated by commas, such as 127.0.0.1,10.0.0.0/8",
        ) from None


def _why_weak(secret: str) -> Text | None:
    if len(secret) < SHORTEST_SECRET:
        return Text(
            f"只有 {len(secret)} 个字符，至少要 {SHORTEST_SECRET} 个。",
            f"has {len(secret)} characters; at least {SHORTEST_SECRET} are needed",
        )
    if len(set(secret)) < 12 or any(word in secret.lower() for word in PLACEHOLDERS):
        return Text("像是占位的字样，请换成随机生成的。", "looks like a placeholder")
    return None


class Settings(BaseSettings):
    """The settings of one installation. Secrets are never shown; `python -m api settings new` makes fresh ones."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8-sig", extra="ignore", hide_input_in_errors=True, frozen=True
    )

    database_url: str = Field(repr=False, description="sqlite:////path/liangxian.db or postgresql://user:password@host/name")
    database_read_url: str | None = Field(
        default=None, repr=False, description="where the scan door reads; by default the same database"
    )
    storage_url: str | None = Field(
        default=None,
        description="where photos and attachments lie: a folder as file:///path, or s3://bucket/prefix?endpoint=https://host"
        "&region=name, with &addressing=virtual for a store that wants the bucket in the host's name; by default the folder "
        "`files` beside an SQLite database",
        validate_default=True,
    )
    storage_access_key: SecretStr | None = Field(default=None, validate_default=True, description="of the S3 storage")
    storage_secret_key: SecretStr | None = Field(default=None, validate_default=True, description="of the S3 storage")
    postgresql_tools: Path | None = Field(
        default=None, description="the folder of pg_dump and pg_restore, where they are neither on the path nor in Debian's place"
    )
    paper_font: Path | None = Field(
        default=None, description="a font file (.ttf, .otf) for characters that the packaged font for print does not have"
    )
    public_url: AnyHttpUrl = Field(description="the address that stands in every code, without a path")
    issuer: str = Field(default="liangxian", description="who access tokens say they come from")
    sponsor: str | None = Field(default=None, max_length=80, description="who runs it, as the foot of each page says")
    sponsor_phone: str | None = Field(default=None, max_length=40, description="the telephone there")
    sponsor_address: str | None = Field(default=None, max_length=120, description="the postal address there")
    filing_number: str | None = Field(default=None, max_length=80, description="of the site (ICP备案号), where it has one")
    timezone: str = Field(default="Asia/Shanghai", description="where a calendar day of the district begins")
    trusted_proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(_networks)] = Field(
        default=(), description="networks whose X-Forwarded-For is believed, separated by commas"
    )
    docs: bool = Field(default=True, description="whether /docs is served")
    log_level: str = "INFO"
    workers: int = Field(default=1, ge=1, le=64)
    requests_at_once: int = Field(default=8, ge=1, le=16, description="how many requests a worker works on; the others wait")
    requests_waiting: int = Field(default=100, ge=0, le=10_000, description="how many wait; whoever comes then is sent away")

    token_secret: SecretStr = Field(description="signs access tokens and seals cursors; once it is changed, apps fetch fresh ones")
    data_keys: SecretStr = Field(description="id:secret[,id:secret...]; the first seals, all open")
    digest_key: SecretStr = Field(description="keyed digests of identity numbers; never changes once data is stored")
    audit_key: SecretStr = Field(description="keys the audit chain; the database must not hold it")

    access_token_minutes: int = Field(default=15, ge=1, le=60)
    session_idle_days: int = Field(default=30, ge=1, le=90)
    session_days: int = Field(default=180, ge=1, le=365)
    office_idle_hours: int = Field(
        default=12, ge=1, le=720, description="how long a session of an officer, administrator or auditor may lie idle"
    )
    office_session_days: int = Field(default=30, ge=1, le=365, description="how long it lasts at the most")
    otp_demanded: bool = Field(default=True, description="whether these need a second factor (TOTP) beside the password")
    step_up_demanded: bool = Field(
        default=True,
        description="whether roles, slips, packs, exports and the like want a password or code shown within five minutes",
    )
    card_years: int = Field(default=5, ge=1, le=10)

    @field_validator("database_url", "database_read_url")
    @classmethod
    def _known_engine(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
            raise UnfitSetting("须以 sqlite:/// 或 postgresql:// 开头。", "must begin with sqlite:/// or postgresql://")
        try:
            if url is not None:
                make_url(url)
        except (ArgumentError, ValueError):
            raise UnfitSetting(
                "看不懂这个地址：密码中的 @ : / 等字符要写成 %40 %3A %2F。",
                "cannot be read as an address: such characters as @ : / of a password are written %40 %3A %2F",
            ) from None
        return url

    @field_validator("storage_url")
    @classmethod
    def _known_storage(cls, url: str | None, info: ValidationInfo) -> str | None:
        if url is None:
            database = info.data.get("database_url")
            if database is not None and (not database.startswith("sqlite:///") or database == "sqlite:///:memory:"):
                raise UnfitSetting(
                    "用这个数据库时必须设置：file:///路径 或 s3://桶名/前缀?endpoint=https://主机。",
                    "is needed beside this database: file:///path or s3://bucket/prefix?endpoint=https://host",
                )
            return None
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query, keep_blank_values=True))
        if parts.scheme == "file" and not parts.netloc and len(parts.path) > 1 and not parts.query:
            return url
        if parts.scheme != "s3" or not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,62}", parts.netloc) or parts.fragment:
            raise UnfitSetting(
                "须是 file:///路径 或 s3://桶名/前缀?endpoint=https://主机&region=名称。",
                "must be file:///path or s3://bucket/prefix?endpoint=https://host&region=name",
            )
        if options.keys() - {"endpoint", "region", "addressing"} or options.get("addressing", "path") not in {"path", "virtual"}:
            raise UnfitSetting(
                "只认得选项 endpoint、region 和 addressing=path|virtual。",
                "knows the options endpoint, region and addressing=path|virtual",
            )
        if not options.get("endpoint", "https://").startswith(("https://", "http://")):
            raise UnfitSetting("其中 endpoint 须以 https:// 或 http:// 开头。", "its endpoint must begin with https:// or http://")
        return url

    @field_validator("storage_access_key", "storage_secret_key")
    @classmethod
    def _storage_key(cls, key: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if (info.data.get("storage_url") or "").startswith("s3:") and not (key and key.get_secret_value()):
            raise UnfitSetting("使用 S3 存储时必须设置。", "is needed for an S3 storage")
        return key

    @field_validator("paper_font")
    @classmethod
    def _font_is_there(cls, path: Path | None) -> Path | None:
        if path is not None and not path.is_file():
            raise UnfitSetting("没有这个文件。", "is not a file")
        return path

    @field_validator("public_url")
    @classmethod
    def _bare_address(cls, url: AnyHttpUrl) -> AnyHttpUrl:
        if url.path not in (None, "/") or url.query or url.fragment:
            raise UnfitSetting(
                "只写协议和主机，不带路径：二维码里放不下。",
                "must be a scheme and a host, without a path: a code has no room for one",
            )
        return url

    @field_validator("timezone")
    @classmethod
    def _known_timezone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, OSError) as error:
            raise UnfitSetting(
                "不是时区名称；应如 Asia/Shanghai。", "is not the name of a time zone, such as Asia/Shanghai"
            ) from error
        return name

    @field_validator("token_secret", "digest_key", "audit_key")
    @classmethod
    def _strong(cls, secret: SecretStr) -> SecretStr:
        if fault := _why_weak(secret.get_secret_value()):
            raise UnfitSetting(*fault)
        return secret

    @field_validator("data_keys")
    @classmethod
    def _strong_keys(cls, keys: SecretStr) -> SecretStr:
        for part in keys.get_secret_value().split(","):
            key_id, separator, secret = part.strip().partition(":")
            if not separator or not key_id or len(key_id) > 16 or not key_id.isalnum() or not key_id.isascii():
                raise UnfitSetting(
                    "每个密钥写成 id:密钥，id 为 1 至 16 个字母或数字。",
                    "each key is written id:secret, the id being 1 to 16 letters and digits",
                )
            if fault := _why_weak(secret):
                raise UnfitSetting(f"密钥 {key_id} {fault.zh}", f"key {key_id} {fault.en}")
        return keys

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def base_url(self) -> str:
        """The public address without a slash at its end."""
        return str(self.public_url).rstrip("/")

    def sealing_keys(self) -> dict[str, bytes]:
        """The data keys by id, the one that seals first."""
        parts = (part.strip().partition(":") for part in self.data_keys.get_secret_value().split(","))
        return {key_id: derive(SecretStr(secret), "data") for key_id, _, secret in parts}


def derive(secret: SecretStr, purpose: str) -> bytes:
    """32 bytes of a key for one purpose only (HKDF-SHA-256, RFC 5869)."""
    return HKDF(SHA256(), 32, salt=None, info=b"liangxian/" + purpose.encode()).derive(secret.get_secret_value().encode())


def fresh_secrets() -> dict[str, str]:
    """New random values for every secret setting, by the name of its environment variable."""
    return {"TOKEN_SECRET": _fresh(), "DATA_KEYS": f"k1:{_fresh()}", "DIGEST_KEY": _fresh(), "AUDIT_KEY": _fresh()}


def _fresh() -> str:
    # By chance a random text may hold four characters of a placeholder, and would then be refused.
    while _why_weak(secret := secrets.token_urlsafe(36)):
        pass
    return secret


def write_private(path: Path, content: str) -> None:
    """Write a file that only its owner may read."""
    path.touch(mode=0o600, exist_ok=True)
    path.write_text(content, encoding="utf-8")
