"""Whether two samples of durations can be told apart: plain arithmetic without assumptions.

Durations have long tails, so means say little. Two numbers do: how often a duration of one sample
is longer than one of the other (the Mann-Whitney statistic, the area under the ROC curve: what an
attacker with one look at each would win), and how far the medians lie apart (what they could gain
by looking often).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


def slower(these: Sequence[float], those: Sequence[float]) -> float:
    """The probability that one of these is longer than one of those; ties count half.

    0.5 where nothing tells them apart, 1.0 where each of these is longer than all of those.
    Raises ValueError for an empty sample.
    """
    if not these or not those:
        raise ValueError("a sample is empty")
    ordered = sorted(those)
    shorter = sum(bisect_left(ordered, one) + bisect_right(ordered, one) for one in these)
    return shorter / (2 * len(these) * len(those))


def medians_apart(these: Sequence[float], those: Sequence[float]) -> float:
    """How many times as long the median of these is. Raises StatisticsError for an empty sample."""
    return median(these) / median(those)


@dataclass(frozen=True, slots=True, kw_only=True)
class Margins:
    """What is let pass: the AUC between ``least`` and its mirror, or medians so close together."""

    least: float
    apart: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two samples side by side: AUC and ratio of medians, both from the first one's side."""

    auc: float
    ratio: float

    @classmethod
    def of(cls, these: Sequence[float], those: Sequence[float]) -> Comparison:
        return cls(auc=slower(these, those), ratio=medians_apart(these, those))

    def tells_apart(self, margins: Margins) -> bool:
        """Whether the samples differ in both ways at once.

        Either alone is harmless: a certain difference that is tiny, or a big one by chance.
        """
        by_order = not margins.least <= self.auc <= 1 - margins.least
        by_size = not 1 / margins.apart <= self.ratio <= margins.apart
        return by_order and by_size
