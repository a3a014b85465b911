"""`costguard doctor`: what each organisation's keys reach, what they lack, and what is to be granted."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from costguard.commands._doctor.features import FEATURES
from costguard.datadog.collectors import collectors, name_of
from costguard.levels import LEVELS, OWN_SCOPES, PROPOSED, SCOPES
from costguard.simulator import Faults
from tests.levels_tables import BLOCKS, ROOT, parts
from tests.running import Company, Ran, company, costguard

SEED = ROOT.parent / "shared" / "seeds" / "finout-datadog-integration-levels.txt"
PARENT, CHILD, OTHER = "larkspur", "larkspur-payments", "larkspur-labs"
ALL_REACHED = {level.id: "reached" for level in LEVELS}


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with company(tmp_path_factory.mktemp("acme")) as simulated:
        yield simulated


def doctor(acme: Company, *arguments: str | Path, env: Mapping[str, str | None] | None = None) -> Ran:
    """Run the doctor with some variables changed, or unset by None; its JSON, if any, keeps to the schema."""
    changed = {**acme.env, **(env or {})}
    where = ("--config", acme.config, "--store", acme.store, "--api-url", acme.simulator.url)
    ran = costguard("doctor", *where, *arguments, env={name: value for name, value in changed.items() if value})
    assert not any(secret in ran.out + ran.err for secret in _secrets(acme))
    if "json" in arguments:
        schema = json.loads((ROOT / "docs" / "doctor.schema.json").read_text(encoding="utf-8"))
        Draft202012Validator.check_schema(schema)
        assert list(Draft202012Validator(schema).iter_errors(ran.json)) == []
    return ran


def _secrets(acme: Company) -> list[str]:
    return [key for org in acme.simulator.orgs for key in (org.api_key, org.app_key)]


def only(acme: Company, *orgs: str) -> None:
    """Keep only these organisations in the settings."""
    tables = acme.config.read_text(encoding="utf-8").split("[[orgs]]\n")
    kept = [each for each in tables if any(f'name = "{org}"' in each for org in orgs)]
    acme.config.write_text("".join(f"[[orgs]]\n{each}" for each in kept), encoding="utf-8")


def by_name(ran: Ran) -> dict[str, Any]:
    return {each["org"]: each for each in ran.json["orgs"]}


def levels(answer: Any) -> dict[str, str]:
    """The state of each level, of an organisation or of all."""
    return {each["level"]: each["state"] for each in answer["levels"]}


def test_the_doctor_names_what_is_missing(tmp_path: Path) -> None:
    with company(tmp_path, forbid={"dashboards_read"}) as acme:
        ran = doctor(acme, "--format", "json")
        shown = doctor(acme)
    assert (ran.code, shown.code) == (3, 3)
    for org in ran.json["orgs"]:
        assert org["grant"] == ["dashboards_read"]
        assert {each["rule"] for each in org["rules_that_will_not_run"]} >= {
            "logs-low-value-indexed",
            "metrics-unused",
            "synthetics-idle",
        }
        assert all(each["permissions"] == ["dashboards_read"] for each in org["rules_that_will_not_run"])
        (missing,) = [each for each in org["permissions"] if not each["granted"]]
        assert missing["unlocks"]["levels"] == ["costguard"]
        assert "dashboard" in missing["unlocks"]["reads"]
        assert "synthetics-idle" in missing["unlocks"]["rules"]
    assert [org["parent"] for org in ran.json["orgs"]] == [True, False, False]
    assert levels(ran.json) == ALL_REACHED | {"costguard": "not_reached"}
    assert "dashboards_read" in shown.out
    # To be copied: the whole list, in one line, and for Terraform.
    assert ",".join(PROPOSED) in shown.out.splitlines()
    assert 'resource "datadog_application_key" "costguard" {' in shown.out


def test_the_doctor_is_content_with_full_permissions(acme: Company) -> None:
    ran = doctor(acme)
    assert ran.code == 0
    assert "missing" not in ran.out
    assert "datadog_application_key" not in ran.out
    assert "not reached" not in ran.out


def test_everything_is_reached_with_full_permissions(acme: Company) -> None:
    ran = doctor(acme, "--format", "json")
    assert (ran.code, ran.json["complete"], ran.json["organisations_without_keys"]) == (0, True, [])
    assert levels(ran.json) == ALL_REACHED
    orgs = by_name(ran)
    assert levels(orgs[PARENT]) == ALL_REACHED
    assert levels(orgs[CHILD]) == ALL_REACHED | {"basic": "not_applicable"}
    assert [org.public_id for org in acme.simulator.orgs] == [
        orgs[org.name]["public_id"] for org in acme.simulator.orgs
    ]
    for org in orgs.values():
        assert (org["keys"], org["grant"], org["rules_that_will_not_run"]) == ("accepted", [], [])
        assert [each["permission"] for each in org["permissions"]] == list(SCOPES)
        assert {each["source"] for each in org["permissions"]} == {"scopes"}
        assert org["application_key"] == {"scoped": False, "why": None}
        assert org["scopes"] == [each for each in PROPOSED if each in org["terraform"]]
    assert [orgs[each]["cost_attribution"] for each in (PARENT, CHILD, OTHER)] == [True, None, None]


def test_usage_attribution_tags_are_named(acme: Company) -> None:
    ran, shown = doctor(acme, "--format", "json"), doctor(acme)
    tags = by_name(ran)[PARENT]["usage_attribution_tags"]
    assert {"team", "env"} <= set(tags)
    assert re.search(rf"Usage attribution tags +{', '.join(tags)}\n", shown.out)
    assert re.search(r"Enhanced +reached +with usage attribution tags\n", shown.out)


def test_what_is_only_made_surer_is_said_too(tmp_path: Path) -> None:
    with company(tmp_path, forbid={"slos_read"}) as acme:
        ran, audit = doctor(acme, "--format", "json"), acme.run("audit", "--quiet")
    # The audit is not complete either.
    assert (ran.code, audit.code) == (3, 3)
    for org in ran.json["orgs"]:
        assert org["rules_that_will_not_run"] == []
        assert {"rule": "synthetics-idle", "permissions": ["slos_read"]} in org["rules_with_less_confidence"]
    assert levels(ran.json) == ALL_REACHED


def test_what_no_enabled_rule_needs_is_missed_without_making_it_incomplete(tmp_path: Path) -> None:
    with company(tmp_path, forbid={"hosts_read", "logs_read_data"}) as acme:
        ran = doctor(acme, "--format", "json")
    assert (ran.code, ran.json["complete"]) == (0, True)
    assert levels(ran.json) == ALL_REACHED | {"kubernetes": "not_reached", "unscoped": "not_reached"}
    # Nothing of costguard's reads logs: it is not asked for.
    assert [org["grant"] for org in ran.json["orgs"]] == [["hosts_read"]] * 3


def test_a_rule_that_is_off_needs_nothing(tmp_path: Path) -> None:
    with company(tmp_path, forbid={"notebooks_read", "slos_read"}) as acme:
        needing = doctor(acme, "--format", "json")
        rules = {
            rule
            for org in needing.json["orgs"]
            for each in org["permissions"]
            for rule in (*each["unlocks"]["rules"], *each["unlocks"]["rules_surer"])
            if each["permission"] in ("notebooks_read", "slos_read")
        }
        off = "".join(f"[rules.{rule}]\nenabled = false\n" for rule in sorted(rules))
        acme.config.write_text(f"{acme.config.read_text()}\n{off}")
        ran = doctor(acme, "--format", "json")
    assert rules
    assert (needing.code, ran.code) == (3, 0)


def test_a_level_of_every_organisation_needs_every_organisation(tmp_path: Path) -> None:
    scopes = [each for each in SCOPES if each != "metrics_read"]
    with company(tmp_path, scopes={OTHER: [*scopes, "user_app_keys"]}) as acme:
        ran, shown = doctor(acme, "--format", "json"), doctor(acme)
    orgs = by_name(ran)
    assert levels(orgs[PARENT]) == ALL_REACHED
    assert {each for each, state in levels(orgs[OTHER]).items() if state == "not_reached"} == {"enhanced", "kubernetes"}
    assert {each for each, state in levels(ran.json).items() if state == "not_reached"} == {"enhanced", "kubernetes"}
    enhanced = next(each for each in ran.json["levels"] if each["level"] == "enhanced")
    assert enhanced["obstacles"] == [{"org": OTHER, "lacking": ["metrics_read"], "unknown": [], "why": None}]
    assert [org["grant"] for org in ran.json["orgs"]] == [[], [], ["metrics_read"]]
    assert orgs[OTHER]["application_key"]["scoped"] is True
    assert {each["source"] for each in orgs[OTHER]["permissions"]} == {"scopes"}
    assert f"{OTHER}: lacks metrics_read" in re.sub(r"\s+", " ", shown.out)


def test_scopes_that_cannot_be_read_are_tried_instead(tmp_path: Path) -> None:
    with company(tmp_path, forbid={"user_app_keys"}) as acme:
        ran, shown = doctor(acme, "--format", "json"), doctor(acme)
    assert (ran.code, shown.code) == (0, 0)
    for org in ran.json["orgs"]:
        assert org["application_key"]["scoped"] is None
        assert {each["source"] for each in org["permissions"]} == {"probe"}
    assert "scopes cannot be read" in shown.out


def test_what_cannot_be_told_is_unknown_and_says_why(tmp_path: Path) -> None:
    with company(tmp_path, forbid={"user_app_keys"}, faults=Faults(failing={"/api/v1/slo": 500})) as acme:
        ran, shown = doctor(acme, "--format", "json"), doctor(acme)
    assert (ran.code, shown.code) == (3, 3)
    for org in ran.json["orgs"]:
        (unknown,) = [each for each in org["permissions"] if each["granted"] is None]
        assert (unknown["permission"], unknown["source"]) == ("slos_read", None)
        assert "answered 500" in unknown["why"]
        assert (org["grant"], org["rules_that_will_not_run"]) == ([], [])
    assert "answered 500" in re.sub(r"\s+", " ", shown.out)


def test_organisations_without_keys_are_named(tmp_path: Path) -> None:
    with company(tmp_path) as acme:
        only(acme, PARENT)
        ran, shown = doctor(acme, "--format", "json"), doctor(acme)
        named = [{"public_id": org.public_id, "name": org.name} for org in acme.simulator.orgs[1:]]
    assert ran.json["organisations_without_keys"] == named
    assert ran.json["organisations_not_identified"] == []
    assert levels(ran.json) == {level.id: "not_reached" if level.every_org else "reached" for level in LEVELS}
    assert f"2 child organisations have no keys in costguard.toml: {CHILD}, {OTHER}" in re.sub(r"\s+", " ", shown.out)


def test_an_organisation_that_is_not_identified_may_be_the_one_without_keys(tmp_path: Path) -> None:
    with company(tmp_path) as acme:
        acme.config.write_text(acme.config.read_text().replace(f'name = "{OTHER}"', 'name = "the labs"'))
        wrong = {"SIMULATED_LARKSPUR_LABS_APP_KEY": "x" * 40}
        ran, shown = doctor(acme, "--format", "json", env=wrong), doctor(acme, env=wrong)
    assert [each["name"] for each in ran.json["organisations_without_keys"]] == [OTHER]
    assert ran.json["organisations_not_identified"] == ["the labs"]
    assert "(unless that is the labs, whose public id is not known)" in re.sub(r"\s+", " ", shown.out)


def test_one_organisation_alone_says_nothing_of_the_others(acme: Company) -> None:
    ran = doctor(acme, "--org", CHILD, "--format", "json")
    shown = doctor(acme, "--org", CHILD)
    assert (ran.code, list(by_name(ran))) == (0, [CHILD])
    assert ran.json["organisations_without_keys"] is None
    assert ran.json["levels"] == []
    assert "All organisations together" not in shown.out
    assert "no parent organisation" not in shown.out


def test_one_organisation_that_says_nothing_of_its_parent_is_complete_alone(tmp_path: Path) -> None:
    with company(tmp_path) as acme:
        acme.config.write_text(acme.config.read_text().replace("parent = false", ""))
        ran = doctor(acme, "--org", CHILD, "--format", "json")
    assert (ran.code, ran.json["complete"], by_name(ran)[CHILD]["parent"]) == (0, True, False)


def test_a_rule_that_is_worked_out_of_a_table_stops_with_it(tmp_path: Path) -> None:
    with company(tmp_path, forbid={f"{CHILD}/timeseries_query"}) as acme:
        without, unasked = doctor(acme, "--format", "json"), doctor(acme)
        acme.config.write_text(f"[kubernetes]\n{acme.config.read_text()}")
        ran, shown = doctor(acme, "--format", "json"), doctor(acme)
        audit = acme.run("audit", "--format", "json", "--quiet")
    stopped = {each["rule"]: each["permissions"] for each in by_name(ran)[CHILD]["rules_that_will_not_run"]}
    assert stopped == {each: ["timeseries_query"] for each in ("k8s-overrequested", "logs-low-value-indexed")}
    # The audit, which found out by reading, says the same.
    affected = {
        rule for gap in audit.json["gaps"] if gap["org"] == CHILD and not gap["optional"] for rule in gap["rules"]
    }
    assert affected == set(stopped)
    assert "the cost of Kubernetes" in re.sub(r"\s+", " ", shown.out)
    # Nobody asked for clusters: nothing of theirs is missed.
    assert [each["rule"] for each in by_name(without)[CHILD]["rules_that_will_not_run"]] == ["logs-low-value-indexed"]
    assert "k8s-overrequested" not in unasked.out


def test_what_makes_a_rule_surer_is_named_where_the_rule_does_not_need_it(tmp_path: Path) -> None:
    with company(tmp_path, forbid={f"{CHILD}/usage_read"}) as acme:
        child = by_name(doctor(acme, "--format", "json"))[CHILD]
    assert child["rules_that_will_not_run"] == []
    assert child["rules_with_less_confidence"] == [
        {"rule": each, "permissions": ["usage_read"]} for each in ("logs-low-value-indexed", "metrics-unused")
    ]


def test_everything_that_is_read_unlocks_a_feature() -> None:
    assert set(FEATURES) == {name_of(each.provides) for each in collectors()} - {"org"}


def test_without_the_parent_the_bill_is_out_of_reach(tmp_path: Path) -> None:
    with company(tmp_path) as acme:
        only(acme, CHILD)
        declared = doctor(acme, "--format", "json")
        acme.config.write_text(acme.config.read_text().replace("parent = false", ""))
        ran, shown = doctor(acme, "--format", "json"), doctor(acme)
    assert (declared.code, ran.code) == (0, 3)
    assert by_name(ran)[CHILD]["parent"] is False
    assert levels(ran.json) == ALL_REACHED | {"basic": "not_reached"}
    assert "no parent organisation is in the settings" in re.sub(r"\s+", " ", shown.out)


def test_what_the_settings_say_wrongly_is_pointed_out(tmp_path: Path) -> None:
    with company(tmp_path) as acme:
        only(acme, CHILD)
        acme.config.write_text(acme.config.read_text().replace("parent = false", "parent = true"))
        ran, shown = doctor(acme, "--format", "json"), doctor(acme)
    assert [(org["parent"], org["declared_parent"]) for org in ran.json["orgs"]] == [(False, True)]
    assert "The settings say that it is the parent; by Datadog's answers it is a child." in shown.out


def test_keys_that_do_not_work_cost_only_their_organisation(acme: Company) -> None:
    env = {"SIMULATED_LARKSPUR_LABS_APP_KEY": "wrong" * 8, "SIMULATED_LARKSPUR_PAYMENTS_API_KEY": None}
    ran, shown = doctor(acme, "--format", "json", env=env), doctor(acme, env=env)
    assert (ran.code, shown.code) == (3, 3)
    orgs = by_name(ran)
    assert {name: org["keys"] for name, org in orgs.items()} == {
        PARENT: "accepted",
        CHILD: "not set",
        OTHER: "refused",
    }
    assert "SIMULATED_LARKSPUR_PAYMENTS_API_KEY is not set" in orgs[CHILD]["hint"]
    assert "SIMULATED_LARKSPUR_LABS_APP_KEY" in orgs[OTHER]["hint"]
    assert levels(orgs[PARENT]) == ALL_REACHED
    assert {each["state"] for each in orgs[OTHER]["levels"] if each["level"] != "basic"} == {"not_reached"}
    assert orgs[OTHER]["grant"] == []
    assert len(orgs[OTHER]["rules_that_will_not_run"]) >= 4
    assert "wrong" not in ran.out + shown.out
    assert ran.json["organisations_without_keys"] == []


def test_keys_that_are_refused_everywhere_are_an_error(acme: Company) -> None:
    env = {name: "wrong" * 8 for name in acme.env if name.endswith("_KEY")}
    ran = doctor(acme, "--format", "json", env=env)
    assert ran.code == 2
    assert {org["keys"] for org in ran.json["orgs"]} == {"refused"}
    assert "wrong" not in ran.out + ran.err


def test_what_cannot_be_reached_is_said_as_such(acme: Company) -> None:
    ran = doctor(acme, "--api-url", "http://127.0.0.1:9", "--format", "json")
    assert ran.code == 3
    assert {org["keys"] for org in ran.json["orgs"]} == {"unreachable"}
    assert all("cannot be reached" in org["hint"] for org in ran.json["orgs"])
    assert {each["granted"] for org in ran.json["orgs"] for each in org["permissions"]} == {None}
    assert set(levels(ran.json).values()) == {"unknown"}
    shown = doctor(acme, "--api-url", "http://127.0.0.1:9")
    assert shown.out.count("unreachable: 127.0.0.1:9 cannot be reached") == 3


def test_a_site_without_cost_attribution_says_so(tmp_path: Path) -> None:
    with company(tmp_path) as acme:
        acme.config.write_text(acme.config.read_text().replace("datadoghq.com", "ddog-gov.com"))
        ran, shown = doctor(acme, "--format", "json"), doctor(acme)
    assert by_name(ran)[PARENT]["cost_attribution"] is False
    assert "not available: Datadog does not offer it on ddog-gov.com" in shown.out
    # The cost by tags is a part of what the level promises.
    assert levels(ran.json) == ALL_REACHED | {"enhanced": "partly"}
    assert levels(by_name(ran)[PARENT])["enhanced"] == "partly"
    assert levels(by_name(ran)[CHILD])["enhanced"] == "reached"
    assert re.search(r"Enhanced +partly +with usage attribution tags; no cost by tags\n", shown.out)
    assert f"{PARENT}: no cost by tags" in re.sub(r"\s+", " ", shown.out)
    assert ran.code == 0


@pytest.mark.parametrize("columns", [80, 140])
def test_it_fits_its_width_and_is_plain_when_piped(tmp_path: Path, columns: int) -> None:
    with company(tmp_path, forbid={"dashboards_read", f"{OTHER}/usage_read"}, scopes={CHILD: ["metrics_read"]}) as acme:
        ran = doctor(acme, env={"COLUMNS": str(columns)})
    # But for the line that is to be copied.
    wide = [line for line in ran.out.splitlines() if len(line) > columns]
    assert [line for line in wide if "usage_read,billing_read," not in line] == []
    assert "\x1b" not in ran.out
    assert not any(line != line.rstrip() for line in ran.out.splitlines())


def test_hostile_names_are_shown_not_obeyed(tmp_path: Path) -> None:
    with company(tmp_path, hostile=True) as acme:
        only(acme, PARENT)
        shown = doctor(acme)
        title = acme.simulator.company.inventories[1].title
    assert "\x1b" not in shown.out
    assert CHILD in shown.out
    assert not title.isprintable()


def test_the_levels_are_those_of_the_seed() -> None:
    if not SEED.exists():
        pytest.skip(f"the description of the levels is not here: {SEED}")
    text = SEED.read_text(encoding="utf-8")
    required = [frozenset(each.split(", ")) for each in re.findall(r"^Required scopes: (.+)$", text, re.MULTILINE)]
    assert len(required) == 4
    assert set(required) == {frozenset(level.scopes) for level in LEVELS[:-1]}
    assert [level.every_org for level in LEVELS] == [False, True, True, True, True]


def test_every_scope_is_there_for_something(acme: Company) -> None:
    for org in doctor(acme, "--format", "json").json["orgs"]:
        for each in org["permissions"]:
            unlocks = each["unlocks"]
            assert unlocks["levels"] or unlocks["reads"], each
            if each["permission"] in OWN_SCOPES:
                assert unlocks["levels"] == []
                assert unlocks["rules"] or unlocks["rules_surer"]


@pytest.mark.parametrize(("file", "name", "make"), BLOCKS, ids=lambda value: getattr(value, "name", None))
def test_the_tables_of_the_documents_are_those_of_the_program(file: Path, name: str, make: Any) -> None:
    """`python -m tests.levels_tables` writes them anew."""
    assert parts(file, name)[1] == make()
