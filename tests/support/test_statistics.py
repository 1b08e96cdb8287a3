"""The arithmetic that says whether durations can be told apart."""

from __future__ import annotations

import random
from statistics import StatisticsError

import pytest

from tests.support.statistics import Comparison, Margins, medians_apart, slower

MARGINS = Margins(least=0.2, apart=1.1)


def by_counting(these: list[float], those: list[float]) -> float:
    """The definition, pair by pair."""
    pairs = [(one, other) for one in these for other in those]
    return sum((one > other) + (one == other) / 2 for one, other in pairs) / len(pairs)


def test_each_longer_is_one_each_shorter_is_nought_and_equal_is_a_half() -> None:
    assert slower([3, 4], [1, 2]) == 1
    assert slower([1, 2], [3, 4]) == 0
    assert slower([1, 1], [1, 1]) == 0.5
    assert slower([2], [1, 2, 3, 4]) == 0.375


def test_ranks_give_what_counting_pairs_gives_and_its_mirror() -> None:
    lot = random.Random(1)
    for _ in range(50):
        these = [float(lot.randrange(9)) for _ in range(lot.randrange(1, 20))]
        those = [float(lot.randrange(9)) for _ in range(lot.randrange(1, 20))]
        assert slower(these, those) == pytest.approx(by_counting(these, those))
        assert slower(these, those) + slower(those, these) == pytest.approx(1)


def test_medians_do_not_mind_a_long_tail() -> None:
    assert medians_apart([2, 2, 900], [1, 1, 1]) == 2
    assert medians_apart([1, 1, 1], [2, 2, 900]) == 0.5


def test_nothing_is_said_about_an_empty_sample() -> None:
    for these, those in (([], [1.0]), ([1.0], [])):
        with pytest.raises(ValueError, match="empty"):
            slower(these, those)
        with pytest.raises(StatisticsError):
            medians_apart(these, those)


def test_a_certain_difference_that_is_tiny_and_a_big_one_by_chance_are_let_pass() -> None:
    tiny = Comparison.of([1.01] * 9, [1.0] * 9)
    assert (tiny.auc, tiny.tells_apart(MARGINS)) == (1, False)
    scattered = Comparison.of([1, 1, 2, 2, 2], [1, 1, 1, 2, 2])
    assert (scattered.ratio, scattered.tells_apart(MARGINS)) == (2, False)


@pytest.mark.parametrize("factor", [0.85, 1.15])
def test_what_is_certain_and_big_is_seen_in_either_direction(factor: float) -> None:
    lot = random.Random(2)
    those = [lot.gauss(1, 0.03) for _ in range(64)]
    these = [factor * lot.gauss(1, 0.03) for _ in range(64)]
    assert Comparison.of(these, those).tells_apart(MARGINS)
    assert Comparison.of(those, these).tells_apart(MARGINS)


def test_samples_of_one_kind_are_never_told_apart_in_a_thousand_draws() -> None:
    lot = random.Random(3)
    for _ in range(1000):
        # As skewed as durations are, and noisier than any that was measured.
        these, those = ([1 + lot.expovariate(4) for _ in range(64)] for _ in range(2))
        assert not Comparison.of(these, those).tells_apart(MARGINS)
