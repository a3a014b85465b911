"""Every endpoint that the simulator answers."""

from costguard.simulator.call import Route
from costguard.simulator.routes import (
    attribution_types,
    charges,
    cost,
    dashboards,
    hourly_attribution,
    keys,
    logs,
    mapping,
    metrics,
    monitors,
    monthly_attribution,
    organisation,
    summary,
    synthetics,
    usage,
)

ROUTES: tuple[Route, ...] = (
    *organisation.ROUTES,
    *keys.ROUTES,
    *synthetics.ROUTES,
    *monitors.ROUTES,
    *dashboards.ROUTES,
    *logs.ROUTES,
    *metrics.ROUTES,
    *usage.ROUTES,
    *summary.ROUTES,
    *monthly_attribution.ROUTES,
    *hourly_attribution.ROUTES,
    *attribution_types.ROUTES,
    *mapping.ROUTES,
    *cost.ROUTES,
    *charges.ROUTES,
)

PERMISSIONS: tuple[str, ...] = tuple(sorted({permission for route in ROUTES for permission in route.permissions}))
"""Every permission that some endpoint needs."""
