"""What an hour of a Kubernetes node costs, and how that divides into CPU, memory and GPU: the `[kubernetes]` table."""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from costguard.model.base import Frozen
from costguard.model.money import Usd

PLACES = 9
"""Decimal places that an hourly price may have."""

_TAG_GLOB = re.compile(r"[^\s,(){}\"'!|&]{1,200}")
"""What a glob for a tag's value may hold: nothing that a metric query gives a meaning of its own, but for `*`."""


def price(value: Decimal) -> Usd:
    """An hourly price; raises ValueError, in words, for what is none."""
    if not value.is_finite():
        raise ValueError("must be a number")
    if value < 0:
        raise ValueError("must not be negative")
    if value >= 10**4:
        raise ValueError("must be the price of one hour, below 10,000")
    if value != round(value, PLACES):
        raise ValueError(f"must not have more than {PLACES} decimal places")
    return value


def _glob(value: str) -> str:
    if not _TAG_GLOB.fullmatch(value):
        raise ValueError("must be the name of a cluster, in which * stands for anything")
    return value


def _tag_key(value: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_./-]{0,199}", value):
        raise ValueError("must be the key of a tag, like instance-type")
    return value


Share = Annotated[Decimal, Field(ge=0, le=1)]
HourlyPrice = Annotated[Decimal, AfterValidator(price)]


class Weights(Frozen):
    """How the cost of a node without GPUs divides: Datadog's own 60 % CPU and 40 % memory (docs/datadog.md, F)."""

    cpu: Share = Decimal("0.6")
    memory: Share = Decimal("0.4")

    @property
    def gpu(self) -> Decimal:
        """Nothing."""
        return Decimal(0)

    @model_validator(mode="after")
    def _whole(self) -> "Weights":
        _check(self.cpu, self.memory)
        return self


class GpuWeights(Frozen):
    """How the cost of a node with GPUs divides: Datadog's own 95 % GPU, 3 % CPU, 2 % memory (docs/datadog.md, F)."""

    gpu: Share = Decimal("0.95")
    cpu: Share = Decimal("0.03")
    memory: Share = Decimal("0.02")

    @model_validator(mode="after")
    def _whole(self) -> "GpuWeights":
        _check(self.gpu, self.cpu, self.memory)
        return self


def _check(*shares: Decimal) -> None:
    if sum(shares) != 1:
        raise ValueError(f"must add up to 1, not {sum(shares)}")
    if any(share != round(share, 6) for share in shares):
        raise ValueError("must not have more than 6 decimal places")


class NodePrice(Frozen):
    """A row of a price file: what an hour of one node, or of each node of an instance type, costs."""

    node: str = ""
    """The node's name in Kubernetes; "" = the row is about an instance type."""
    instance_type: str = ""
    cluster: str = ""
    """"" = in every cluster."""
    hourly: Usd

    @property
    def subject(self) -> tuple[str, str, str]:
        """What the row is about: no other row may be."""
        return self.cluster, self.node, "" if self.node else self.instance_type


class KubernetesSettings(Frozen):
    """The `[kubernetes]` table; without it nothing is asked about Kubernetes."""

    clusters: Annotated[tuple[Annotated[str, AfterValidator(_glob)], ...], Field(min_length=1)] = ("*",)
    """Names of the clusters to read (tag kube_cluster_name), with * for anything."""
    weights: Weights = Weights()
    gpu_weights: GpuWeights = GpuWeights()
    prices_file: Path | None = None
    """A CSV of node prices; see docs/kubernetes.md."""
    prices: Mapping[str, HourlyPrice] = {}
    """Hourly prices by instance type or node, with * for anything; of several an exact one counts, else the first."""
    instance_type_tag: Annotated[str, AfterValidator(_tag_key)] = "instance-type"
    """The host tag that names a node's instance type; Datadog's AWS and Google Cloud integrations set this one."""

    def covers(self, cluster: str) -> bool:
        """Whether the cluster is one of those to read."""
        return any(fnmatchcase(cluster, glob) for glob in self.clusters)


class NodePrices:
    """Looks up what an hour of a node costs: the file before `[kubernetes.prices]`, a node before its type."""

    def __init__(self, settings: KubernetesSettings, listed: Iterable[NodePrice] = ()) -> None:
        """`listed`: the rows of the price file."""
        self._listed = {each.subject: each.hourly for each in listed}
        self._globs = settings.prices

    def of(self, *, cluster: str, node: str, instance_type: str) -> Usd | None:
        """The price of an hour; None where nobody has said it."""
        listed = (self._listed.get(subject) for subject in _subjects(cluster, node, instance_type))
        exact = (self._globs.get(name) for name in (node, instance_type) if name)
        matching = (
            hourly
            for glob, hourly in self._globs.items()
            if any(name and fnmatchcase(name, glob) for name in (node, instance_type))
        )
        return _first(listed, exact, matching)


def _subjects(cluster: str, node: str, instance_type: str) -> Iterable[tuple[str, str, str]]:
    yield from ((cluster, node, ""), ("", node, ""))
    if instance_type:
        yield from ((cluster, "", instance_type), ("", "", instance_type))


def _first(*candidates: Iterable[Usd | None]) -> Usd | None:
    return next((each for prices in candidates for each in prices if each is not None), None)
