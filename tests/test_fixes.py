"""Every fix of the simulated company's findings can be sent as it stands, whatever its resources are called."""

from pathlib import Path

import pytest

from tests.fixes import call_faults
from tests.running import company


@pytest.mark.parametrize("hostile", [False, True], ids=["ordinary names", "hostile names"])
def test_a_fix_by_the_api_is_a_call_and_its_body(tmp_path: Path, hostile: bool) -> None:
    with company(tmp_path, hostile=hostile) as acme:
        acme.config.write_text(f"[kubernetes]\n\n{acme.config.read_text(encoding='utf-8')}", encoding="utf-8")
        findings = acme.run("audit", "--format", "json", "--quiet").json["findings"]
    calls = {(each["rule"], each["resource"]["id"]): each["fix"]["api"] for each in findings if each["fix"]}
    assert {place: faults for place, api in calls.items() if (faults := list(call_faults(api or "")))} == {}
    assert {rule for (rule, _), api in calls.items() if api} >= {
        *("logs-low-value-indexed", "metrics-unused", "synthetics-idle", "synthetics-overfrequent"),
    }
    assert "k8s-overrequested" in {rule for rule, _ in calls}


@pytest.mark.parametrize(
    "text",
    [
        "# deployment web/shop\nresources:",
        "POST /api/v2/metrics/a b/tags\n{}",
        "POST /api/v2/metrics/a/tags",
        "POST /api/v2/metrics/a/tags\n[]",
        "POST https://api.datadoghq.com/api/v2/metrics\n{}",
        '{"data": {}}',
    ],
)
def test_what_cannot_be_sent_is_found_out(text: str) -> None:
    assert list(call_faults(text))


@pytest.mark.parametrize("text", ["", "DELETE /api/v1/synthetics/tests/abc", 'PUT /api/v1/x\n{"a": 1}'])
def test_what_can_be_sent_is_not(text: str) -> None:
    assert list(call_faults(text)) == []
