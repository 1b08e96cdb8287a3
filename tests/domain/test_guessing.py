from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authserver.domain.guessing import LockRule, wait_after

FIVE = LockRule(most=5, first_wait=timedelta(minutes=5), longest_wait=timedelta(hours=1))
MINUTES = timedelta(minutes=1)


def rules() -> st.SearchStrategy[LockRule]:
    return st.builds(
        lambda most, first, more: LockRule(
            most=most,
            first_wait=timedelta(seconds=first),
            longest_wait=timedelta(seconds=first + more),
        ),
        st.integers(1, 10),
        st.integers(1, 30 * 86_400),
        st.integers(0, 365 * 86_400),
    )


@pytest.mark.parametrize(
    ("number", "wait"),
    [
        *((0, None), (1, None), (4, None), (5, 5 * MINUTES), (6, None), (9, None)),
        *((10, 10 * MINUTES), (15, 20 * MINUTES), (20, 40 * MINUTES), (25, 60 * MINUTES)),
        *((26, None), (30, 60 * MINUTES), (5 * 10**6, 60 * MINUTES)),
    ],
)
def test_each_round_of_wrong_tries_waits_twice_as_long_up_to_the_longest(
    number: int, wait: timedelta | None
):
    assert wait_after(number, FIVE) == wait


def test_a_rule_of_one_locks_after_every_try():
    rule = LockRule(most=1, first_wait=MINUTES, longest_wait=3 * MINUTES)
    assert [wait_after(number, rule) for number in range(1, 5)] == [
        MINUTES,
        2 * MINUTES,
        3 * MINUTES,
        3 * MINUTES,
    ]


@given(rules(), st.integers(0, 10**9))
def test_a_wait_never_exceeds_the_longest_and_is_never_shorter_than_the_first(
    rule: LockRule, number: int
):
    wait = wait_after(number, rule)
    assert wait is None or rule.first_wait <= wait <= rule.longest_wait
    assert (wait is None) is (number == 0 or number % rule.most != 0)


@given(rules())
def test_waits_never_become_shorter(rule: LockRule):
    waits = [wait for n in range(1, 500) if (wait := wait_after(n, rule)) is not None]
    assert waits == sorted(waits)


def test_a_month_of_guessing_without_rest_buys_less_than_two_hundred_tries():
    """What the packaged policy's rule for passwords is worth."""
    rule = LockRule(most=5, first_wait=timedelta(minutes=5), longest_wait=timedelta(days=1))
    passed, tries = timedelta(), 0
    while passed < timedelta(days=30):
        tries += 1
        passed += wait_after(tries, rule) or timedelta()
    assert tries < 200


def test_an_endless_attack_on_a_rule_of_long_waits_is_still_counted():
    rule = LockRule(most=1, first_wait=timedelta(days=30), longest_wait=timedelta(days=365))
    assert wait_after(10**9, rule) == timedelta(days=365)
