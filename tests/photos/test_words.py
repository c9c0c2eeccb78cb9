"""What a member agrees to is told whole, in both languages, and never changes behind his back."""

from dataclasses import asdict
from hashlib import sha256

import pytest

from api.photos.rules import ConsentTextOutdated, check_version
from api.photos.words import TEXTS, ConsentText, current
from models.enums import ConsentKind

PUBLISHED = {"photo-1": "95d6d238500ce332"}
EVERY = [text for texts in TEXTS.values() for text in texts]
PARTS = ("handler", "what", "purpose", "seen_by", "kept", "voluntary", "withdraw")


def digest(text: ConsentText) -> str:
    return sha256(repr(sorted(asdict(text).items())).encode()).hexdigest()[:16]


def test_every_kind_of_consent_has_its_words() -> None:
    assert set(TEXTS) == set(ConsentKind)
    for kind in ConsentKind:
        assert current(kind) is TEXTS[kind][-1]
    versions = [text.version for text in EVERY]
    assert len(set(versions)) == len(versions) and all(len(version) <= 20 for version in versions)


@pytest.mark.parametrize("text", EVERY, ids=lambda text: text.version)
def test_each_part_that_the_law_demands_is_told_in_both_languages(text: ConsentText) -> None:
    for name in PARTS:
        part = getattr(text, name)
        assert part.zh.endswith("。") and part.en.endswith("."), name
        assert any("\u4e00" <= character <= "\u9fff" for character in part.zh)
        assert part.en.isascii()
    assert "敏感个人信息" in text.what.zh and "撤回" in text.withdraw.zh and "自愿" in text.voluntary.zh


def test_words_that_somebody_may_have_agreed_to_are_never_changed() -> None:
    assert {text.version: digest(text) for text in EVERY} == PUBLISHED


def test_agreeing_to_an_older_text_is_refused_and_the_newest_is_named() -> None:
    check_version("photo-2", "photo-2")
    with pytest.raises(ConsentTextOutdated) as refused:
        check_version("photo-1", "photo-2")
    assert refused.value.members == {"current_version": "photo-2"}
