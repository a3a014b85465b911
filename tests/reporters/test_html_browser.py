"""The HTML report in a real browser: complete without JavaScript, better with it, and inert whatever names it holds."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from costguard.model.report import Report
from costguard.reporters.html import render
from costguard.safetext import visible
from tests.browsing import Window
from tests.reporters import sample

pytestmark = pytest.mark.browser

CONTRAST = Path(__file__).parent / "contrast.js"


class Visit(Window):
    """A window that shows reports."""

    def open(self, report: Report, folder: Path) -> Page:
        """Show the report from a file."""
        file = folder / "report.html"
        file.write_text(render(report), "utf-8")
        return self.show(file)


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """A browser window."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    yield Visit(context.new_page())
    context.close()


@pytest.fixture
def scriptless(browser: Browser) -> Iterator[Visit]:
    """A browser window in which JavaScript is off."""
    context = browser.new_context(java_script_enabled=False, viewport={"width": 420, "height": 900})
    yield Visit(context.new_page())
    context.close()


@pytest.mark.parametrize("report", [sample.report(), sample.unpriced(), sample.report(findings=False)])
def test_the_page_is_quiet(visit: Visit, tmp_path: Path, report: Report) -> None:
    visit.open(report, tmp_path)
    assert visit.complaints == []
    assert visit.quiet


@pytest.mark.parametrize("url", [None, "javascript:window.__x=1", 'https://a.example/"onmouseover="window.__x=1'])
def test_a_hostile_report_does_nothing(visit: Visit, tmp_path: Path, url: str | None) -> None:
    page = visit.open(sample.hostile(url=url), tmp_path)
    page.locator("#expand").click()
    page.locator("#findings th").nth(8).hover()
    page.locator("#search").fill(sample.HOSTILE.splitlines()[0])
    page.locator("select").first.select_option(index=1)
    assert page.evaluate("() => window.__x") is None
    assert visit.complaints == []
    assert visit.quiet
    assert page.locator("img, iframe, object").count() == 0
    assert f"{visible(sample.HOSTILE, lines=True)}Search results page" in (page.locator("main").text_content() or "")


def test_without_javascript_everything_can_be_read(scriptless: Visit, tmp_path: Path) -> None:
    report = sample.report()
    page = scriptless.open(report, tmp_path)
    assert page.locator("#controls").is_hidden()
    text = page.locator("main").text_content() or ""
    for each in report.findings:
        finding = each.finding
        fix = [finding.fix.ui, finding.fix.api, finding.fix.terraform] if finding.fix else []
        facts = [value for fact in finding.evidence for value in (fact.label, fact.value, fact.source)]
        working = each.saving.working if each.saving else ""
        for part in (finding.resource.name, finding.why, finding.do, working, each.title, *facts, *fix):
            assert part in text
    first = page.locator("#findings details").first
    body = first.locator(".body")
    assert body.is_hidden()
    first.locator("summary").click()
    assert body.is_visible()
    assert _names(page) == [each.finding.resource.name for each in report.findings]
    assert len(scriptless.requests) == 1


def test_on_paper_everything_is_unfolded_and_no_control_is_left(scriptless: Visit, tmp_path: Path) -> None:
    page = scriptless.open(sample.report(), tmp_path)
    page.emulate_media(media="print")
    assert page.locator("#findings .body").last.is_visible()
    assert page.locator("#bill ~ details table").is_visible()
    assert page.locator("#controls").is_hidden()


@pytest.mark.parametrize(
    ("column", "first", "last", "first_reversed"),
    [
        ("Saving now", "main/checkout/debug", "iOS checkout on three devices", "env:staging, 42 hosts"),
        ("At renewal", "env:staging, 42 hosts", "iOS checkout on three devices", "audit-long"),
        ("What", "[qa] Password reset", "Search results page", "Search results page"),
    ],
)
def test_columns_sort(visit: Visit, tmp_path: Path, column: str, first: str, last: str, first_reversed: str) -> None:
    page = visit.open(sample.report(), tmp_path)
    header = page.locator("#findings thead th").filter(has_text=column)
    header.get_by_role("button").click()
    assert header.get_attribute("aria-sort") == ("ascending" if column == "What" else "descending")
    assert page.locator("#findings [aria-sort]").count() == 1
    names = _names(page)
    assert names[0] == first
    unknown = [
        each.finding.resource.name for each in sample.report().findings if not (each.saving and each.saving.known)
    ]
    if column == "What":
        assert names[-1] == last
    else:
        assert sorted(names[-3:]) == sorted(unknown)
    header.get_by_role("button").press("Enter")
    assert _names(page)[0] == first_reversed
    if column != "What":
        assert sorted(_names(page)[-3:]) == sorted(unknown)


def test_filters_narrow_the_list_and_say_how_far(visit: Visit, tmp_path: Path) -> None:
    page = visit.open(sample.report(), tmp_path)
    shown = page.locator("#shown")
    assert shown.text_content() == "25 shown"
    page.get_by_label("Product").select_option("metrics")
    assert shown.text_content() == "7 of 25 shown"
    page.get_by_label("Organisation").select_option("acme-eu")
    assert _names(page) == ["kafka.consumer.lag.by_client", "redis.command.latency"]
    page.get_by_label("Product").select_option("")
    page.get_by_label("Organisation").select_option("")
    page.get_by_label("Confidence").select_option("low")
    assert shown.text_content() == "4 of 25 shown"
    page.get_by_label("Confidence").select_option("")
    # Words of the title and of the fix, which is folded away.
    page.get_by_label("Search").fill("NOBODY listens datadog_synthetics_test")
    page.get_by_text("4 of 25 shown").wait_for()
    page.get_by_label("Search").fill("no such thing")
    page.get_by_text("No finding matches these filters.").wait_for()
    assert _names(page) == []


def test_all_can_be_unfolded_at_once_and_fixes_copied(visit: Visit, tmp_path: Path) -> None:
    page = visit.open(sample.report(), tmp_path)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Expand all").click()
    assert page.locator("#findings details[open]").count() == 25
    page.locator("tbody", has_text="Search results page").get_by_role("button", name="Copy").first.click()
    page.get_by_role("button", name="Copied").wait_for()
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert copied == 'PUT /api/v1/synthetics/tests/abc-def-002/status\n{"new_status": "paused"}'
    page.get_by_role("button", name="Collapse all").click()
    assert page.locator("#findings details[open]").count() == 0


def test_a_link_to_a_finding_unfolds_it(visit: Visit, tmp_path: Path) -> None:
    page = visit.open(sample.report(), tmp_path)
    smaller = page.locator("tbody", has_text="Health of the old status page")
    smaller.locator("summary").click()
    smaller.get_by_role("link", name="Checkout login").click()
    larger = page.locator("tbody:target")
    assert "Checkout login (EU, every minute)" in (larger.locator("th").text_content() or "")
    larger.locator("details[open]").wait_for()


@pytest.mark.parametrize("width", [400, 800, 1400])
@pytest.mark.parametrize("report", [sample.report(), sample.hostile()], ids=["realistic", "hostile"])
def test_the_page_is_as_wide_as_the_window(visit: Visit, tmp_path: Path, width: int, report: Report) -> None:
    visit.page.set_viewport_size({"width": width, "height": 900})
    page = visit.open(report, tmp_path)
    page.locator("#findings summary").first.click()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width


def test_it_is_a_table_to_a_screen_reader_at_every_width(visit: Visit, tmp_path: Path) -> None:
    for width in (400, 1400):
        visit.page.set_viewport_size({"width": width, "height": 900})
        page = visit.open(sample.report(), tmp_path)
        table = page.get_by_role("table").filter(has=page.get_by_role("columnheader", name="Score"))
        assert table.get_by_role("columnheader").count() == 6
        assert table.get_by_role("rowheader", name="Search results page").count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_enough_contrast(visit: Visit, tmp_path: Path, scheme: str) -> None:
    visit.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page = visit.open(sample.report(), tmp_path)
    page.locator("#findings summary").first.click()
    assert page.evaluate(CONTRAST.read_text("utf-8")) == []


def _names(page: Page) -> list[str]:
    """The names of the findings that are listed, in their order."""
    rows = page.locator("#findings tbody:not([hidden]) tr:first-child th")
    return [name.strip() for name in rows.evaluate_all("(cells) => cells.map((cell) => cell.firstChild.textContent)")]
