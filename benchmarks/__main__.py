"""`make bench`: each figure that the project holds itself to, from one run each."""

import argparse
import json
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.large import large
from benchmarks.process import Used, run
from costguard.simulator import RequestLog, Simulator, environment, settings_toml

COSTGUARD = [sys.executable, "-m", "costguard"]
HEAVY = ("pydantic", "rich", "jinja2", "duckdb", "datadog_api_client")


def start_up() -> None:
    """Time to `--help`, and whether it imports anything heavy."""
    times = sorted(run([*COSTGUARD, "--help"]).wall * 1000 for _ in range(11))
    seen = f"[name for name in {HEAVY} if name in sys.modules]"
    code = f"import sys; from costguard.cli import run; run(['--help']); print({seen})"
    heavy = run([sys.executable, "-c", code]).output.splitlines()[-1]
    print(f"start-up       --help {times[len(times) // 2]:.0f} ms (median of 11; target 150); heavy imports: {heavy}")


def collecting(scale: int, folder: Path) -> tuple[Path, Path, dict[str, str]]:
    """One organisation of this scale read twice; prints the cost against merely fetching the same bytes."""
    with Simulator(scale=scale, now=datetime.now(UTC)) as simulator:
        config, store, requests = folder / f"{scale}.toml", folder / f"{scale}.duckdb", folder / f"{scale}.json"
        config.write_text(settings_toml(simulator))
        env = environment(simulator)
        collect = [*COSTGUARD, "collect", "--quiet", "--config", str(config), "--store", str(store)]
        collect += ["--api-url", simulator.url]

        first = _checked(run(collect, env))
        log = list(simulator.requests)
        keys = {each.name: (each.api_key, each.app_key) for each in simulator.orgs}
        requests.write_text(json.dumps({"keys": keys, "requests": [_request(simulator, each) for each in log]}))
        simulator.requests.clear()
        second = _checked(run(collect, env))
        again = len(simulator.requests)

        fetched = _checked(run([sys.executable, "-m", "benchmarks.fetch", str(requests)], env))
    idle = run([*COSTGUARD, "rules", "--config", str(config)]).cpu
    bare = run([sys.executable, "-c", "import json, urllib3, concurrent.futures"]).cpu
    ratio = first.cpu / fetched.cpu
    steady = (first.cpu - idle) / max(fetched.cpu - bare, 0.001)
    print(
        f"collect x{scale:<5} {len(log):,} requests, {int(fetched.output) / 1e6:.1f} MB: "
        f"{first.cpu:.2f} s CPU ({first.wall:.2f} s wall, {first.peak:.0f} MB); fetching alone {fetched.cpu:.2f} s; "
        f"ratio {ratio:.2f} (without imports {steady:.2f}; target 2)"
    )
    print(
        f"second x{scale:<6} {again:,} requests of {len(log):,} = {again / len(log):.1%} (target 20%); "
        f"{second.cpu:.2f} s CPU"
    )
    return config, store, env


def judging(scale: int, config: Path, store: Path) -> None:
    """Judging what the store has, with the JSON report as output."""
    report = store.with_suffix(".report.json")
    used = run([*COSTGUARD, "audit", "--offline", "--config", str(config), "--store", str(store), "-o", str(report)])
    _checked(used)
    findings = len(json.loads(report.read_text())["findings"])
    print(
        f"judge x{scale:<7} {findings:,} findings in {used.wall:.2f} s, {used.peak:.0f} MB (target at x50: 5 s, 500 MB)"
    )


def _request(simulator: Simulator, request: RequestLog) -> tuple[str, str, str]:
    """A logged request as the yardstick wants it: method, URL, organisation."""
    query = urlencode([(name, value) for name, values in request.query.items() for value in values])
    return request.method, f"{simulator.url}{request.path}" + (f"?{query}" if query else ""), request.org or ""


def _checked(used: Used) -> Used:
    if used.code:
        sys.exit(f"exit code {used.code}:\n{used.output}")
    return used


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--scale", type=int, nargs="+", default=[1, 10, 50], help="sizes of the simulated organisation")
    parser.add_argument("--large", action="store_true", help="only `costguard bill` on accounts of millions of rows")
    arguments = parser.parse_args()
    scales = arguments.scale
    with tempfile.TemporaryDirectory(prefix="costguard-bench-") as folder:
        if arguments.large:
            large(Path(folder))
            return
        start_up()
        for scale in scales:
            config, store, _ = collecting(scale, Path(folder))
            judging(scale, config, store)


if __name__ == "__main__":
    main()
