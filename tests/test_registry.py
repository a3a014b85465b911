"""Which rules there are, how one adds one's own, and what is said of one that cannot be used."""

from pathlib import Path
from textwrap import dedent

import pytest

from costguard.registry import RegistryError, choose, discover
from costguard.settings import RuleSettings, Settings, SettingsError

MINE = '''
"""Tests whose name says that they are temporary."""

from pydantic import Field

from costguard.rule import Confidence, Estate, Finding, Iterator, Options, Rule, SyntheticTest


class Temporary(Options):
    word: str = Field("tmp", description="Part of a name that marks a temporary test.")


class TemporaryTests(Rule[Temporary]):
    """Is there a temporary test left?"""

    id = "mine-temporary"
    needs = (SyntheticTest,)
    Options = Temporary

    def check(self, estate: Estate) -> Iterator[Finding]:
        for test in estate[SyntheticTest]:
            if self.options.word in test.name:
                yield self.finding(test, why="Its name.", do="Delete it.", frees={}, confidence=Confidence.LOW)
'''


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A user's own rule directory with one rule."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "temporary.py").write_text(MINE)
    return tmp_path


def settings(**rules: RuleSettings) -> Settings:
    return Settings(rules={name.replace("_", "-"): table for name, table in rules.items()})


def test_our_rules_are_found_by_their_place() -> None:
    assert [rule.id for rule in discover()] == [
        "attribution-tag-drift",
        "attribution-untagged",
        "commit-on-demand-excess",
        "commit-underused",
        "cost-anomaly",
        "cost-projected-over-budget",
        "k8s-overrequested",
        "logs-low-value-indexed",
        "metrics-unused",
        "synthetics-idle",
        "synthetics-overfrequent",
    ]


def test_a_users_own_rule_stands_beside_ours(mine: Path) -> None:
    ids = [rule.id for rule in discover([mine])]
    assert "mine-temporary" in ids
    assert "synthetics-idle" in ids


def test_rules_are_chosen_by_glob_and_by_settings(mine: Path) -> None:
    rules = discover([mine])
    assert [rule.id for rule in choose(rules, Settings(), ["synthetics-*"])] == [
        "synthetics-idle",
        "synthetics-overfrequent",
    ]
    off = settings(synthetics_idle=RuleSettings(enabled=False))
    assert "synthetics-idle" not in [rule.id for rule in choose(rules, off)]


def test_thresholds_come_from_the_settings(mine: Path) -> None:
    word = settings(mine_temporary=RuleSettings(options={"word": "scratch"}))
    (rule,) = choose(discover([mine]), word, ["mine-*"])
    assert rule.options.word == "scratch"


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"mine_temporary": {"wort": "x"}}, "rules.mine-temporary.wort: unknown key; did you mean word?"),
        ({"mine_temporary": {"word": 3}}, "rules.mine-temporary.word: must be a valid string"),
        ({"mine_temporal": {}}, "rules.mine-temporal: unknown key; did you mean mine-temporary?"),
    ],
)
def test_a_wrong_threshold_is_named(mine: Path, table: dict[str, dict[str, object]], said: str) -> None:
    wrong = settings(**{name: RuleSettings(options=options) for name, options in table.items()})
    with pytest.raises(SettingsError) as error:
        choose(discover([mine]), wrong)
    assert str(error.value) == f"costguard.toml: {said}"


def test_a_glob_that_matches_nothing_is_an_error(mine: Path) -> None:
    with pytest.raises(RegistryError, match="--rule synthetic-idle: matches no rule; did you mean synthetics-idle"):
        choose(discover([mine]), Settings(), ["synthetic-idle"])


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("mine/temporary.py", MINE.replace("mine-temporary", "mine-other"), "calls itself 'mine-other'"),
        ("mine/empty.py", "", "holds 0 rules"),
        ("mine/broken.py", "def (", "SyntaxError"),
        ("mine/failing.py", "raise OSError('no\\ndisk')", "OSError: no disk"),
        (
            "synthetics/idle.py",
            dedent(MINE).replace("mine-temporary", "synthetics-idle"),
            "another rule is already called synthetics-idle",
        ),
    ],
)
def test_a_rule_that_cannot_be_used_is_one_line(tmp_path: Path, file: str, text: str, said: str) -> None:
    path = tmp_path / file
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(RegistryError) as error:
        discover([tmp_path])
    assert said in str(error.value)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_a_rule_path_that_is_no_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="is not a folder"):
        discover([tmp_path / "missing"])
