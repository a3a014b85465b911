"""How lists end, and what happens to those that do not."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from costguard.datadog import pages
from costguard.datadog.client import Unreadable
from costguard.datadog.pages import Item, by_cursor, by_number, by_offset
from costguard.model.findings import Cause, Gap

AFTER = ("meta", "pagination", "next_cursor")


def ident(item: Item) -> Any:
    return item.get("id")


class Pages:
    """Answers, by what was asked; remembers that."""

    def __init__(self, answer: Callable[[dict[str, Any]], Any]) -> None:
        self.answer = answer
        self.asked: list[dict[str, Any]] = []

    def __call__(self, params: dict[str, Any]) -> Any:
        self.asked.append(params)
        return self.answer(params)


def rows(*ids: object) -> list[Item]:
    return [{"id": each} for each in ids]


def read(items: Iterator[Item]) -> tuple[list[Any], Gap | None]:
    """The ids that come, and the gap that the list ends with."""
    got: list[Any] = []
    try:
        for item in items:
            got.append(item.get("id"))  # noqa: PERF401 - what came before the error counts
    except Unreadable as error:
        return got, error.gap
    return got, None


def numbered(answer: Callable[[int], Any], items: str | None = "tests", **more: Any) -> tuple[list[Any], Gap | None]:
    fetch = Pages(lambda params: answer(params["page"]))
    return read(by_number(fetch, org="main", what="synthetic_test", items=items, key=ident, **more))


@pytest.mark.parametrize(
    ("name", "answers", "expected"),
    [
        ("an empty page is the end", [[1, 2], [3, 4], []], [1, 2, 3, 4]),
        ("a short page is not", [[1, 2], [3], [4, 5], []], [1, 2, 3, 4, 5]),
        ("an item that moved to the next page counts once", [[1, 2], [2, 3], []], [1, 2, 3]),
        ("a page of which everything has moved is not the end", [[1, 2, 3], [2, 3], [4], []], [1, 2, 3, 4]),
        ("nothing at all", [[]], []),
        ("items without an id are kept", [[None, 1], [None], []], [None, 1, None]),
    ],
)
def test_numbered_pages(name: str, answers: list[list[Any]], expected: list[Any]) -> None:
    assert numbered(lambda page: {"tests": rows(*answers[page])}) == (expected, None)


def test_numbers_begin_where_told_and_the_answer_may_be_the_list() -> None:
    fetch = Pages(lambda params: rows(params["n"]) if params["n"] < 3 else [])
    assert read(by_number(fetch, org="main", what="monitor", items=None, number="n", first=1)) == ([1, 2], None)
    assert fetch.asked == [{"n": 1}, {"n": 2}, {"n": 3}]


def malformed(gap: Gap | None, words: str) -> bool:
    return (
        gap is not None and (gap.org, gap.cause, gap.optional) == ("main", Cause.MALFORMED, False) and words in gap.hint
    )


def test_a_server_that_ignores_the_page_gives_everything_once_and_then_a_gap() -> None:
    got, gap = numbered(lambda _: {"tests": rows(1, 2, 3)})
    assert got == [1, 2, 3]
    assert malformed(gap, "the same page came twice")


def test_a_server_that_begins_anew_after_the_last_page_is_found_out() -> None:
    got, gap = numbered(lambda page: {"tests": rows([1, 2, 3][page % 3])})
    assert got == [1, 2, 3]
    assert malformed(gap, "the same page came twice")


def test_a_server_that_gives_the_same_items_in_any_order_is_found_out() -> None:
    got, gap = numbered(lambda page: {"tests": rows(*[(each + page) % 5 for each in range(5)])})
    assert sorted(got) == [0, 1, 2, 3, 4]
    assert malformed(gap, "nothing new in 3 pages")


def test_a_list_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MOST_PAGES", 7)
    got, gap = numbered(lambda page: {"tests": rows(page)})
    assert got == [0, 1, 2, 3, 4, 5, 6]
    assert malformed(gap, "has no end")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ([], "has no 'tests'"),
        ({}, "has no 'tests'"),
        ({"tests": {"id": 1}}, "is not a list of objects"),
        ({"tests": "abc"}, "is not a list of objects"),
        ({"tests": [1]}, "is not a list of objects"),
        ({"tests": [None]}, "is not a list of objects"),
    ],
)
def test_another_shape_is_a_gap(answer: Any, words: str) -> None:
    got, gap = numbered(lambda _: answer)
    assert got == []
    assert malformed(gap, words)


def test_a_null_list_is_empty_but_a_null_answer_is_not_a_list() -> None:
    assert numbered(lambda _: {"tests": None}) == ([], None)
    assert malformed(numbered(lambda _: None, items=None)[1], "is not a list of objects")


def test_offsets_move_by_what_came() -> None:
    # The server gives at most two, whatever is asked for, and one less on the way.
    everything = list(range(5))
    fetch = Pages(lambda params: {"data": rows(*everything[params["start"] :][:2])})
    assert read(by_offset(fetch, org="main", what="slo", items="data", key=ident)) == (everything, None)
    assert [asked["start"] for asked in fetch.asked] == [0, 2, 4, 5]


def test_an_ignored_offset_gives_everything_once_and_then_a_gap() -> None:
    fetch = Pages(lambda _: {"data": rows(1, 2)})
    got, gap = read(by_offset(fetch, org="main", what="slo", items="data", key=ident, start="page[offset]"))
    assert got == [1, 2]
    assert malformed(gap, "the same page came twice")
    assert fetch.asked == [{"page[offset]": 0}, {"page[offset]": 2}]


def cursors(*answers: Any) -> tuple[list[Any], Gap | None, list[dict[str, Any]]]:
    fetch = Pages(lambda _: answers[len(fetch.asked) - 1])
    got, gap = read(
        by_cursor(fetch, org="main", what="metric", items="data", key=ident, cursor="page[cursor]", after=AFTER)
    )
    return got, gap, fetch.asked


def answer(after: Any, *ids: object) -> Any:
    return {"data": rows(*ids), "meta": {"pagination": {"next_cursor": after}}}


@pytest.mark.parametrize(
    "last",
    [
        answer(None, 3),
        answer("", 3),
        answer("null", 3),
        {"data": rows(3)},
        {"data": rows(3), "meta": None},
        {"data": rows(3), "meta": {}},
        {"data": rows(3), "meta": {"pagination": {}}},
    ],
)
def test_cursors_end_where_there_is_none(last: Any) -> None:
    assert cursors(answer("b", 1, 2), last) == ([1, 2, 3], None, [{}, {"page[cursor]": "b"}])


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([answer("b", 1), answer("c"), answer(None, 2)], [1, 2]),
        ([answer("b"), answer("c"), answer("d"), answer("e"), answer(None, 1)], [1]),
        ([answer("b", 1), answer("c"), answer("d", 2), answer("e"), answer(None)], [1, 2]),
        ([{"data": None, "meta": {"pagination": {"next_cursor": "b"}}}, answer(None, 1)], [1]),
    ],
)
def test_an_empty_page_is_not_the_end_while_there_is_a_cursor(answers: list[Any], expected: list[Any]) -> None:
    got, gap, asked = cursors(*answers)
    assert (got, gap, len(asked)) == (expected, None, len(answers))


def test_empty_pages_without_end_are_a_gap() -> None:
    got, gap, asked = cursors(answer("first", 1), *(answer(f"cursor-{number}") for number in range(50)))
    assert got == [1]
    assert malformed(gap, "20 empty pages in a row")
    assert len(asked) == 21


@pytest.mark.parametrize(
    ("answers", "expected", "words"),
    [
        ([answer("b", 1), answer("b", 2)], [1, 2], "the same cursor came twice"),
        ([answer("b", 1), answer("c", 2), answer("b", 3)], [1, 2, 3], "the same cursor came twice"),
        ([answer("b", 1), answer("c", 1)], [1], "the same page came twice"),
        ([answer(["b"], 1)], [1], "meta.pagination.next_cursor that is no cursor"),
        ([answer(True, 1)], [1], "meta.pagination.next_cursor that is no cursor"),
        ([{"data": rows(1), "meta": [1]}], [1], "has no object around 'pagination'"),
    ],
)
def test_cursors_that_lead_nowhere_are_a_gap(answers: list[Any], expected: list[Any], words: str) -> None:
    got, gap, _ = cursors(*answers)
    assert got == expected
    assert malformed(gap, words)


def test_what_the_fetch_raises_comes_after_the_items_before() -> None:
    down = Unreadable.because(Cause.FAILED, "down", org="main", what="metric")

    def fetch(params: dict[str, Any]) -> Any:
        if params["page"]:
            raise down
        return rows(1)

    assert read(by_number(fetch, org="main", what="metric", items=None)) == ([1], down.gap)
