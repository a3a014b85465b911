"""Reads usage and cost into a store, alone in its process, and says how much memory that took at most.

python -m tests.datadog.reader URL STORE
"""

import resource
import sys
from pathlib import Path

from costguard.datadog.collect import collect
from costguard.model.usage_settings import UsageSettings
from costguard.store import Store
from tests.datadog.collecting import NOW, Nobody, connect


def main(url: str, path: Path) -> None:
    """Prints the number of items and the peak of resident memory in KiB."""
    with Store.open(path) as store, connect(url, parent=True) as connection:
        few = UsageSettings(months=2, hourly_days=2)
        collected = collect([connection], store, NOW, progress=Nobody(), kinds=frozenset(), usage=few)
    sys.stdout.write(f"{collected.items} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}\n")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
