"""Reading the bill does not take away what was read of the configuration."""

from pathlib import Path

from costguard.store import Store
from tests.running import company

SMALL = "\n[usage]\nmonths = 2\nhourly_days = 2\n"


def test_an_audit_after_the_bill_says_what_it_said_before(tmp_path: Path) -> None:
    with company(tmp_path) as simulated:
        simulated.config.write_text(simulated.config.read_text() + SMALL)
        assert simulated.run("collect").code == 0
        before = simulated.run("audit", "--offline", "--format", "json")
        assert simulated.run("bill").code == 0
        after = simulated.run("audit", "--offline", "--format", "json")
    with Store.open(simulated.store, read_only=True) as store:
        assert len(store.runs()) == 2
    assert before.json["findings"]
    assert (after.code, after.json) == (before.code, before.json)
