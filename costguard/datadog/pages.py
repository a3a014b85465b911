"""How lists are read to their true end: by page number, by offset, by cursor, each once."""

from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any

from costguard.datadog.errors import Unreadable
from costguard.model.findings import Cause

Item = dict[str, Any]
Fetch = Callable[[dict[str, Any]], Any]
"""Asks for one page: gets the paging parameters, to be joined to the others; returns the parsed answer."""
Key = Callable[[Item], Hashable]
"""What identifies an item; None = nothing does, and it is kept however often it comes."""

MOST_PAGES = 100_000
STALE_PAGES = 3
"""So many pages in a row without a new item are a list that does not end: one may be, where items moved meanwhile."""
EMPTY_PAGES = 20
"""So many pages in a row with nothing but a cursor are one too: some may be, where what was found was left out."""


def by_number(
    fetch: Fetch,
    *,
    org: str,
    what: str,
    items: str | None,
    key: Key | None = None,
    number: str = "page",
    first: int = 0,
) -> Iterator[Item]:
    """Every item of a list whose pages are numbered from `first`, until an empty page.

    `number` is the parameter; `items` the key of the list in the answer, None = the answer is the list. A server that
    ignores the parameter gives all items once and then the gap. Raises Unreadable (malformed) for an answer of another
    shape and for a list that repeats itself; what was yielded until then is good.
    """
    return _walk(fetch, _List(org, what, items, key), {number: first}, lambda asked, _: {number: asked[number] + 1})


def by_offset(
    fetch: Fetch, *, org: str, what: str, items: str | None, key: Key | None = None, start: str = "start"
) -> Iterator[Item]:
    """Every item of a list that is read from an offset, until an empty page; arguments and errors as in `by_number`.

    The offset moves by what came, so that a server that gives less than was asked for loses nothing.
    """
    got = 0

    def advance(_: dict[str, Any], answer: Any) -> dict[str, Any]:
        nonlocal got
        got += len(listing.of(answer))
        return {start: got}

    listing = _List(org, what, items, key)
    return _walk(fetch, listing, {start: 0}, advance)


def by_cursor(
    fetch: Fetch,
    *,
    org: str,
    what: str,
    items: str | None,
    key: Key | None = None,
    cursor: str,
    after: tuple[str, ...],
) -> Iterator[Item]:
    """Every item of a list whose answers say where to go on, until one does not, empty or not; else as `by_number`.

    `cursor` is the parameter, absent from the first request; `after` the path of its next value in the answer, such as
    ("meta", "pagination", "next_cursor"). Absent, null, "" and the text "null" are the end (docs/datadog.md B1).
    """
    listing = _List(org, what, items, key)
    seen: set[str | int] = set()

    def advance(_: dict[str, Any], answer: Any) -> dict[str, Any] | None:
        value = answer
        for step in after:
            if not isinstance(value, dict):
                raise listing.malformed(f"has no object around {step!r}")
            value = value.get(step)
            if value is None:
                return None
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise listing.malformed(f"has a {'.'.join(after)} that is no cursor")
        if value in ("", "null"):
            return None
        if value in seen:
            raise listing.malformed("repeats itself: the same cursor came twice")
        seen.add(value)
        return {cursor: value}

    return _walk(fetch, listing, {}, advance, empty_is_end=False)


def _walk(
    fetch: Fetch,
    listing: "_List",
    first: dict[str, Any],
    advance: Callable[[dict[str, Any], Any], dict[str, Any] | None],
    *,
    empty_is_end: bool = True,
) -> Iterator[Item]:
    asked = first
    for _ in range(MOST_PAGES):
        answer = fetch(dict(asked))
        page = listing.of(answer)
        if not page and empty_is_end:
            return
        yield from listing.new(page)
        following = advance(asked, answer)
        if following is None:
            return
        asked = following
    raise listing.malformed(f"has no end after {MOST_PAGES:,} pages")


class _List:
    """What has come of a list so far."""

    def __init__(self, org: str, what: str, items: str | None, key: Key | None) -> None:
        self._org, self._what, self._items, self._key = org, what, items, key
        self._seen: set[Hashable] = set()
        self._first: list[Item] = []
        self._last: list[Item] = []
        self._stale = 0
        self._empty = 0

    def of(self, answer: Any) -> list[Item]:
        """The page in an answer; a list that is null is empty."""
        page = answer
        if self._items is not None:
            if not isinstance(answer, Mapping) or self._items not in answer:
                raise self.malformed(f"has no {self._items!r}")
            page = answer[self._items]
        if page is None and self._items is not None:
            return []
        if not isinstance(page, list) or not all(isinstance(each, dict) for each in page):
            raise self.malformed("is not a list of objects")
        return page

    def new(self, page: list[Item]) -> Iterator[Item]:
        """The items of a page that have not come before; raises where the page itself has."""
        if not page:
            self._empty += 1
            if self._empty >= EMPTY_PAGES:
                raise self.malformed(f"has no end: {EMPTY_PAGES} empty pages in a row, each with another cursor")
            return
        self._empty = 0
        if page in (self._first, self._last):
            raise self.malformed("repeats itself: the same page came twice")
        self._first, self._last = self._first or page, page
        fresh = False
        for item in page:
            key = self._key(item) if self._key else None
            if key is None or key not in self._seen:
                fresh = True
                self._seen.add(key)
                yield item
        self._stale = 0 if fresh else self._stale + 1
        if self._stale >= STALE_PAGES:
            raise self.malformed(f"repeats itself: nothing new in {STALE_PAGES} pages")

    def malformed(self, text: str) -> Unreadable:
        """The error for a list that is not as it should be."""
        hint = f"please report this to costguard: the list {text}"
        return Unreadable.because(Cause.MALFORMED, hint, org=self._org, what=self._what)
