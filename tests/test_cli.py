"""The command line itself: help, start-up, wrong input, exit codes, and what goes to which stream."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from click import Context

from costguard.cli import root
from tests.running import Company, company, costguard

KEYS = {"DD_API_KEY": "a" * 32, "DD_APP_KEY": "b" * 40}
NOWHERE = "http://127.0.0.1:9"

HEAVY = ("pydantic", "rich", "jinja2", "duckdb", "datadog_api_client", "luqum")


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with company(tmp_path_factory.mktemp("acme")) as simulated:
        assert simulated.run("collect", "--quiet").code == 0
        yield simulated


def test_help_lists_the_commands_and_imports_nothing_heavy() -> None:
    code = (
        f"import sys; from costguard.cli import run; run(['--help']); print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    for name in ("audit", "bill", "collect", "demo", "doctor", "rules"):
        assert re.search(rf"^  {name} ", done.stdout, re.MULTILINE)


@pytest.mark.parametrize("command", ["audit", "bill", "collect", "demo", "doctor", "rules"])
def test_each_command_has_help(command: str) -> None:
    ran = costguard(command, "--help")
    assert ran.code == 0
    assert ran.out.startswith(f"Usage: costguard {command}")


def test_the_version_is_the_packages() -> None:
    assert costguard("--version").out == "costguard, version 0.1.0\n"


WRONG = [
    (["frobnicate"], {}, "No such command 'frobnicate'"),
    (["audit", "--frobnicate"], KEYS, "No such option"),
    (["audit"], {}, "DD_API_KEY is not set"),
    (["audit"], {"DD_API_KEY": "a" * 32}, "DD_APP_KEY is not set"),
    (["collect"], {}, "DD_API_KEY is not set"),
    (["doctor"], {}, "DD_API_KEY is not set"),
    (["audit"], {**KEYS, "DD_SITE": "datadog.com"}, "datadog.com is not a Datadog site; did you mean datadoghq.com?"),
    (["audit", "--config", "missing.toml"], KEYS, "missing.toml: cannot be read: No such file"),
    (["audit", "--format", "pdf"], KEYS, "--format pdf: unknown; choose one of html, json, terminal"),
    (["audit", "-o", "report.pdf"], KEYS, "-o report.pdf: no report has this suffix"),
    (["audit", "-o", "missing/report.html"], KEYS, "its folder does not exist"),
    (["audit", "--rule", "synthetic-idle"], KEYS, "did you mean synthetics-idle?"),
    (["audit", "--org", "nobody"], KEYS, "--org nobody: the settings know default"),
    (["audit", "--offline"], KEYS, "run costguard collect first"),
    (["audit", "--api-url", "http://example.com"], KEYS, "https"),
    (["audit", "--api-url", "gopher://127.0.0.1"], KEYS, "https"),
    (["rules", "synthetics-idel"], {}, "did you mean synthetics-idle?"),
    (["doctor", "--format", "xml"], KEYS, "--format xml: unknown"),
    (["demo", "--scale", "0"], {}, "'--scale'"),
]


@pytest.mark.parametrize(("arguments", "env", "said"), WRONG, ids=lambda value: str(value)[:40])
def test_wrong_input_is_one_line_and_writes_nothing(
    tmp_path: Path, arguments: list[str], env: dict[str, str], said: str
) -> None:
    store = tmp_path / "state" / "store.duckdb"
    ran = costguard(*arguments, env={"COSTGUARD_STORE": str(store), **env}, cwd=tmp_path)
    assert ran.code == 2
    assert said in ran.err
    assert ran.err.count("\n") == 1
    assert ran.err.startswith("costguard: ")
    assert ran.out == ""
    assert list(tmp_path.rglob("*")) == []
    assert not any(key in ran.err for key in KEYS.values())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rulez = 1", "costguard.toml: rulez: unknown key; did you mean rules?"),
        ("[rules.synthetics-idle]\nmin_days = 3", "costguard.toml: rules.synthetics-idle.min_days: unknown key"),
        ("[rules.synthetics-idle]\nmin_age_days = 'x'", "costguard.toml: rules.synthetics-idle.min_age_days: "),
        ("[rules.synthetic-idle]", "rules.synthetic-idle: unknown key; did you mean synthetics-idle?"),
        ("orgs = [", "costguard.toml: not valid TOML"),
        ('[[orgs]]\nname = "a"\nsite = "example.com"', "orgs[1].site: example.com is not a Datadog site"),
        ('rule_paths = ["nowhere"]', "nowhere is not a folder"),
    ],
)
def test_wrong_settings_name_file_and_key(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "costguard.toml").write_text(text)
    ran = costguard("audit", env={**KEYS, "COSTGUARD_STORE": str(tmp_path / "store.duckdb")}, cwd=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert ran.err.count("\n") == 1
    assert [each.name for each in tmp_path.iterdir()] == ["costguard.toml"]


def _foreign(path: Path) -> None:
    connection = duckdb.connect(str(path))
    connection.execute("CREATE TABLE mine (x INT)")
    connection.close()


@pytest.mark.parametrize("offline", [True, False])
@pytest.mark.parametrize("content", ["text", "foreign", "folder"])
def test_a_store_that_is_none_of_ours_is_left_alone(tmp_path: Path, content: str, offline: bool) -> None:
    store = tmp_path / "store.duckdb"
    if content == "text":
        store.write_text("dear diary")
    elif content == "foreign":
        _foreign(store)
    else:
        store.mkdir()
    before = store.read_bytes() if store.is_file() else b""
    ran = costguard(
        "audit", "--store", store, "--api-url", NOWHERE, *(["--offline"] if offline else []), env=KEYS, cwd=tmp_path
    )
    assert (ran.code, ran.out) == (2, "")
    assert "store.duckdb" in ran.err
    assert ran.err.count("\n") == 1
    assert (store.read_bytes() if store.is_file() else b"") == before
    assert [each.name for each in tmp_path.iterdir()] == ["store.duckdb"]


def test_keys_that_datadog_refuses_are_named_by_their_organisation(acme: Company, tmp_path: Path) -> None:
    wrong = dict.fromkeys(acme.env, "f" * 32)
    ran = costguard(
        "audit", "--config", acme.config, "--store", tmp_path / "s.duckdb", "--api-url", acme.simulator.url, env=wrong
    )
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.count("\n") == 1
    assert any(org.name in ran.err for org in acme.simulator.orgs)
    assert not (tmp_path / "s.duckdb").exists(), "a mistyped key leaves no file behind"
    assert "f" * 32 not in ran.err


def test_keys_of_one_organisation_that_are_refused_cost_only_that_one(acme: Company, tmp_path: Path) -> None:
    child = acme.simulator.orgs[2]
    (variable,) = [name for name, value in acme.env.items() if value == child.api_key]
    wrong = {**acme.env, variable: "f" * 32}
    ran = costguard(
        "audit", "--config", acme.config, "--store", tmp_path / "s.duckdb", "--api-url", acme.simulator.url,
        "--format", "json", env=wrong,
    )  # fmt: skip
    assert ran.code == 3
    assert {gap["org"] for gap in ran.json["gaps"] if not gap["optional"]} == {child.name}
    # What the parent's answers tell of the child is not the child's to refuse.
    own = [each["org"] for each in ran.json["findings"] if not each["rule"].startswith("attribution-")]
    assert set(own) == {org.name for org in acme.simulator.orgs} - {child.name}


def test_nobody_listening_is_a_gap_and_no_traceback(tmp_path: Path) -> None:
    ran = costguard("audit", "--api-url", NOWHERE, "--store", tmp_path / "s.duckdb", "--format", "json", env=KEYS)
    assert ran.code == 3
    assert [(gap["org"], gap["cause"]) for gap in ran.json["gaps"]] == [("default", "unreachable")]
    assert ran.json["gaps"][0]["rules"], "the gap names the rules that did not run"


def test_standard_output_holds_the_report_alone(acme: Company, tmp_path: Path) -> None:
    files = [tmp_path / "report.json", tmp_path / "report.html"]
    ran = acme.run("audit", "--offline", "--format", "json", "-o", files[0], "-o", files[1])
    assert ran.code == 0
    assert ran.json["schema"] == "costguard.report/1"
    assert files[0].read_text() == ran.out
    assert files[1].read_text().startswith("<!doctype html>")


def test_a_report_that_cannot_be_written_is_an_error(acme: Company, tmp_path: Path) -> None:
    (tmp_path / "report.html").mkdir()
    ran = acme.run("audit", "--offline", "-o", tmp_path / "report.html")
    assert (ran.code, ran.out) == (2, "")
    assert "is a folder" in ran.err


@pytest.mark.parametrize("columns", [80, 140])
def test_the_terminal_report_fits_its_width_and_is_plain_when_piped(acme: Company, columns: int) -> None:
    env = {**acme.env, "COLUMNS": str(columns)}
    ran = costguard("audit", "--config", acme.config, "--store", acme.store, "--offline", env=env)
    assert ran.code == 0
    assert max(map(len, ran.out.splitlines())) <= columns
    assert "\x1b" not in ran.out


def test_the_catalogue_and_one_page(acme: Company) -> None:
    catalogue = costguard("rules")
    assert catalogue.code == 0
    assert "synthetics-idle" in catalogue.out
    page = costguard("rules", "synthetics-idle")
    assert page.code == 0
    for part in ("What it finds", "Why it costs", "What to do", "When it is wrong", "min_age_days", "Needs: "):
        assert part in page.out


def test_the_readme_lists_the_commands_as_the_program_does() -> None:
    readme = Path(__file__).parents[1].joinpath("README.md").read_text()
    table = readme.partition("<!-- commands -->")[2].partition("<!-- /commands -->")[0]
    listed = dict(re.findall(r"^\| `costguard (\w+)` \| (.+?) \|$", table, re.MULTILINE))
    context = Context(root)
    program = {
        name: command.get_short_help_str(200)
        for name in root.list_commands(context)
        if (command := root.get_command(context, name))
    }
    assert listed == program
