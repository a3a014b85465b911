"""The `[attribution]` and `[usage]` tables: what they may say, and the one line for what they may not."""

from pathlib import Path

import pytest

from costguard.model.usage_settings import Attribution, UsageSettings
from costguard.settings import SettingsError, load


def read(tmp_path: Path, text: str) -> tuple[Attribution, UsageSettings]:
    file = tmp_path / "costguard.toml"
    file.write_text(text)
    settings = load(file, {})
    return settings.attribution, settings.usage


def test_without_the_tables_all_that_datadog_keeps_is_read(tmp_path: Path) -> None:
    """But for usage by the hour: of a month, and by tags not at all."""
    assert read(tmp_path, "") == (Attribution(), UsageSettings())
    assert (UsageSettings().months, UsageSettings().hourly_days) == (15, None)
    assert (Attribution().tags, Attribution().hourly_days) == ((), 0)


def test_what_they_say(tmp_path: Path) -> None:
    attribution, usage = read(
        tmp_path,
        """
        [attribution]
        tags = ["team", "kube_namespace", "cost/center"]
        hourly_days = 7
        usage_types = ["infra_host_usage"]

        [usage]
        months = 3
        hourly_days = 62
        connected_accounts = true
        versions = { infra_hosts = "1.0.0" }
        """,
    )
    assert attribution.tags == ("team", "kube_namespace", "cost/center")
    assert (attribution.hourly_days, attribution.usage_types) == (7, ("infra_host_usage",))
    assert (usage.months, usage.hourly_days, usage.connected_accounts) == (3, 62, True)
    assert usage.versions == {"infra_hosts": "1.0.0"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            '[attribution]\ntags = ["a", "b", "c", "d"]',
            "attribution.tags: has 4 keys; Datadog attributes usage by at most",
        ),
        ('[attribution]\ntags = ["a", "a"]', "attribution.tags: names a key twice; give each once"),
        ('[attribution]\ntags = ["a,b"]', "attribution.tags[1]: must be the key of a tag, like team"),
        ('[attribution]\ntags = ["a///b"]', "attribution.tags[1]: must be the key of a tag, like team"),
        ('[attribution]\ntag = ["a"]', "attribution.tag: unknown key; did you mean tags?"),
        ("[attribution]\nhourly_days = 63", "attribution.hourly_days: must be less than or equal to 62"),
        ("[attribution]\nhourly_days = true", "attribution.hourly_days: must be a valid integer"),
        ('[attribution]\nusage_types = ["Infra Host"]', "attribution.usage_types[1]: must be one of Datadog's names"),
        ("[usage]\nmonths = 16", "usage.months: must be less than or equal to 15"),
        ("[usage]\nmonths = 1", "usage.months: must be greater than or equal to 2"),
        ("[usage]\nhourly_days = 0", "usage.hourly_days: must be greater than or equal to 1"),
        ('[usage]\nversions = { infra_hosts = "new" }', 'usage.versions.infra_hosts: must be a version, like "1.0.0"'),
        ("[usage]\nconnected_accounts = 1", "usage.connected_accounts: must be a valid boolean"),
    ],
)
def test_what_they_may_not_say(tmp_path: Path, text: str, problem: str) -> None:
    """One line: the file, the key, what is wrong with it."""
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, text)
    message = str(caught.value)
    assert message.startswith(f"{tmp_path / 'costguard.toml'}: {problem}")
    assert "\n" not in message
