"""Where settings come from, and the one line that a wrong one is answered with."""

from decimal import Decimal
from pathlib import Path

import pytest

from costguard.settings import OrgSettings, Overrides, Settings, SettingsError, default_store, keys, load

FILE = """
currency = "EUR"
store = "state/c.duckdb"
api_url = "https://file.example"
rule_paths = ["ours", "/abs"]
rate_limit_share = 0.25

[[orgs]]
name = "main"
site = "datadoghq.eu"
parent = true

[[orgs]]
name = "child"
site = "us5.datadoghq.com"
api_key_env = "CHILD_API"
app_key_env = "CHILD_APP"
parent = false

[[orgs]]
name = "other"
api_key_env = "OTHER_API"
app_key_env = "OTHER_APP"

[rules.synthetics-idle]
min_age_days = 60

[rules.logs-debug]
enabled = false
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "settings.toml"
    path.write_text(FILE)
    return path


def test_defaults_are_one_organisation_with_datadogs_own_variables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load(None, {})
    assert settings == Settings()
    assert settings.orgs == (OrgSettings(name="default", site="datadoghq.com"),)
    assert (settings.currency, settings.rate_limit_share, settings.api_url) == ("USD", Decimal("0.5"), None)
    assert settings.store == default_store()
    assert settings.store.name == "costguard.duckdb"
    assert settings.store.is_absolute()


def test_everything_in_the_file_is_read_and_its_paths_are_relative_to_it(file: Path) -> None:
    settings = load(file, {})
    assert [(org.name, org.site, org.parent) for org in settings.orgs] == [
        ("main", "datadoghq.eu", True),
        ("child", "us5.datadoghq.com", False),
        ("other", "datadoghq.com", None),
    ]
    assert settings.currency == "EUR"
    assert settings.rate_limit_share == Decimal("0.25")
    assert settings.store == file.parent / "state/c.duckdb"
    assert settings.rule_paths == (file.parent / "ours", Path("/abs"))
    assert settings.rules["synthetics-idle"].enabled
    assert settings.rules["synthetics-idle"].options == {"min_age_days": 60}
    assert not settings.rules["logs-debug"].enabled
    assert settings.file == file


@pytest.mark.parametrize(
    ("env", "flags", "store", "api_url"),
    [
        ({}, {}, "file", "https://file.example"),
        ({"COSTGUARD_STORE": "", "COSTGUARD_API_URL": ""}, {}, "file", "https://file.example"),
        ({"COSTGUARD_STORE": "e", "COSTGUARD_API_URL": "https://env.example"}, {}, "e", "https://env.example"),
        (
            {"COSTGUARD_STORE": "e", "COSTGUARD_API_URL": "https://env.example"},
            {"store": Path("f"), "api_url": "https://flag.example"},
            "f",
            "https://flag.example",
        ),
        ({"COSTGUARD_STORE": "e"}, {"store": None, "api_url": None}, "e", "https://file.example"),
    ],
)
def test_flags_over_environment_over_file(
    file: Path, env: dict[str, str], flags: Overrides, store: str, api_url: str
) -> None:
    settings = load(file, env, flags)
    assert settings.store == (file.parent / "state/c.duckdb" if store == "file" else Path(store))
    assert settings.api_url == api_url


def test_dd_site_is_the_site_of_dd_api_key_and_the_default_of_the_others(file: Path) -> None:
    settings = load(file, {"DD_SITE": "us3.datadoghq.com"})
    assert [org.site for org in settings.orgs] == ["us3.datadoghq.com", "us5.datadoghq.com", "us3.datadoghq.com"]


def test_the_file_is_found_by_flag_then_environment_then_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("costguard", "env", "flag"):
        Path(f"{name}.toml").write_text(f'[[orgs]]\nname = "{name}"')
    assert load(None, {}).orgs[0].name == "costguard"
    assert load(None, {"COSTGUARD_CONFIG": "env.toml"}).orgs[0].name == "env"
    assert load(Path("flag.toml"), {"COSTGUARD_CONFIG": "env.toml"}).orgs[0].name == "flag"


def test_a_byte_order_mark_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_bytes(b'\xef\xbb\xbfcurrency = "CHF"')
    assert load(tmp_path / "s.toml", {}).currency == "CHF"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('curency = "EUR"', "curency: unknown key; did you mean currency?"),
        ("zzz = 1", f"zzz: unknown key; known: {', '.join(sorted(Settings.model_fields.keys() - {'file'}))}"),
        ('file = "x"', "file: unknown key; known: api_url,"),
        ('"a\\nb" = 1', '"a\\nb": unknown key'),
        ('[[orgs]]\nnmae = "a"', "orgs[1].nmae: unknown key; did you mean name?"),
        ('[[orgs]]\nname = "a"\napi_key = "secret"', "orgs[1].api_key: unknown key; did you mean api_key_env?"),
        ('[[orgs]]\nsite = "datadoghq.eu"', "orgs[1].name: is required"),
        ("[[orgs]]\nname = 1", "orgs[1].name: must be a valid string"),
        ('[[orgs]]\nname = " "', "orgs[1].name: must not be blank"),
        ('[[orgs]]\nname = "a\\u001b[31m"', "orgs[1].name: must not be blank or hold control characters"),
        ('[[orgs]]\nname = "a"\nparent = "yes"', "orgs[1].parent: must be a valid boolean"),
        (
            '[[orgs]]\nname = "a"\nsite = "datadog.eu"',
            "orgs[1].site: datadog.eu is not a Datadog site; did you mean datadoghq.eu?",
        ),
        ('[[orgs]]\nname = "a"\nsite = "evil.example"', "known: ap1.datadoghq.com, ap2.datadoghq.com, datadoghq.com,"),
        ('[orgs]\nname = "a"', "orgs: must be a list; a list of tables is written [[name]]"),
        ("orgs = []", "orgs: must not be empty"),
        (
            '[[orgs]]\nname = "a"\n[[orgs]]\nname = "a"',
            "orgs: two organisations are named a; give each its own name",
        ),
        (
            '[[orgs]]\nname = "a"\nparent = true\n[[orgs]]\nname = "b"\nparent = true',
            "orgs: a and b are both marked parent; an account has one",
        ),
        ('currency = "usd"', "currency: must be a currency's three capital letters, like USD"),
        ("currency = 1", "currency: must be a valid string"),
        ("rules = 1", "rules: must be a table"),
        ("rules.x = 1", "rules.x: must be a table"),
        ("[rules.x]\nenabled = 1", "rules.x.enabled: must be a valid boolean"),
        ("rate_limit_share = 0", "rate_limit_share: must be greater than 0"),
        ("rate_limit_share = 1.1", "rate_limit_share: must be less than or equal to 1"),
        ("rate_limit_share = nan", "rate_limit_share: must be a finite number"),
        ("rate_limit_share = 1e99999999999999999999", "not valid TOML: a number is out of range"),
        ('rule_paths = "a"', "rule_paths: must be a list"),
        ("rule_paths = [1]", "rule_paths[1]: must be a path"),
        ("store = 1", "store: must be a path"),
        ("a =", "not valid TOML: Invalid value"),
        ("a = " + "[" * 5000, "not valid TOML"),
        ("a = " + "1" * 5000, "not valid TOML"),
    ],
)
def test_a_wrong_setting_is_one_line_with_file_key_and_next_step(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "costguard.toml"
    file.write_text(text)
    with pytest.raises(SettingsError) as caught:
        load(file, {})
    line = str(caught.value)
    assert line.startswith(f"{file}: ")
    assert message in line
    assert line.isprintable()
    assert "secret" not in line


def test_a_file_that_was_asked_for_must_be_readable(tmp_path: Path) -> None:
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b"# \xe9")
    for path, message in [
        (tmp_path / "none.toml", "none.toml: cannot be read: No such file or directory; check --config"),
        (tmp_path, "cannot be read: Is a directory"),
        (latin, "latin.toml: byte 2 is not UTF-8"),
    ]:
        with pytest.raises(SettingsError, match=message):
            load(path, {})
        with pytest.raises(SettingsError, match=message):
            load(None, {"COSTGUARD_CONFIG": str(path)})


def test_a_wrong_dd_site_is_reported_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        SettingsError, match=r"environment variable DD_SITE: site: us9.*did you mean us\d.datadoghq.com"
    ):
        load(None, {"DD_SITE": "us9.datadoghq.com"})


@pytest.mark.parametrize("key", ["0123456789abcdef0123456789abcdef", "ABCDEF0123456789ABCDEF0123456789", "ddapp_x"])
def test_a_key_written_where_a_variables_name_belongs_is_refused_and_not_shown(tmp_path: Path, key: str) -> None:
    (tmp_path / "s.toml").write_text(f'[[orgs]]\nname = "a"\napp_key_env = "{key}"')
    with pytest.raises(SettingsError, match="app_key_env: must be the name of an environment variable") as caught:
        load(tmp_path / "s.toml", {})
    assert key not in str(caught.value)


def test_keys_come_from_the_variables_that_the_organisation_names() -> None:
    org = OrgSettings(name="a", api_key_env="A_API", app_key_env="A_APP")
    found = keys(org, {"A_API": "api-word\n", "A_APP": "app-word", "DD_API_KEY": "other"})
    assert (found.api, found.app) == ("api-word", "app-word")
    assert "word" not in repr(found) + str(found) + f"{found!r:>40}"


@pytest.mark.parametrize(
    ("env", "message"),
    [
        ({}, "organisation a: DD_API_KEY is not set"),
        ({"DD_API_KEY": "x", "DD_APP_KEY": " "}, "organisation a: DD_APP_KEY is not set"),
        ({"DD_API_KEY": "sec\r\nret", "DD_APP_KEY": "x"}, "organisation a: DD_API_KEY does not hold a key"),
        ({"DD_API_KEY": "x", "DD_APP_KEY": "sec ret"}, "organisation a: DD_APP_KEY does not hold a key"),
    ],
)
def test_a_missing_key_names_organisation_and_variable(env: dict[str, str], message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        keys(OrgSettings(name="a"), env)
    assert message in str(caught.value)
    assert "ret" not in str(caught.value)
