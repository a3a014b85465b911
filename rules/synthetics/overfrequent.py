"""Synthetic tests that run more often than anybody could make use of."""

import json
from urllib.parse import quote

from pydantic import Field, PositiveInt

from costguard.rule import (
    Confidence,
    Estate,
    Evidence,
    Finding,
    Fix,
    Iterator,
    Options,
    Rule,
    SyntheticsDowntime,
    SyntheticTest,
)


class Overfrequent(Options):
    """Which interval is often enough, and for what."""

    api_seconds: PositiveInt = Field(300, description="API tests that run at least this many seconds apart are spared.")
    browser_seconds: PositiveInt = Field(
        900, description="Browser tests that run at least this many seconds apart are spared."
    )
    non_production: tuple[str, ...] = Field(
        (
            *("dev", "development", "local", "test", "testing", "qa", "uat", "integration", "ci"),
            *("stage", "staging", "stg", "preprod", "pre-prod", "nonprod", "non-prod", "sandbox", "demo"),
        ),
        description="Values of the env tag that mark an environment as not production, in lower case.",
    )
    waited_intervals: PositiveInt = Field(
        3, description="A production test is found if its alert waits for at least this many intervals of failures."
    )


class OverfrequentSynthetics(Rule[Overfrequent]):
    """Is there a synthetic test that runs more often than needed?

    ## What it finds
    An API test that runs more often than every 5 minutes, or a browser test more often than every 15, where that does
    not help: it is tagged as non-production (`env:staging`), or its own alert waits until it has failed for several
    intervals. Paused tests and tests under a synthetics downtime cost nothing, and are never found.

    ## Why it costs
    Each run is billed for each location and device: a test at every minute costs five times one at every five.

    What is freed is modelled, and scaled so that all tests together equal the billed runs; where the bill was clearly
    for other tests than today's, no test is credited with more than its configuration explains, with less confidence.

    ## What to do
    Run it at the longer interval. For a production test whose alert waits, that is never longer than the wait.

    ## When it is wrong
    An objective or a contract may count single runs: availability over a month is coarser with fewer of them. A test
    may be frequent for the load or the cache that it keeps warm. An environment's tag may say less than its users do.
    """

    id = "synthetics-overfrequent"
    needs = (SyntheticTest,)
    refines = (SyntheticsDowntime,)
    Options = Overfrequent

    def check(self, estate: Estate) -> Iterator[Finding]:
        enough = {"api": self.options.api_seconds, "browser": self.options.browser_seconds}
        for test in estate[SyntheticTest]:
            every, sensible = test.tick_every, enough.get(test.type)
            if test.dimension is None or sensible is None or not every or every >= sensible:
                continue
            environment = self._non_production(test)
            waits = test.min_failure_duration
            if environment:
                reason = f"although it tests {environment}"
            elif waits >= every * self.options.waited_intervals and min(sensible, waits) > every:
                reason = f"although its alert waits for {waits:,} seconds of failures"
                sensible = min(sensible, waits)
            else:
                continue
            now, then = estate.runs(test), estate.runs(test, every=sensible)
            if now <= then:
                continue
            confidence = Confidence.HIGH if environment else Confidence.MEDIUM
            unread = test.type == "browser" and test.steps is None
            calibration = estate.calibration(test.dimension)
            doubts = unread + bool(calibration and not calibration.plausible)
            yield self.finding(
                test,
                why=f"Runs every {every:,} seconds, {now:,.0f} billed runs a month, {reason}.",
                do=f"Run it every {sensible:,} seconds: {then:,.0f} runs a month, {now - then:,.0f} fewer.",
                frees={test.dimension: now - then},
                confidence=(confidence, confidence.lowered, Confidence.LOW)[doubts],
                evidence=tuple(_evidence(test, estate, unread)),
                fix=_slow_down(test, sensible),
            )

    def _non_production(self, test: SyntheticTest) -> str:
        """The environment that the test is tagged with, if no tag says that it is production; else ""."""
        tags = (tag.partition(":") for tag in test.tags)
        environments = [value for key, colon, value in tags if colon and key.lower() in ("env", "environment")]
        known = [each for each in environments if each.lower() in self.options.non_production]
        return known[0] if known and len(known) == len(environments) else ""


def _evidence(test: SyntheticTest, estate: Estate, unread: bool) -> Iterator[Evidence]:
    source = "GET /api/v1/synthetics/tests"
    yield Evidence(label="Interval", value=f"{test.tick_every:,} seconds", source=source)
    yield Evidence(label="Alert waits for", value=f"{test.min_failure_duration:,} seconds", source=source)
    calibration = estate.calibration(test.dimension)
    value = calibration.explained(test.modelled_units) if calibration else "billed runs not known, taken as modelled"
    yield Evidence(label="Scaled to the billed runs", value=value, source="GET /api/v1/usage/billable-summary")
    if unread:
        value = "not read; counted as one unit a run, which holds up to 25 steps"
        yield Evidence(label="Steps", value=value, source="GET /api/v1/synthetics/tests/browser/{id}")


def _slow_down(test: SyntheticTest, every: int) -> Fix:
    change = {"data": [{"op": "replace", "path": "/options/tick_every", "value": every}]}
    return Fix(
        ui="Synthetic Monitoring & Testing > Tests > the test > Edit > Specify test frequency",
        api=f"PATCH /api/v1/synthetics/tests/{quote(test.id, safe='')}\n{json.dumps(change)}",
        terraform=f"# In its datadog_synthetics_test resource:\noptions_list {{\n  tick_every = {every}\n}}",
    )
