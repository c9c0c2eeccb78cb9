import secrets
from ipaddress import ip_network
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from api.adapters.cipher import AesGcmCipher, CannotOpen, Place
from api.building import build
from api.settings import Settings, derive, fresh_secrets

SECRETS = ("token_secret", "data_keys", "digest_key", "audit_key")
PLACE = Place("member", "mobile", "1")


def make(**changes: Any) -> Settings:
    values: dict[str, Any] = {name.lower(): value for name, value in fresh_secrets().items()}
    values |= {"database_url": "sqlite:////nonexistent/x.db", "public_url": "https://lx.example.gov.cn", **changes}
    return Settings(_env_file=None, **{name: value for name, value in values.items() if value is not None})


def faults(**changes: Any) -> dict[str, str]:
    with pytest.raises(ValidationError) as caught:
        make(**changes)
    return {str(item["loc"][0]): item["msg"] for item in caught.value.errors()}


@pytest.fixture(autouse=True)
def nothing_of_this_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize("name", ["database_url", "public_url", *SECRETS])
def test_a_missing_setting_is_refused_by_its_name(name: str) -> None:
    assert faults(**{name: None}) == {name: "Field required"}


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize(
    ("secret", "why"),
    [
        ("", "has 0 characters; at least 32 are needed"),
        ("Zq8w" * 7 + "abc", "has 31 characters; at least 32 are needed"),
        ("Zq8w" * 12, "looks like a placeholder"),
        ("please-CHANGE-me-Zq8wT5nB2kLd9fGh3jYu", "looks like a placeholder"),
        ("Zq8wT5nB2kLd9fGh3jYu-xxxx-Zq8wT5nB2kLd", "looks like a placeholder"),
        ("my-Password-Zq8wT5nB2kLd9fGh3jYuTrWq", "looks like a placeholder"),
    ],
    ids=["empty", "short", "few-characters", "change-me", "xxxx", "password"],
)
def test_a_weak_secret_is_refused_by_its_name_and_never_said(name: str, secret: str, why: str) -> None:
    value = f"k1:{secret}" if name == "data_keys" else secret
    with pytest.raises(ValidationError) as caught:
        make(**{name: value})
    ((item),) = caught.value.errors()
    assert item["loc"] == (name,) and why in item["msg"]
    assert not secret or secret not in str(caught.value)


@pytest.mark.parametrize("keys", ["", "no-colon", ":Zq8wT5nB2kLd9fGh3jYuTrWqZq8wT5nB", "k 1:x", "a" * 17 + ":x", "键:x"])
def test_data_keys_need_an_id_each(keys: str) -> None:
    assert "id" in faults(data_keys=keys)["data_keys"]


def test_a_weak_key_after_a_strong_one_is_refused() -> None:
    strong = fresh_secrets()["DATA_KEYS"]
    assert "key k2 has 5 characters" in faults(data_keys=f"{strong},k2:short")["data_keys"]


@pytest.mark.parametrize(
    "url",
    ["https://lx.example.gov.cn/app", "https://lx.example.gov.cn/?a=1", "https://lx.example.gov.cn/#x", "lx.example.gov.cn", ""],
)
def test_a_public_address_is_a_scheme_and_a_host(url: str) -> None:
    assert set(faults(public_url=url)) == {"public_url"}


@pytest.mark.parametrize("url", ["mysql://u@h/x", "oracle://h/x", "sqlite://", "lx.db", ""])
@pytest.mark.parametrize("name", ["database_url", "database_read_url"])
def test_another_database_is_refused(name: str, url: str) -> None:
    assert faults(**{name: url}) == {name: "Value error, must begin with sqlite:/// or postgresql://"}


@pytest.mark.parametrize(
    "changes",
    [
        {"timezone": "Mars/Olympus"},
        {"timezone": ""},
        {"timezone": "../x"},
        {"timezone": "Asia"},
        {"workers": 0},
        {"card_years": 11},
        {"trusted_proxies": "not-a-network"},
    ],
    ids=str,
)
def test_a_setting_out_of_range_is_refused_by_its_name(changes: dict[str, Any]) -> None:
    assert set(faults(**changes)) == set(changes)


def test_a_secret_is_never_shown() -> None:
    values = {name.lower(): value for name, value in fresh_secrets().items()}
    shown = make(**values)
    for text in (repr(shown), str(shown), shown.model_dump_json(), repr(build(shown))):
        for value in values.values():
            assert value not in text and value.removeprefix("k1:") not in text


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        setattr(make(), "workers", 2)  # noqa: B010


def test_fresh_secrets_are_accepted_and_differ_each_time() -> None:
    first, second = fresh_secrets(), fresh_secrets()
    assert {name.lower() for name in first} == set(SECRETS)
    assert len({*first.values(), *second.values()}) == 8
    assert make().base_url == "https://lx.example.gov.cn"


def test_a_fresh_secret_that_happens_to_look_like_a_placeholder_is_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    good = "Zq8wT5nB2kLd9fGh3jYuTrWqPmVcXsEa7oIi6R-N4_bKlQ3t"
    drawn = iter(["A0000" + good[5:], "bXxXx" + good[5:], good, *[good[number:] + good[:number] for number in (1, 2, 3)]])
    monkeypatch.setattr(secrets, "token_urlsafe", lambda size: next(drawn))
    assert fresh_secrets()["TOKEN_SECRET"] == good


def test_of_two_data_keys_the_first_seals_and_both_open() -> None:
    old = fresh_secrets()["DATA_KEYS"]
    new = fresh_secrets()["DATA_KEYS"].replace("k1:", "k2:")
    digest = fresh_secrets()["DIGEST_KEY"]
    before, turned, after = (build(make(data_keys=keys, digest_key=digest)).cipher for keys in (old, f"{new},{old}", new))
    sealed = before.seal_text("13800138000", PLACE)
    assert turned.open_text(sealed, PLACE) == "13800138000"
    assert not turned.is_current(sealed)
    anew = turned.seal_text("13800138000", PLACE)
    assert turned.is_current(anew)
    assert after.open_text(anew, PLACE) == "13800138000"
    with pytest.raises(CannotOpen):
        after.open_text(sealed, PLACE)
    assert before.digest("mobile", "1") == after.digest("mobile", "1")
    assert isinstance(turned, AesGcmCipher)


def test_each_purpose_has_a_key_of_its_own() -> None:
    secret = SecretStr(fresh_secrets()["TOKEN_SECRET"])
    keys = [derive(secret, purpose) for purpose in ("token", "cursor", "data", "digest", "status", "audit")]
    assert len(set(keys)) == len(keys)
    assert {len(key) for key in keys} == {32}
    assert derive(secret, "token") == keys[0]
    assert derive(SecretStr(fresh_secrets()["TOKEN_SECRET"]), "token") != keys[0]


def test_the_keys_of_a_house_all_differ() -> None:
    one = fresh_secrets()["TOKEN_SECRET"]
    house = build(make(token_secret=one, digest_key=one, audit_key=one, data_keys=f"k1:{one}"))
    keys = [house.cursor_key, house.status_key, house.audit_key, *house.settings.sealing_keys().values()]
    assert len(set(keys)) == len(keys)


def test_settings_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {**fresh_secrets(), "DATABASE_URL": "sqlite:////nonexistent/x.db", "PUBLIC_URL": "https://lx.example.gov.cn/"}
    for name, value in {**values, "TRUSTED_PROXIES": "10.0.0.0/8, 127.0.0.1"}.items():
        monkeypatch.setenv(name, value)
    read = Settings(_env_file=None)
    assert read.base_url == "https://lx.example.gov.cn"
    assert read.trusted_proxies == (ip_network("10.0.0.0/8"), ip_network("127.0.0.1"))
    assert read.token_secret.get_secret_value() == values["TOKEN_SECRET"]
