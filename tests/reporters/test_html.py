"""The HTML report as a text: it says what is so, holds all that it needs, and no name in it becomes markup."""

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

import pytest

from costguard.model.report import Report
from costguard.reporters.html import render
from tests.reporters import sample

EXECUTABLE = {"script", "iframe", "object", "embed", "img", "form", "base", "audio", "video", "frame"}


class Tags(HTMLParser):
    """Every start tag of a page with its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_the_same_report_gives_the_same_bytes() -> None:
    report = sample.report()
    turned = report.model_copy(update={"by_rule": dict(reversed(list(report.by_rule.items())))})
    assert render(turned) == render(report) == render(sample.report())


def test_the_policy_allows_the_one_style_and_the_one_script_of_the_page() -> None:
    page = render(sample.hostile())
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    expected = "default-src 'none'; style-src '{}'; script-src '{}'; img-src data:; base-uri 'none'; form-action 'none'"
    found = [re.findall(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL) for tag in ("style", "script")]
    assert [len(each) for each in found] == [1, 1]
    hashes = [f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}" for (text,) in found]
    assert policy[1].replace("&#39;", "'") == expected.format(*hashes)
    assert page.index("Content-Security-Policy") < page.index("<style>") < page.index("<script>")


@pytest.mark.parametrize("url", [None, "https://app.datadoghq.com/\"onmouseover='window.__x=1'"])
def test_no_name_becomes_a_tag_an_attribute_or_a_template(url: str | None) -> None:
    page = render(sample.hostile(url=url))
    tags = Tags(page).tags
    assert [tag for tag, _ in tags if tag in EXECUTABLE] == ["script"]
    assert not [name for _, attributes in tags for name in attributes if name.startswith("on")]
    assert "{{ 7*7 }}" in page
    assert "49" not in re.findall(r"pre&gt;(.*?)&lt;!--", page)
    assert all(character.isprintable() or character in "\n\t" for character in page)


def test_nothing_is_loaded_from_anywhere() -> None:
    for tag, attributes in Tags(render(sample.hostile())).tags:
        assert "src" not in attributes
        assert tag == "a" or attributes.get("href") in (None, "data:,")


@pytest.mark.parametrize(
    ("url", "linked"),
    [
        ("https://app.datadoghq.eu/synthetics/details/abc", True),
        ("http://app.datadoghq.com/", False),
        ("javascript:alert(1)", False),
        ("JaVaScRiPt:alert(1)", False),
        ("data:text/html,x", False),
        ("//evil.example/", False),
        ("https:///no-host", False),
        ("https://[broken", False),
        ("https://app.datadoghq.com/\u202egnp", False),
        ("", False),
    ],
)
def test_only_https_addresses_are_links(url: str, linked: bool) -> None:
    links = [attributes for tag, attributes in Tags(render(sample.hostile("", url=url))).tags if tag == "a"]
    outside = [each for each in links if not (each["href"] or "").startswith("#")]
    assert bool(outside) is linked
    assert all(each == {"href": url, "rel": "noreferrer"} for each in outside)


@pytest.mark.parametrize(
    ("report", "says", "never"),
    [
        (sample.report(findings=False, gaps="none"), "Nothing found: 9 rules ran", "Incomplete"),
        (
            sample.report(findings=False, gaps="none").model_copy(update={"rules_run": ()}),
            "No rule ran, so nothing was looked for.",
            "Nothing found",
        ),
        (sample.report(findings=False), "this says nothing about what was not seen", "Nothing found"),
        (sample.report(), "Of $95,340 billed in October 2026, $12,764 a month could stop now", "Nothing found"),
        (sample.unpriced(), "5 findings; what they are worth is not known.", "$0"),
        (
            sample.money(),
            "more at renewal; beyond that, $1,104 could be saved by changing commitments at renewal.",
            "Nothing found",
        ),
        (
            sample.money(waste=False),
            "4 findings; $1,104 could be saved by changing commitments at renewal.",
            "what they are worth is not known",
        ),
        (sample.report(bill=False), "$12,764 a month could stop now and $2,316 more at renewal.", "Nothing found"),
    ],
)
def test_it_says_what_is_so(report: Report, says: str, never: str) -> None:
    page = re.sub(
        r"<style>.*?</style>|<script>.*?</script>|<dl class=\"guide\">.*?</dl>", "", render(report), flags=re.DOTALL
    )
    assert says in page
    assert never not in page


def test_thousands_of_findings_stay_small() -> None:
    small, large = render(sample.large(100)), render(sample.large(200))
    assert (len(large) - len(small)) / 100 < 2_500
