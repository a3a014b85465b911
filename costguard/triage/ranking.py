"""Which findings matter most: a score from the money, the confidence, the risk and the effort."""

from math import log10

from costguard.model.findings import Confidence, Effort, Finding, Risk
from costguard.model.money import Saving

CONFIDENCE = {Confidence.HIGH: 1.0, Confidence.MEDIUM: 0.75, Confidence.LOW: 0.5}
RISK = {Risk.SAFE: 1.0, Risk.REVIEW: 0.9}
EFFORT = {Effort.MINUTES: 1.0, Effort.HOURS: 0.9, Effort.DAYS: 0.75}

FULL_SCORE_AT = 10_000
"""Dollars a month at which the money alone reaches the full score."""

UNPRICED_AS = 10
"""Dollars a month at which a finding without a price is ranked."""


def score(finding: Finding, saving: Saving | None) -> int:
    """0–100: the logarithm of the money, weighed by confidence, risk and effort.

    Money is what is saved now, or half of what is saved at renewal where that is more; $10,000 a month is full size.
    Of a finding that saves nothing it is half of what the finding concerns. Without a price it is taken for $10.
    """
    if saving is None:
        worth = float(UNPRICED_AS if finding.concerns is None else finding.concerns / 2)
    elif saving.known or saving.now or saving.at_renewal:
        worth = max(float(saving.now or 0), float(saving.at_renewal or 0) / 2)
    else:
        worth = float(UNPRICED_AS)
    size = min(1.0, log10(1 + max(worth, 0.0)) / log10(1 + FULL_SCORE_AT))
    return round(100 * size * CONFIDENCE[finding.confidence] * RISK[finding.risk] * EFFORT[finding.effort])
