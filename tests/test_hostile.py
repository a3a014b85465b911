"""Names made to harm pass from Datadog's answers through every report without doing anything."""

import json
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browsing import Window
from tests.running import Company, company

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """A company whose every kind of resource has such a name."""
    with company(tmp_path_factory.mktemp("hostile"), hostile=True) as simulated:
        ran = simulated.run("collect")
        assert ran.code == 0
        assert shows_only_text(ran.err)
        yield simulated


def shows_only_text(text: str) -> bool:
    """Whether nothing but line feeds acts on a terminal."""
    return {character for character in text if unicodedata.category(character).startswith("C")} <= {"\n"}


def test_the_findings_are_the_same_whatever_the_names(hostile: Company) -> None:
    report = hostile.run("audit", "--offline", "--format", "json").json
    found = {(each["rule"], each["org"], each["resource"]["id"]) for each in report["findings"]}
    truth = {(each.rule, each.org, each.id) for each in hostile.simulator.truth.findings}
    assert truth <= found
    assert any(SCRIPT in each["resource"]["name"] for each in report["findings"]), "the names did arrive"


def test_gaps_that_quote_hostile_answers_are_shown_and_not_sent(tmp_path: Path) -> None:
    with company(tmp_path, hostile=True, forbid={"dashboards_read"}) as simulated:
        ran = simulated.run("collect")
    assert ran.code == 3
    assert "gap: " in ran.err
    assert shows_only_text(ran.err)


def test_json_stays_json(hostile: Company) -> None:
    ran = hostile.run("audit", "--offline", "--format", "json")
    assert ran.code == 0
    assert shows_only_text(ran.out)
    assert json.loads(ran.out)["schema"] == "costguard.report/1"


@pytest.mark.parametrize("columns", ["80", "140"])
def test_the_terminal_is_sent_no_control_character(hostile: Company, columns: str) -> None:
    hostile.env["COLUMNS"] = columns
    ran = hostile.run("audit", "--offline", "--limit", "0")
    assert ran.code == 0
    assert SCRIPT[:8] in ran.out, "markup is shown as it is written"
    assert "[/x]" in ran.out
    assert shows_only_text(ran.out)


@pytest.mark.browser
def test_the_page_runs_nothing_and_fetches_nothing(hostile: Company, tmp_path: Path, browser: Browser) -> None:
    file = tmp_path / "report.html"
    assert hostile.run("audit", "--offline", "--format", "json", "-o", file).code == 0
    context = browser.new_context()
    window = Window(context.new_page())
    page = window.show(file)
    page.locator("#expand").click()
    named = page.locator("#findings tbody", has_text=SCRIPT).first
    named.scroll_into_view_if_needed()  # rows out of view are not laid out, and what is not laid out has no inner text
    expect(named).to_contain_text(SCRIPT, use_inner_text=True)
    assert page.locator("body script").count() == page.locator("script").count() == 1
    assert (window.requests, window.complaints, window.dialogs) == ([file.as_uri()], [], [])
    context.close()
