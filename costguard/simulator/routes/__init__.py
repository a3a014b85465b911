"""Every endpoint that the simulator answers."""

from costguard.simulator.call import Route
from costguard.simulator.routes import cost, dashboards, logs, metrics, monitors, organisation, synthetics, usage

ROUTES: tuple[Route, ...] = (
    *organisation.ROUTES,
    *synthetics.ROUTES,
    *monitors.ROUTES,
    *dashboards.ROUTES,
    *logs.ROUTES,
    *metrics.ROUTES,
    *usage.ROUTES,
    *cost.ROUTES,
)

PERMISSIONS: tuple[str, ...] = tuple(sorted({permission for route in ROUTES for permission in route.permissions}))
"""Every permission that some endpoint needs."""
