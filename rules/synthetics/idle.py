"""Synthetic tests that run and are paid for while nobody would notice if they stopped."""

import json
from collections.abc import Sequence
from urllib.parse import quote

from pydantic import Field, PositiveInt

from costguard.rule import (
    Confidence,
    Dashboard,
    Downtime,
    Estate,
    Evidence,
    Finding,
    Fix,
    Iterator,
    Monitor,
    Notebook,
    Options,
    Rule,
    Slo,
    SyntheticsDowntime,
    SyntheticTest,
    timedelta,
)


class Idle(Options):
    """When a test counts as idle."""

    min_age_days: PositiveInt = Field(30, description="Spare tests created or edited within this many days.")
    max_mute_days: PositiveInt = Field(
        14,
        description="A mute or downtime that lasts more days than this means that nobody listens; a shorter one, not.",
    )


class IdleSynthetics(Rule[Idle]):
    """Is there a live synthetic test that nobody listens to?

    ## What it finds
    A live API or browser test, not created or edited lately, for which none of these holds:

    - its monitor notifies somebody, and is not muted without end or for longer than the threshold; a handle that starts
      something (`@workflow-`, `@case-`, `@webhook-`, `@oncall-`) counts as somebody, whether or not it is resolved;
    - a service level objective or a composite monitor is computed from its monitor;
    - a dashboard or notebook shows it: by its id, by its monitor, or by `synthetics.*` metrics whose scope it is in
      (`{*}` shows all tests); or another monitor alerts on those metrics;
    - a CI run waits for it (execution rule "blocking").

    Paused tests and tests under a synthetics downtime cost nothing, and are never found. Neither is a test whose
    monitor could not be read: whom it notifies is not known.

    ## Why it costs
    Every scheduled run is billed, for each location and device, whether or not somebody looks at the result: 8,760
    runs a month and location at every five minutes. Muting a monitor does not stop the runs. What is freed are the
    test's modelled runs, scaled so that all tests together equal the billed runs. Where the bill was clearly for other
    tests than today's, a test is never credited with more than its own configuration explains, with less confidence.

    ## What to do
    Give its monitor somebody to notify, or pause the test. Paused tests keep their configuration.

    ## When it is wrong
    Monitor notification rules, workflows and incident automation that route on tags may reach somebody whom neither
    the monitor nor the API names. Nor can it see a status page, a report that reads results through the API, a
    dashboard in another organisation, or people who open the test's own page. A dashboard that lists monitors by a
    search may show the test's monitor: that lowers the confidence. A handle that Datadog resolves to nobody may still
    be somebody, so that such a finding is of low confidence.
    """

    id = "synthetics-idle"
    needs = (SyntheticTest, Monitor, Dashboard)
    refines = (Slo, Notebook, Downtime, SyntheticsDowntime)
    Options = Idle

    def check(self, estate: Estate) -> Iterator[Finding]:
        oldest = estate.now - timedelta(days=self.options.min_age_days)
        long_mute = timedelta(days=self.options.max_mute_days)
        lists = [
            board.name or board.id
            for boards in (estate[Dashboard], estate[Notebook])
            for board in boards
            if any(query.source == "monitor_search" for query in board.queries)
        ]
        for test in estate[SyntheticTest]:
            runs = estate.runs(test)
            if test.dimension is None or not runs or test.changed_since(oldest):
                continue
            monitor = estate.monitor_of(test)
            if monitor is None or estate.listeners(test, long_mute=long_mute):
                continue
            mute, short = estate.silence(monitor, long_mute=long_mute) or ("", "")
            named = estate.named_handles(test)
            calibration = estate.calibration(test.dimension)
            doubts = tuple(_doubts(test, monitor, short, lists))
            confidence = _less(Confidence.HIGH, len(doubts) + bool(calibration and not calibration.plausible))
            if named and monitor.notifications == () and (short or not mute):
                confidence = Confidence.LOW
                doubts = (*doubts, _unresolved(named))
            yield self.finding(
                test,
                why=(
                    f"Runs every {test.tick_every:,} seconds, {runs:,.0f} billed runs a month; its monitor"
                    f" {mute if mute and (monitor.notifications or named) else 'notifies nobody'},"
                    " and nothing else that was read refers to it."
                ),
                do="Give its monitor somebody to notify, or pause the test.",
                frees={test.dimension: runs},
                confidence=confidence,
                evidence=(*_evidence(test, monitor, estate, mute), *doubts),
                fix=_pause(test),
            )


def _evidence(test: SyntheticTest, monitor: Monitor, estate: Estate, mute: str) -> Iterator[Evidence]:
    source = "GET /api/v1/synthetics/tests"
    edited = test.modified or test.created
    if edited:
        yield Evidence(label="Last edited", value=f"{edited:%Y-%m-%d}", source=source)
    handles = ", ".join(monitor.notifications or ()) or "nobody"
    if monitor.notifications is not None:
        yield Evidence(label="Its monitor notifies", value=handles, source="GET /api/v1/monitor/search")
    if mute:
        yield Evidence(label="Its monitor", value=mute, source="GET /api/v1/monitor, GET /api/v2/downtime")
    yield Evidence(label="Modelled runs a month", value=f"{test.modelled_units:,.0f}", source=source)
    calibration = estate.calibration(test.dimension)
    value = calibration.explained(test.modelled_units) if calibration else "billed runs not known, taken as modelled"
    yield Evidence(label="Scaled to the billed runs", value=value, source="GET /api/v1/usage/billable-summary")


def _doubts(test: SyntheticTest, monitor: Monitor, short: str, lists: Sequence[str]) -> Iterator[Evidence]:
    """What was not seen, each a step less sure; `short`: why its mute may be a short one."""
    if test.created is None and test.modified is None:
        yield Evidence(label="Age", value="not known", source="GET /api/v1/synthetics/tests")
    if test.type == "browser" and test.steps is None:
        value = "not read; counted as one unit a run, which holds up to 25 steps"
        yield Evidence(label="Steps", value=value, source="GET /api/v1/synthetics/tests/browser/{id}")
    if short:
        yield Evidence(label="Its mute", value=short, source="GET /api/v1/monitor, GET /api/v2/downtime")
    if monitor.notifications is None:
        value = "not resolved by the monitor search; judged by the handles in its message"
        yield Evidence(label="Notifications", value=value, source="GET /api/v1/monitor/search")
    if lists:
        value = f"{lists[0]}: lists monitors by a search, which may show its monitor"
        yield Evidence(label="Dashboard", value=value, source="GET /api/v1/dashboard/{id}")


def _unresolved(named: Sequence[str]) -> Evidence:
    value = f"{', '.join(named)}: Datadog resolves them to nobody"
    return Evidence(label="Handles in its message", value=value, source="GET /api/v1/monitor/search")


def _less(confidence: Confidence, steps: int) -> Confidence:
    for _ in range(steps):
        confidence = confidence.lowered
    return confidence


def _pause(test: SyntheticTest) -> Fix:
    path = f"/api/v1/synthetics/tests/{quote(test.id, safe='')}/status"
    return Fix(
        ui="Synthetic Monitoring & Testing > Tests > the test > Pause Scheduling",
        api=f"PUT {path}\n{json.dumps({'new_status': 'paused'})}",
        terraform='# In its datadog_synthetics_test resource:\nstatus = "paused"',
    )
