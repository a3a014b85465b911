"""The simulator as tests, the demo and benchmarks hold it: start it, ask it for the truth, change it."""

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from threading import Thread
from types import TracebackType
from typing import Self

from costguard.simulator.bill_truth import BillTruth
from costguard.simulator.calendar import iso
from costguard.simulator.clusters import Cluster, clusters
from costguard.simulator.company import Company, found
from costguard.simulator.faults import Faults
from costguard.simulator.history import History
from costguard.simulator.inventory import SimulatedOrg
from costguard.simulator.ledger import Ledger
from costguard.simulator.limits import Limit, RateLimits
from costguard.simulator.server import Server
from costguard.simulator.traits import Traits
from costguard.simulator.truth import Truth, tell
from costguard.simulator.usage import Account
from costguard.simulator.world import RequestLog, World


class Simulator:
    """An invented company behind Datadog's API on a loopback address; a context manager.

    `now` is the moment at which the company is simulated and must be aware of its time zone. `forbid` names permissions
    that the keys lack, everywhere ("dashboards_read") or in one organisation ("larkspur-labs/dashboards_read").
    `scopes` limits application keys, by the name of their organisation; the others may do all that their role allows.
    `limits` holds tight rate limits by bucket name. `traits` say what kind of customer the account is. `anchor` is the
    moment from which its past is counted, `now` by default: the same account at another moment has the same anchor.
    Everything that is answered follows from seed, scale, now and anchor.
    """

    def __init__(
        self,
        *,
        scale: int = 1,
        now: datetime,
        seed: int = 1,
        forbid: Collection[str] = (),
        scopes: Mapping[str, Collection[str]] | None = None,
        faults: Faults | None = None,
        hostile: bool = False,
        limits: Mapping[str, Limit] | None = None,
        port: int = 0,
        clock: Callable[[], float] = time.time,
        traits: Traits | None = None,
        anchor: datetime | None = None,
    ) -> None:
        if now.tzinfo is None:
            raise ValueError("now must be aware of its time zone")
        self.company: Company = found(scale=scale, now=now.astimezone(UTC), seed=seed, hostile=hostile)
        for org, limited in (scopes or {}).items():
            inventory = self.company.of(org)
            inventory.org = replace(inventory.org, scopes=frozenset(limited))
        history = History((anchor or now).astimezone(UTC), self.company.now)
        self.account = Account(self.company, history, traits or Traits())
        self.faults = faults or Faults()
        self.forbid = frozenset(forbid)
        self.ledger = Ledger(self.account)
        self._world = World(
            self.ledger,
            limits=RateLimits(limits or {}, clock),
            faults=self.faults,
            forbidden=self._forbidden,
        )
        self._server = Server(self._world, port)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def url(self) -> str:
        """Where it listens: http://127.0.0.1:54321."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def now(self) -> datetime:
        """The moment at which the company is simulated."""
        return self.company.now

    @property
    def orgs(self) -> tuple[SimulatedOrg, ...]:
        """The organisations, parent first."""
        return tuple(inventory.org for inventory in self.company.inventories)

    @cached_property
    def truth(self) -> Truth:
        """What there is to be found, and what it is worth."""
        return tell(self.bill_truth)

    @cached_property
    def bill_truth(self) -> BillTruth:
        """What the bill has to show, in every breakdown."""
        return BillTruth(self.ledger)

    @property
    def clusters(self) -> tuple[Cluster, ...]:
        """The Kubernetes clusters of all organisations; see cluster_costs for what they cost."""
        return clusters(tuple(org.name for org in self.orgs), self.now, hostile=self.company.hostile)

    @property
    def requests(self) -> list[RequestLog]:
        """The requests in the order in which they were answered; may be cleared between two phases."""
        return self._world.requests

    @property
    def offences(self) -> list[str]:
        """What was asked that no reader should ask: queries of customers' metrics."""
        return self._world.offences

    def touch_dashboard(self, org: str, identity: str, *, title: str | None = None) -> None:
        """Edits a dashboard just now, and perhaps gives it another title; KeyError for an unknown one."""
        dashboard = self.company.of(org).dashboard(identity)
        if dashboard is None:
            raise KeyError(identity)
        dashboard["modified_at"] = iso(self.now)
        dashboard["title"] = title or dashboard["title"]
        self._world.forget()

    def pause_test(self, org: str, identity: str) -> None:
        """Pauses a synthetic test, as its owner might after reading a report; billed usage of past months stays."""
        self.account.settle()
        next(test for test in self.company.of(org).tests if test.id == identity).live = False
        self._world.forget()

    def start(self) -> Self:
        """Begins to answer."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stops answering and frees the port."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _forbidden(self, org: str, permission: str) -> bool:
        return permission in self.forbid or f"{org}/{permission}" in self.forbid
