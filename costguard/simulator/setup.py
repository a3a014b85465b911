"""How costguard is told of the simulated organisations: a settings file and the environment that it names."""

from costguard.simulator.simulator import Simulator


def _variable(org: str, what: str) -> str:
    return f"SIMULATED_{org.upper().replace('-', '_')}_{what}"


def environment(sim: Simulator) -> dict[str, str]:
    """The variables to export: each organisation's keys, and where the API is."""
    variables = {"COSTGUARD_API_URL": sim.url}
    for org in sim.orgs:
        variables[_variable(org.name, "API_KEY")] = org.api_key
        variables[_variable(org.name, "APP_KEY")] = org.app_key
    return variables


def settings_toml(sim: Simulator) -> str:
    """A costguard.toml for the simulated organisations; their keys stay in the environment."""
    return "\n".join(
        f'[[orgs]]\nname = "{org.name}"\nsite = "{sim.account.traits.site}"\n'
        f'api_key_env = "{_variable(org.name, "API_KEY")}"\napp_key_env = "{_variable(org.name, "APP_KEY")}"\n'
        f"parent = {'true' if org.parent else 'false'}\n"
        for org in sim.orgs
    )
