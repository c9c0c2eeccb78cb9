import re
from base64 import b64encode
from hashlib import sha256
from html import unescape
from html.parser import HTMLParser
from itertools import product

import pytest
from markupsafe import Markup
from msgspec.structs import replace

from api.codes.reading import grouped
from api.complaints.page import Entered, report_page
from api.complaints.rules import TooManyComplaints
from api.errors import Text
from api.language import Language
from api.pages.imprint import Imprint
from api.pages.render import CONTENT_SECURITY_POLICY, STYLE, STYLES, dialled, problem_page
from api.pages.words import LABELS as SHARED
from api.profiles.sections import PostEntry, ProgressEntry
from api.profiles.words import PARTY_POSTS
from api.verification.page import LONGEST_TYPED, card_page, type_code_page
from api.verification.rules import Reason
from api.verification.words import ANSWERS, ANSWERS_OF_PLATES, LABELS
from models.enums import OrganizationKind, PartyPost, PlateKind, ScanOutcome
from tests.pages.looking import OWED, PAGES, links, shown
from tests.pages.specimens import BRANCH, CODE, IMPRINT, LONG_BRANCH, LONG_NAME, LONG_TOWN, PHONE, SHANGHAI, asked
from tests.profiles.lines import PLEDGES
from tests.verification.specimens import OUTCOMES, UNKNOWN, page, scan_answer

EVERY_PAGE = pytest.mark.parametrize("name", PAGES)
EVERY_REASON = pytest.mark.parametrize("reason", OUTCOMES)
BOTH_LANGUAGES = pytest.mark.parametrize("language", Language)

HEADINGS = {
    Reason.card_valid: ("有效", "Valid"),
    Reason.card_suspended: ("暂停", "Suspended"),
    Reason.card_revoked: ("已注销", "Cancelled"),
    Reason.plate_withdrawn: ("已注销", "Cancelled"),
    Reason.card_expired: ("已过期", "Expired"),
    Reason.card_transferred: ("已转出", "Transferred"),
    Reason.code_too_old: ("请对方刷新二维码", "Ask for a fresh code"),
    Reason.clock_behind: ("请过一分钟再扫", "Scan again soon"),
    Reason.code_unknown: ("查无此码", "No such code"),
}


def heading(html: str) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", html)
    assert found
    return Markup(found[1]).striptags()


class Elements(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@EVERY_REASON
@BOTH_LANGUAGES
def test_the_heading_and_the_title_are_the_answer(reason: Reason, language: Language) -> None:
    html = page(scan_answer(reason), language)
    wanted = HEADINGS[reason][language is Language.en]
    assert heading(html) == wanted
    assert f"<title>{wanted} - " in html


@EVERY_REASON
@BOTH_LANGUAGES
def test_the_band_has_a_sign_a_tone_the_time_and_who_issued_the_card(reason: Reason, language: Language) -> None:
    html = page(scan_answer(reason), language)
    band = html[html.index('<section class="answer') : html.index("</section>")]
    assert f'class="answer {ANSWERS[reason].tone}"' in band
    assert '<svg class="sign"' in band
    assert '<time datetime="2026-11-23T17:41:14+08:00">' in band
    moment = "23\N{NO-BREAK SPACE}Nov\N{NO-BREAK SPACE}2026, 17:41:14" if language is Language.en else "2026年11月23日 17:41:14"
    assert f">{moment}</time>" in band
    assert (BRANCH in band) is (reason is not Reason.code_unknown)


def test_no_two_outcomes_share_both_sign_and_tone() -> None:
    looks = {OUTCOMES[reason]: (words.tone, words.sign, words.heading) for reason, words in ANSWERS.items()}
    assert len({look[1:] for look in looks.values()}) == len(looks)
    good = [reason for reason, words in ANSWERS.items() if words.tone == "good" or words.sign == "check"]
    assert good == [Reason.card_valid]


@EVERY_REASON
@BOTH_LANGUAGES
def test_beside_each_bad_answer_stands_what_to_do_next(reason: Reason, language: Language) -> None:
    moved_to = LONG_BRANCH if reason is Reason.card_transferred else None
    text = shown(page(scan_answer(reason, moved_to=moved_to), language))
    who = {Language.zh: "支部", Language.en: "the branch"}[language]
    advice = [sentence[language is Language.en].format(who=who) for sentence in ANSWERS[reason].advice]
    assert bool(advice) is (reason is not Reason.card_valid)
    assert all(sentence in text for sentence in advice)


@BOTH_LANGUAGES
def test_a_valid_card_shows_name_branch_and_posts(language: Language) -> None:
    posts: tuple[PostEntry, ...] = ({"post": "deputy_secretary"}, {"post": "discipline_commissioner"})
    text = shown(page(scan_answer(Reason.card_valid, name=LONG_NAME, branch=LONG_BRANCH, posts=posts), language))
    assert LONG_NAME in text
    assert text.count(LONG_BRANCH) == 1
    joined = "Deputy secretary, Discipline inspection commissioner" if language is Language.en else "副书记、纪检委员"
    assert joined in text
    assert LABELS["compare"][language is Language.en] in text


def test_an_ordinary_member_has_no_line_for_a_post() -> None:
    assert LABELS["posts"].zh not in shown(page(scan_answer(Reason.card_valid, posts=())))
    assert LABELS["posts"].zh in shown(page(scan_answer(Reason.card_valid)))


def test_the_stars_of_a_masked_name_are_explained() -> None:
    assert LABELS["masked"].zh in shown(page(scan_answer(Reason.card_valid, name="王**")))
    assert LABELS["masked"].zh not in shown(page(scan_answer(Reason.card_valid)))


@EVERY_REASON
def test_only_a_valid_card_asks_for_the_name_to_be_compared(reason: Reason) -> None:
    assert (LABELS["compare"].zh in page(scan_answer(reason))) is (reason is Reason.card_valid)


def test_each_answer_and_each_post_has_its_words() -> None:
    assert set(PARTY_POSTS) == set(PartyPost)
    assert set(ANSWERS) == set(OUTCOMES)
    assert set(OUTCOMES.values()) == set(ScanOutcome)


@EVERY_PAGE
@BOTH_LANGUAGES
def test_no_page_speaks_as_engineers_do(name: str, language: Language) -> None:
    said = shown(PAGES[name](language, False)).lower()
    assert [word for word in ("token", "signature", "404", "jws", "签名", "令牌") if word in said] == []


@pytest.mark.parametrize("nasty", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7+7 }}", "a·<b>·c"])
def test_what_others_wrote_is_shown_and_never_obeyed(nasty: str) -> None:
    plain = [tag for tag, _ in Elements(page(scan_answer(Reason.card_valid))).found if tag not in ("wbr", "span")]
    answer = scan_answer(Reason.card_valid, name=nasty, branch=nasty, phone=f"0574{nasty}")
    html = page(answer, code=nasty)
    tags = [tag for tag, _ in Elements(html).found if tag not in ("wbr", "span")]
    assert tags == plain
    assert nasty in unescape(html.replace("<wbr>", ""))

    def entry(words: str) -> str:
        return type_code_page(asked(Language.zh), problem=Text(words, words), typed=words)

    assert [tag for tag, _ in Elements(entry(nasty)).found] == [tag for tag, _ in Elements(entry("x")).found]
    assert unescape(entry(nasty)).count(nasty) == 2


def test_the_code_of_an_address_stands_in_no_words() -> None:
    invitation = "请拨打13800000000领奖"
    html = page(scan_answer(Reason.code_unknown), code=invitation)
    assert invitation not in unescape(html)
    assert "13800000000" not in shown(html)


@EVERY_PAGE
@BOTH_LANGUAGES
def test_a_page_is_small_names_no_host_and_runs_no_script(name: str, language: Language) -> None:
    html = PAGES[name](language, True)
    assert len(html.encode()) < OWED, "a page is owed under 30 KB with everything that it brings"
    assert not re.search(r"https?:|//\w|<script|javascript:|@import|url\(|\son\w+=|\sstyle=", html, re.IGNORECASE)


@EVERY_PAGE
@BOTH_LANGUAGES
def test_the_title_of_a_page_says_what_its_heading_says(name: str, language: Language) -> None:
    html = PAGES[name](language, False)
    title = unescape(html[html.index("<title>") : html.index("</title>")]).replace(": ", "：").replace(" ", "")
    said = unescape(heading(html)).replace(": ", "：").replace(" ", "")
    assert said[:20].rstrip("：") in title.replace("：", "") or said[:20] in title


@EVERY_PAGE
def test_every_picture_says_what_it_is_and_how_large_and_leads_nowhere_but_to_a_page(name: str) -> None:
    html = PAGES[name](Language.zh, False)
    for tag, attributes in Elements(html).found:
        if tag == "img":
            assert attributes["alt"] and int(attributes["width"] or 0) and int(attributes["height"] or 0)
        assert tag != "a" or not re.search("/pictures/|/photo", attributes.get("href") or "")


@EVERY_PAGE
def test_the_language_of_the_page_is_declared(name: str) -> None:
    assert '<html lang="zh-CN">' in PAGES[name](Language.zh, False)
    assert '<html lang="en">' in PAGES[name](Language.en, False)
    assert '<html lang="en" class="large">' in PAGES[name](Language.en, True)


def test_the_choices_are_kept_in_the_links() -> None:
    html = page(scan_answer(Reason.card_valid), Language.en, large=True)
    assert links(html) == [
        f"/C/{CODE}?lang=zh&large=1",
        f"/C/{CODE}?lang=en",
        "tel:057488001234",
        "/?lang=en&large=1#true-or-false",
        f"/C/{CODE}/report?lang=en&large=1",
        "/C?lang=en&large=1",
        "tel:12371",
    ]
    html = page(scan_answer(Reason.code_unknown), Language.zh)
    assert links(html) == [
        f"/C/{CODE}?lang=en",
        f"/C/{CODE}?lang=zh&large=1",
        "tel:057488000000",
        f"/C/{CODE}/report?lang=zh",
        "/?lang=zh",
        "tel:12371",
    ]


def test_without_a_code_the_links_lead_back_to_the_same_address() -> None:
    assert links(page(scan_answer(Reason.code_unknown), code=None))[:2] == ["?lang=en", "?lang=zh&large=1"]


@pytest.mark.parametrize("code", ["../../v1/x", "a?b=c#d", "//foreign.example", "a b"])
def test_a_strange_code_cannot_lead_a_link_elsewhere(code: str) -> None:
    for link in links(page(scan_answer(Reason.code_unknown), code=code)):
        assert re.fullmatch(r"/(C(/[\w.%-]+(/report)?)?)?\?lang=(zh|en)(&large=1)?|tel:\d+", link)


def test_the_telephone_is_offered_only_where_there_is_one() -> None:
    assert f"打电话问支部 {PHONE}" in shown(page(scan_answer(Reason.card_revoked)))
    silent = page(scan_answer(Reason.card_revoked, phone=None))
    silent = silent[: silent.index("<footer")]
    assert "tel:" not in silent
    assert "电话" not in shown(silent)


def test_of_an_unknown_code_the_district_can_be_asked() -> None:
    html = page(scan_answer(Reason.code_unknown))
    assert f"{SHARED['call_district'].zh} {IMPRINT.district_phone}" in shown(html)
    assert LABELS["doubt_phone"].zh.format(who="区里") in html


@BOTH_LANGUAGES
def test_the_telephone_of_a_level_above_is_called_by_whose_it_is(language: Language) -> None:
    suspended = page(scan_answer(Reason.card_suspended, service_phone_of=LONG_TOWN), language)
    for html in (PAGES["long_names"](language, False), PAGES["receipt"](language, False), suspended):
        text = shown(html)
        assert f"{SHARED['call_above'][language is Language.en].strip()} {LONG_TOWN}" in text
        assert "打电话问支部" not in text and "all the branch" not in text


@BOTH_LANGUAGES
@pytest.mark.parametrize("kind", OrganizationKind)
def test_a_page_calls_whoever_issued_the_card_a_branch_only_where_it_is_one(kind: OrganizationKind, language: Language) -> None:
    branches = {OrganizationKind.branch, OrganizationKind.joint_branch}
    word = {Language.zh: "支部", Language.en: r"(?<!general )\bbranch\b"}[language]
    for reason, plate_kind in [*product(OUTCOMES, [None]), *product(ANSWERS_OF_PLATES, [PlateKind.desk_plate])]:
        answer = scan_answer(reason, branch="甲", plate_kind=plate_kind, issuer_kind=kind, moved_to="乙")
        whole = page(answer, language)
        html = whole[whole.index("<main>") : whole.index("<footer")]
        calls = reason is not Reason.code_unknown and kind in branches
        assert bool(re.search(word, html)) is calls, (reason, plate_kind, shown("<body>" + html))


@BOTH_LANGUAGES
def test_a_transferred_card_says_whose_telephone_it_gives(language: Language) -> None:
    called = {Language.zh: f"打电话问原支部： {BRANCH} {PHONE}", Language.en: f"Call the former branch: {BRANCH} {PHONE}"}[language]
    for moved_to in (None, LONG_BRANCH):
        answer = scan_answer(Reason.card_transferred, moved_to=moved_to)
        assert called in shown(page(answer, language))
        assert called in shown(report_page(answer, Entered("k" * 22), asked(language), code=CODE))


@EVERY_PAGE
def test_every_page_leads_on_every_link_leads_somewhere_and_every_telephone_can_be_dialled_and_has_a_name(name: str) -> None:
    html = PAGES[name](Language.zh, False)
    elements = Elements(html).found
    assert all(attributes.get("href") for tag, attributes in elements if tag == "a")
    main = html[html.index("<main>") :]
    assert re.search(r'(href|action)="/(\?|C)', main), "a dead end: lead on by way(home_link, words.home) of pages/parts.html"
    for attributes, said in re.findall(r'<a ([^>]*href="tel:[^"]*"[^>]*)>(.*?)</a>', main):
        assert "aria-label=" in attributes or re.search("[一-鿿]", re.sub("<[^>]+>", "", said))
    assert f"tel:{IMPRINT.sponsor_phone}" in links(html)


@BOTH_LANGUAGES
def test_an_unknown_code_is_shown_and_stands_in_the_box_to_be_mended_if_it_looks_like_one(language: Language) -> None:
    html, code = PAGES["code_unknown"](language, False), grouped(UNKNOWN)
    assert f'<strong class="code">{code}</strong>' in html and f'value="{code}"' in html
    assert 'value="x"' in page(scan_answer(Reason.code_unknown), language, code="x")
    assert 'value=""' in page(scan_answer(Reason.code_unknown), language, code="x y")


@BOTH_LANGUAGES
def test_a_living_code_keeps_the_advice_on_copies_behind_one_link(language: Language) -> None:
    living, printed = PAGES["photo"](language, False), PAGES["plate"](language, False)
    for html, count in ((living, 1), (printed, 0)):
        assert len([one for one in links(html) if one.endswith("#true-or-false")]) == count
        assert (LABELS["copied"][language is Language.en] in html) is not bool(count)
    assert 'id="true-or-false"' in PAGES["home"](language, False)


@BOTH_LANGUAGES
@pytest.mark.parametrize(
    ("reason", "label"),
    [
        (Reason.card_valid, "report"),
        (Reason.card_suspended, "report_in_use"),
        (Reason.code_too_old, "report_in_use"),
        (Reason.code_unknown, "report_unknown"),
    ],
)
def test_the_form_for_a_report_is_called_as_the_link_to_it_and_asks_of_a_person_only_where_one_is_shown(
    reason: Reason, label: str, language: Language
) -> None:
    html = report_page(scan_answer(reason), Entered("k" * 22), asked(language), code=CODE)
    assert f">{SHARED[label][language is Language.en]}</span></a>" in page(scan_answer(reason), language)
    assert heading(html) == SHARED[label][language is Language.en]
    assert ('value="not_the_person"' in html) is (label == "report")


@BOTH_LANGUAGES
def test_who_may_report_no_more_today_reads_one_sentence_that_says_when(language: Language) -> None:
    text = shown(PAGES["report_too_many"](language, False))
    assert TooManyComplaints.text[language is Language.en] in text
    assert "小时" not in text and "hour" not in text.lower()


@BOTH_LANGUAGES
def test_a_printed_receipt_tells_where_it_can_be_read_again_and_who_looks_into_it(language: Language) -> None:
    html = PAGES["receipt"](language, False)
    paper = shown("<body>" + html[html.index('<p class="paper" hidden>') : html.index("</main>")])
    assert f"{IMPRINT.site}/R/7K2MW9XQ" in paper
    assert LONG_BRANCH in shown(html)


@BOTH_LANGUAGES
@EVERY_PAGE
def test_every_page_says_at_its_head_and_foot_who_runs_it(name: str, language: Language) -> None:
    html = PAGES[name](language, False)
    head, foot = html[html.index("<header") : html.index("</header>")], html[html.index("<footer") : html.index("</footer>")]
    assert str(IMPRINT.district) in head
    for said in (IMPRINT.sponsor, IMPRINT.sponsor_phone, IMPRINT.sponsor_address, IMPRINT.filing_number, IMPRINT.site):
        assert str(said) in re.sub(r"<wbr>|</?span[^>]*>", "", foot)


@BOTH_LANGUAGES
@EVERY_PAGE
def test_every_page_says_at_its_foot_what_no_member_asks_for(name: str, language: Language) -> None:
    html = PAGES[name](language, False)
    foot = html[html.index("<footer") :]
    assert SHARED["assurance"][language is Language.en] in foot
    assert (SHARED["explained"].en in foot) == (language is Language.en)


def test_a_page_of_an_installation_that_says_little_has_no_empty_lines() -> None:
    html = type_code_page(asked(imprint=Imprint(site="lx.example.gov.cn")), problem=None)
    assert "<dd>None" not in html and "<dd></dd>" not in html
    assert shown(html).count("lx.example.gov.cn") == 1
    assert f"<p><span>{SHARED['service'].zh}</span></p>" in html


@pytest.mark.parametrize("printed", [False, True])
@BOTH_LANGUAGES
def test_who_has_left_has_no_new_branch_to_show_a_card_of(language: Language, printed: bool) -> None:
    kind = PlateKind.desk_plate if printed else None
    left = shown(page(scan_answer(Reason.card_transferred, plate_kind=kind), language))
    moved = shown(page(scan_answer(Reason.card_transferred, plate_kind=kind, moved_to=LONG_BRANCH), language))
    gone = {
        (Language.zh, False): "持卡人已不在这个支部",
        (Language.zh, True): "持牌人已不在这个支部",
        (Language.en, False): "The holder has left the branch; this card",
        (Language.en, True): "The holder has left the branch; this plate",
    }[language, printed]
    assert gone in left
    assert LONG_BRANCH in moved and gone not in moved
    for word in ("新发的卡", "别的党组织", "another Party organisation", "new card"):
        assert word not in left


@pytest.mark.parametrize(
    ("written", "digits"),
    [
        ("0574-8800 1234", "057488001234"),
        ("(0574) 88001234", "057488001234"),
        ("（0574）8800－1234", "057488001234"),
        ("+86 574 8800 1234", "+8657488001234"),
        ("0574-88001234 转 8021", "057488001234"),
        ("0574-88001234、88001235", "057488001234"),
        ("支部电话：12345", "12345"),
        ("请到村委会", None),
        ("()", None),
        ("", None),
    ],
)
def test_only_the_first_number_is_dialled(written: str, digits: str | None) -> None:
    assert dialled(written) == digits


def test_a_telephone_without_digits_is_shown_and_not_dialled() -> None:
    html = page(scan_answer(Reason.card_revoked, phone="请到村委会"))
    assert "请到村委会" in shown(html)
    assert "tel:" not in html[: html.index("<footer")]


def test_the_time_is_the_district_s() -> None:
    answer = scan_answer(Reason.code_unknown)
    answer = replace(answer, verified_at=answer.verified_at.replace(hour=16))
    html = card_page(answer, asked(), code=None, timezone=SHANGHAI).decode()
    assert "2026年11月24日 00:41:14" in html


@BOTH_LANGUAGES
def test_the_typing_page_posts_the_code_so_that_no_address_holds_it(language: Language) -> None:
    elements = Elements(type_code_page(asked(language, large=True), problem=None)).found
    (form,) = [attributes for tag, attributes in elements if tag == "form"]
    assert form == {"method": "post", "action": f"/C?lang={language}&large=1"}
    (field,) = [attributes for tag, attributes in elements if tag == "input"]
    assert field["name"] == "code"
    assert field["autocomplete"] == "off"
    assert field["autocapitalize"] == "characters"
    assert [attributes["for"] for tag, attributes in elements if tag == "label"] == [field["id"]]
    assert "aria-invalid" not in field


def test_what_was_typed_stands_there_again_with_what_is_wrong_about_it() -> None:
    html = type_code_page(asked(Language.en), problem=Text("不对", "Not right"), typed="b7k2m" + "x" * 500)
    elements = Elements(html).found
    (field,) = [attributes for tag, attributes in elements if tag == "input"]
    assert field["value"] == ("b7k2m" + "x" * 500)[:LONGEST_TYPED]
    assert field["aria-invalid"] == "true"
    described = (field["aria-describedby"] or "").split()
    assert described[0] == "fault"
    assert set(described) <= {attributes.get("id") for _, attributes in elements}
    assert "Not right" in shown(html)


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [
        (1, "请等 1 秒。", "Please wait 1 sec."),
        (59, "请等 59 秒。", "Please wait 59 sec."),
        (60, "请等 1 分钟。", "Please wait 1 min."),
        (61, "请等 2 分钟。", "Please wait 2 min."),
    ],
)
def test_a_problem_tells_how_long_to_wait(seconds: int, zh: str, en: str) -> None:
    busy = Text("系统繁忙。", "Busy.")
    assert f"系统繁忙。 {zh}" in shown(problem_page(busy, asked(Language.zh), retry_after=seconds))
    assert f"Busy. {en}" in shown(problem_page(busy, asked(Language.en), retry_after=seconds))


def test_a_problem_of_unknown_length_names_no_time() -> None:
    text = shown(problem_page(Text("系统繁忙。", "Busy."), asked(Language.zh)))
    assert "系统繁忙。" in text
    assert "请等" not in text


def test_nobody_is_asked_to_wait_for_more_than_an_hour() -> None:
    for seconds, is_asked in ((3600, True), (3601, False)):
        text = shown(problem_page(Text("太多。", "Too many."), asked(Language.zh), retry_after=seconds))
        assert ("请等 60 分钟。" in text) == ("再试一次" in text) == is_asked


def test_a_problem_says_nothing_about_the_card() -> None:
    html = problem_page(Text("系统繁忙。", "Busy."), asked(Language.zh))
    assert SHARED["problem_meaning"].zh in html
    assert "good" not in html[html.index("<body>") :]


@EVERY_PAGE
def test_the_policy_admits_exactly_the_style_that_is_on_the_page(name: str) -> None:
    styles = re.findall(r"<style>(.*?)</style>", PAGES[name](Language.zh, False), re.DOTALL)
    assert styles[0] == STYLE and set(styles[1:]) <= set(STYLES.values())
    hashes = [f"'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'" for style in (STYLE, *STYLES.values())]
    assert f"style-src {' '.join(hashes)};" in CONTENT_SECURITY_POLICY
    assert "script-src" not in CONTENT_SECURITY_POLICY
    assert CONTENT_SECURITY_POLICY.startswith("default-src 'none';")


@BOTH_LANGUAGES
def test_the_page_of_one_card_holds_nothing_of_another_that_was_drawn_before(language: Language) -> None:
    first = scan_answer(Reason.card_valid, name="王秀兰", photo_key="portrait/1")
    second = scan_answer(Reason.card_valid, name='<b>"·&\ue000name\ue001', branch="<i>", phone="0574<", photo_key="portrait/2")
    page(first, language, code="B7K2M4QXTD9WHR3")
    html = page(second, language, code="D7K2M9Q4R8T3V6X")
    for foreign in ("王秀兰", BRANCH, PHONE, "B7K2M4QXTD9WHR3", "portrait", "<b>", "<i>", "0574<"):
        assert foreign not in html[html.index("<main>") :].replace('<b><span class="phone">0574</span>&lt;</b>', "")
    assert "&lt;b&gt;&#34;·<wbr>&amp;\ue000name\ue001" in html
    assert html.count("D7K2M9Q4R8T3V6X") == 4


def test_a_card_shows_three_pledges_with_their_day_how_far_they_are_and_where_to_rate_them_and_leads_on_to_all() -> None:
    html = PAGES["pledged"](Language.zh, False)
    text = shown(html)
    assert "2026年12月20日前 · 完成 60%" in text and "2026年11月18日： 给王阿婆家装好了。" in text
    assert "已逾期：原定2026年9月30日前" in text and "已兑现，2026年9月3日" in text
    assert "未兑现" not in text
    leading = [link for link in links(html) if "/pledges/" in link or "/wall" in link]
    assert leading == [f"/C/{CODE}/pledges/{line.id}?lang=zh#rate" for line in PLEDGES[:3]] + [f"/C/{CODE}/wall?lang=zh"]
    assert [line["width"] for _, line in Elements(html).found if str(line.get("width")).endswith("%")] == [
        "60%", "100%", "0%", "100%",
    ]  # fmt: skip


def test_what_has_become_of_a_pledge_is_said_with_the_reason() -> None:
    text = shown(PAGES["pledges_settled"](Language.zh, False))
    assert "未兑现，2026年8月31日 原因： 材料涨价，改到明年再做。" in text
    assert "已兑现，组织已评定" in text and "已免责" in text


def test_what_somebody_pledged_stands_on_a_page_as_text_and_not_as_html() -> None:
    line = replace(PLEDGES[0], content="<b>&\ue000name\ue001\0", last_progress=ProgressEntry("2026-11-18", "<i>"))
    html = page(scan_answer(Reason.card_valid, pledges=(line,)))
    assert "&lt;b&gt;&amp;" in html and "&lt;i&gt;" in html and "<i>" not in html
