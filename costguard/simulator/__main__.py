"""Serve the simulator by hand: python -m costguard.simulator --scale 10 --port 8126."""

import argparse
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from threading import Event

from costguard.simulator.setup import environment, settings_toml
from costguard.simulator.simulator import Simulator
from costguard.simulator.traits import Traits


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the address, the environment and the settings, and answers until it is interrupted."""
    # Begun in the background of a script it would inherit that interrupts are ignored, and could not be stopped.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    parser = argparse.ArgumentParser(prog="python -m costguard.simulator", description=__doc__)
    parser.add_argument("--scale", type=int, default=1, help="how large the company is: 60 synthetic tests a step")
    parser.add_argument("--port", type=int, default=0, help="0 takes any free port")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--now", type=datetime.fromisoformat, help="the simulated moment, with a time zone")
    parser.add_argument("--hostile", action="store_true", help="names hold markup, formulas and control characters")
    parser.add_argument("--forbid", action="append", default=[], metavar="PERMISSION", help="or ORG/PERMISSION")
    parser.add_argument("--site", default=Traits.site, help="ddog-gov.com has no cost attribution")
    parser.add_argument("--trial", action="store_true", help="usage is measured, but neither billed nor attributed")
    parser.add_argument("--no-tags", action="store_true", help="nobody has chosen tags for usage attribution")
    options = parser.parse_args(arguments)
    simulator = Simulator(
        scale=options.scale,
        now=options.now or datetime.now(UTC),
        seed=options.seed,
        forbid=options.forbid,
        hostile=options.hostile,
        port=options.port,
        traits=Traits(options.site, trial=options.trial, attribution=not options.no_tags),
    )
    with simulator:
        lines = [simulator.url, ""]
        lines += [f"export {name}={value}" for name, value in environment(simulator).items()]
        lines += ["", "# costguard.toml", settings_toml(simulator)]
        sys.stdout.write("\n".join(lines))
        sys.stdout.flush()
        try:
            Event().wait()
        except KeyboardInterrupt:
            sys.stderr.write("stopped\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
