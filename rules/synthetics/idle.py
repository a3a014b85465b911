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
    Units,
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

    - its monitor notifies somebody, and is not muted without end or for longer than the threshold;
    - a service level objective or a composite monitor is computed from its monitor;
    - a dashboard or notebook shows it: by its id, by its monitor, or by `synthetics.*` metrics whose scope it is in
      (`{*}` shows all tests); or another monitor alerts on those metrics;
    - a CI run waits for it (execution rule "blocking").

    Paused tests and tests under a synthetics downtime cost nothing, and are never found. Neither is a test whose
    monitor could not be read: whom it notifies is not known.

    ## Why it costs
    Every scheduled run is billed, for each location and device, whether or not somebody looks at the result: 8,760
    runs a month and location at every five minutes. Muting a monitor does not stop the runs. What is freed are the
    test's modelled runs, scaled so that all tests together equal the billed runs.

    ## What to do
    Give its monitor somebody to notify, or pause the test. Paused tests keep their configuration.

    ## When it is wrong
    Monitor notification rules, workflows and incident automation that route on tags may reach somebody whom neither
    the monitor nor the API names. Nor can it see a status page, a report that reads results through the API, a
    dashboard in another organisation, or people who open the test's own page. A dashboard that lists monitors by a
    search may show the test's monitor: that lowers the confidence.
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
            mute = estate.silence(monitor, long_mute=long_mute)
            heard = monitor.notifications or (monitor.notifications is None and estate.named_handles(test))
            doubts = _doubts(test, monitor, estate, lists)
            yield self.finding(
                test,
                why=(
                    f"Runs every {test.tick_every:,} seconds, {runs:,.0f} billed runs a month; its monitor"
                    f" {mute if heard else 'notifies nobody'}, and nothing else that was read refers to it."
                ),
                do="Give its monitor somebody to notify, or pause the test.",
                frees={test.dimension: runs},
                confidence=_less(Confidence.HIGH, len(doubts)),
                evidence=(*_evidence(test, monitor, estate, runs, mute), *doubts),
                fix=_pause(test),
            )


def _evidence(test: SyntheticTest, monitor: Monitor, estate: Estate, runs: Units, mute: str) -> Iterator[Evidence]:
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
    calibration = estate.calibration(test.dimension or "")
    value = "billed runs not known, taken as modelled" if calibration is None else f"× {calibration:.4f} = {runs:,.0f}"
    yield Evidence(label="Scaled to the billed runs", value=value, source="GET /api/v1/usage/billable-summary")


def _doubts(test: SyntheticTest, monitor: Monitor, estate: Estate, lists: Sequence[str]) -> tuple[Evidence, ...]:
    """What was not seen, each a step less sure."""
    doubts: list[Evidence] = []
    if test.created is None and test.modified is None:
        doubts.append(Evidence(label="Age", value="not known", source="GET /api/v1/synthetics/tests"))
    if test.type == "browser" and test.steps is None:
        value = "not read; counted as one unit a run, which holds up to 25 steps"
        doubts.append(Evidence(label="Steps", value=value, source="GET /api/v1/synthetics/tests/browser/{id}"))
    named = estate.named_handles(test)
    if monitor.notifications is None:
        value = "not resolved by the monitor search; judged by the handles in its message"
        doubts.append(Evidence(label="Notifications", value=value, source="GET /api/v1/monitor/search"))
    elif named and not monitor.notifications:
        value = f"{', '.join(named)}: Datadog resolves them to nobody"
        doubts.append(Evidence(label="Handles in its message", value=value, source="GET /api/v1/monitor"))
    if lists:
        value = f"{lists[0]}: lists monitors by a search, which may show its monitor"
        doubts.append(Evidence(label="Dashboard", value=value, source="GET /api/v1/dashboard/{id}"))
    return tuple(doubts)


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
