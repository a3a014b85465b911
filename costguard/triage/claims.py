"""Which claims of several findings about one resource count: of each billing dimension the largest."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from costguard.model.findings import Finding
from costguard.model.money import Dimension, Units

ResourceKey: TypeAlias = tuple[str, str, str]
"""Organisation, kind and id."""


@dataclass(frozen=True, slots=True)
class _Claim:
    fingerprint: str
    units: Units
    size: Units
    """What is compared: of a commitment, how much it is to change, either way."""


def overlapping(findings: Iterable[Finding]) -> dict[str, tuple[str, ...]]:
    """For each finding that is not the largest claim about its resource in some dimension: those that are."""
    every = tuple(findings)
    out: defaultdict[str, set[str]] = defaultdict(set)
    for of in (_frees, _commits):
        for claims in _claims(every, of).values():
            largest = claims[0]
            for claim in claims[1:]:
                out[claim.fingerprint].add(largest.fingerprint)
    return {fingerprint: tuple(sorted(larger)) for fingerprint, larger in out.items()}


def freed(findings: Iterable[Finding]) -> dict[Dimension, Units]:
    """Units a month that all findings free together."""
    return _together(findings, _frees)


def recommitted(findings: Iterable[Finding]) -> dict[Dimension, Units]:
    """Units by which all findings change commitments together."""
    return _together(findings, _commits)


def _frees(finding: Finding) -> Mapping[Dimension, Units]:
    return finding.frees


def _commits(finding: Finding) -> Mapping[Dimension, Units]:
    return finding.commits


def _together(
    findings: Iterable[Finding], of: Callable[[Finding], Mapping[Dimension, Units]]
) -> dict[Dimension, Units]:
    units: defaultdict[Dimension, Units] = defaultdict(Decimal)
    for (_, dimension), claims in _claims(findings, of).items():
        units[dimension] += claims[0].units
    return dict(units)


def _claims(
    findings: Iterable[Finding], of: Callable[[Finding], Mapping[Dimension, Units]]
) -> dict[tuple[ResourceKey, Dimension], list[_Claim]]:
    """Claims by resource and dimension, the largest first."""
    claims: defaultdict[tuple[ResourceKey, Dimension], list[_Claim]] = defaultdict(list)
    for finding in findings:
        resource = (finding.resource.org, finding.resource.kind, finding.resource.id)
        for dimension, units in of(finding).items():
            size = abs(units) if finding.commits else units
            claims[resource, dimension].append(_Claim(finding.fingerprint, units, size))
    for each in claims.values():
        each.sort(key=lambda claim: (-claim.size, claim.fingerprint))
    return claims
