"""The page of the bill in a real browser: everything there without JavaScript, inert whatever names it holds."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Locator, Page

from costguard.model.statement import Statement
from costguard.safetext import visible
from costguard.statements.html import render
from tests.browsing import Window
from tests.statement.rows import cost, show, stored, used
from tests.statement.sample import account

CONTRAST = Path(__file__).parents[1] / "reporters" / "contrast.js"


@pytest.fixture(scope="module")
def statements(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Statement]:
    with account(tmp_path_factory.mktemp("plain"), gaps=True) as store:
        found = {by: show(store, by=by) for by in ("product", "org", "tag:team,env")}
        found["day"] = show(store, by="day", month="2026-11")
        found["range"] = show(store, first="2026-05")
        found["alone"] = show(store, org="shop")
    with account(tmp_path_factory.mktemp("hostile"), hostile=True) as store:
        found["hostile"] = show(store, by="tag:team")
    with stored(tmp_path_factory.mktemp("unknown"), used("infra_host_top99p", 120, 100, 20)) as store:
        found["unknown"] = show(store)
    return found


NAMES = ("product", "org", "tag:team,env", "day", "range", "alone", "hostile", "unknown")


@pytest.fixture
def window(browser: Browser) -> Iterator[Window]:
    """A browser window in which JavaScript is off: the page has none."""
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1400, "height": 900})
    yield Window(context.new_page())
    context.close()


@pytest.fixture
def scripted(browser: Browser) -> Iterator[Window]:
    """A browser window in which scripts would run."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    yield Window(context.new_page())
    context.close()


def opened(window: Window, statement: Statement, folder: Path) -> Page:
    file = folder / "bill.html"
    file.write_text(render(statement), "utf-8")
    return window.show(file)


def test_the_same_statement_gives_the_same_bytes_and_no_script(statements: dict[str, Statement]) -> None:
    text = render(statements["product"])
    assert text == render(statements["product"])
    assert "<script" not in text
    assert "script-src" not in text, "default-src 'none' forbids all of them"
    assert "http" not in text.replace("http-equiv", "")


@pytest.mark.browser
@pytest.mark.parametrize("name", NAMES)
def test_the_page_is_quiet_and_as_wide_as_the_window(
    scripted: Window, tmp_path: Path, statements: dict[str, Statement], name: str
) -> None:
    for width in (420, 800, 1400):
        scripted.page.set_viewport_size({"width": width, "height": 900})
        page = opened(scripted, statements[name], tmp_path)
        for each in page.locator("summary").all():
            each.click()
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    assert scripted.complaints == []
    assert len(scripted.requests) == 3, "the page, three times"
    assert page.evaluate("() => window.__x") is None
    assert page.locator("img, iframe, object, script").count() == 0


@pytest.mark.browser
def test_everything_can_be_read(window: Window, tmp_path: Path, statements: dict[str, Statement]) -> None:
    statement = statements["tag:team,env"]
    page = opened(window, statement, tmp_path)
    text = page.locator("body").text_content() or ""
    for line in (*statement.lines, *statement.products, *statement.orgs):
        assert line.label in text
    for change in statement.changes[:12]:
        assert change.label in text
    assert all(each.label in text for each in statement.checks)
    assert all(each.key in text for each in statement.untagged)
    for note in statement.notes:
        assert note in text
    for gap in statement.gaps:
        assert gap.hint in text
    assert "Datadog cost $" in (page.locator("h1").text_content() or "")
    assert page.locator("#not-seen").is_visible()


@pytest.mark.browser
def test_the_trend_is_drawn_to_scale(window: Window, tmp_path: Path, statements: dict[str, Statement]) -> None:
    statement = statements["product"]
    page = opened(window, statement, tmp_path)
    columns = page.locator(".trend svg").last.locator("g").all()
    assert len(columns) == len(statement.trend) == 15
    heights = [sum(_size(rect, "height") for rect in column.locator("rect").all()) for column in columns]
    totals = [float(month.cost.total or 0) for month in statement.trend]
    for height, amount in zip(heights, totals, strict=True):
        assert height / heights[-1] == pytest.approx(amount / totals[-1], rel=0.02)
    assert "October 2026, Hosts: $" in (columns[-1].locator("title").first.text_content() or "")


@pytest.mark.browser
def test_committed_and_on_demand_are_drawn_to_scale(
    window: Window, tmp_path: Path, statements: dict[str, Statement]
) -> None:
    statement = statements["product"]
    page = opened(window, statement, tmp_path)
    rows = page.locator("#products ~ .bill .row").all()
    assert len(rows) == len(statement.products)
    dearest = statement.products[0]
    widths = {meaning: _size(rows[0].locator(f"rect.{meaning}"), "width") for meaning in ("committed", "on-demand")}
    assert dearest.cost.committed is not None
    assert dearest.cost.on_demand is not None
    expected = float(dearest.cost.committed / dearest.cost.on_demand)
    assert widths["committed"] / widths["on-demand"] == pytest.approx(expected, rel=0.02)


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_enough_contrast(
    scripted: Window, tmp_path: Path, statements: dict[str, Statement], scheme: str
) -> None:
    scripted.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page = opened(scripted, statements["tag:team,env"], tmp_path)
    assert page.evaluate(CONTRAST.read_text("utf-8")) == []


@pytest.mark.browser
def test_hostile_names_are_shown_as_text(window: Window, tmp_path: Path, statements: dict[str, Statement]) -> None:
    statement = statements["hostile"]
    page = opened(window, statement, tmp_path)
    text = page.locator("main").text_content() or ""
    assert all(visible(line.label, lines=True) in text for line in statement.lines)


def test_an_amount_that_is_unknown_is_not_nothing(tmp_path: Path) -> None:
    with stored(tmp_path, cost("rum_total_cost", None), cost("logs_ingested_total_cost", 5)) as store:
        text = render(show(store))
    assert 'aria-label="RUM: committed unknown, on-demand unknown, not split unknown"' in text


def _size(element: Locator, side: Literal["width", "height"]) -> float:
    box = element.bounding_box()
    assert box is not None, "it is not shown"
    return box[side]
