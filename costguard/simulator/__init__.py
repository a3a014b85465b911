"""An invented company behind a loopback copy of Datadog's API: for the demo, for tests and for benchmarks."""

from costguard.simulator.bill_truth import BillTruth, Figures
from costguard.simulator.faults import Faults
from costguard.simulator.inventory import SimulatedOrg
from costguard.simulator.limits import Limit
from costguard.simulator.money import ExpectedMoney
from costguard.simulator.setup import environment, settings_toml
from costguard.simulator.simulator import Simulator
from costguard.simulator.traits import Traits
from costguard.simulator.truth import Expected, Truth
from costguard.simulator.world import RequestLog

__all__ = [
    "BillTruth",
    "Expected",
    "ExpectedMoney",
    "Faults",
    "Figures",
    "Limit",
    "RequestLog",
    "SimulatedOrg",
    "Simulator",
    "Traits",
    "Truth",
    "environment",
    "settings_toml",
]
