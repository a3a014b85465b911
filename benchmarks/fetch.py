"""The yardstick for collecting: fetch the same bytes and parse them as JSON, and nothing else."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import urllib3

WORKERS = 8


def main(file: str) -> None:
    """Fetch every request of a JSON file: the keys of each organisation, and method, URL and organisation of each."""
    plan = json.loads(Path(file).read_text())
    pool = urllib3.PoolManager(maxsize=WORKERS, block=True)

    def fetch(request: tuple[str, str, str]) -> int:
        method, url, org = request
        api, app = plan["keys"][org]
        answer = pool.request(
            method, url, headers={"DD-API-KEY": api, "DD-APPLICATION-KEY": app, "Accept-Encoding": "gzip"}
        )
        json.loads(answer.data)
        return len(answer.data)

    with ThreadPoolExecutor(WORKERS) as workers:
        sizes = list(workers.map(fetch, plan["requests"]))
    sys.stdout.write(f"{sum(sizes)}\n")


if __name__ == "__main__":
    main(sys.argv[1])
