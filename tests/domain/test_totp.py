"""Which step a code belongs to; codes are a made-up function of the step here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authserver.domain.totp import (
    ACCEPTED_SKEW,
    DIAGNOSED_SKEW,
    STEP_SECONDS,
    TotpJudgement,
    TotpVerdict,
    is_code,
    judge_code,
    step_of,
)

NOW = datetime(2026, 11, 24, 3, 0, 10, tzinfo=UTC)
PRESENT = step_of(NOW)


def code_at(step: int) -> str:
    """A code of its own for each of a million steps, so that every match is meant."""
    return f"{step % 1_000_000:06d}"


def judge(
    text: str,
    *,
    now: datetime = NOW,
    last_step: int = 0,
    code_at: Callable[[int], str] = code_at,
) -> TotpJudgement:
    return judge_code(text, now=now, last_step=last_step, code_at=code_at)


@pytest.mark.parametrize("off", range(-ACCEPTED_SKEW, ACCEPTED_SKEW + 1))
def test_a_code_of_a_near_step_is_fresh_and_names_its_step(off: int):
    assert judge(code_at(PRESENT + off)) == TotpJudgement(TotpVerdict.FRESH, PRESENT + off)


def test_the_previous_step_is_accepted_once():
    previous = judge(code_at(PRESENT - 1), last_step=PRESENT - 2)
    assert previous == TotpJudgement(TotpVerdict.FRESH, PRESENT - 1)
    again = judge(code_at(PRESENT - 1), last_step=previous.step)
    assert again == TotpJudgement(TotpVerdict.REPLAYED, PRESENT - 1)


def test_after_the_present_step_the_previous_one_is_a_replay_although_it_was_never_used():
    assert judge(code_at(PRESENT - 1), last_step=PRESENT).verdict is TotpVerdict.REPLAYED


def test_the_next_step_is_still_good_after_the_present_one():
    assert judge(code_at(PRESENT + 1), last_step=PRESENT).verdict is TotpVerdict.FRESH


@pytest.mark.parametrize(
    "off", [-DIAGNOSED_SKEW, -ACCEPTED_SKEW - 1, ACCEPTED_SKEW + 1, DIAGNOSED_SKEW]
)
@pytest.mark.parametrize("last_step", [0, PRESENT + DIAGNOSED_SKEW])
def test_a_code_of_a_clock_that_is_wrong_is_diagnosed_and_not_accepted(off: int, last_step: int):
    judged = judge(code_at(PRESENT + off), last_step=last_step)
    assert judged == TotpJudgement(TotpVerdict.SKEWED, PRESENT + off)


@pytest.mark.parametrize("off", [-DIAGNOSED_SKEW - 1, DIAGNOSED_SKEW + 1, 5000])
def test_a_code_from_beyond_is_just_wrong(off: int):
    assert judge(code_at(PRESENT + off)) == TotpJudgement(TotpVerdict.WRONG, 0)


def test_where_two_steps_have_one_code_the_later_is_used_up():
    judged = judge("123456", code_at=lambda step: "123456")
    assert judged == TotpJudgement(TotpVerdict.FRESH, PRESENT + ACCEPTED_SKEW)
    again = judge("123456", code_at=lambda step: "123456", last_step=judged.step)
    assert again.verdict is TotpVerdict.REPLAYED


FULL_WIDTH, ARABIC, BOLD = 0xFF10, 0x0660, 0x1D7CE


@given(st.sampled_from([FULL_WIDTH, ARABIC, BOLD]), st.integers(1, 2**6 - 1))
def test_a_right_code_in_other_digits_is_refused(zero: int, which: int):
    right = code_at(PRESENT)
    other = "".join(
        chr(zero + int(digit)) if which >> place & 1 else digit for place, digit in enumerate(right)
    )
    assert other != right
    assert not is_code(other)
    assert judge(other) == TotpJudgement(TotpVerdict.WRONG, 0)


@pytest.mark.parametrize("text", ["", "12345", "1234567", " 12345", "12345\n", "+12345", "12 456"])
def test_what_is_not_six_digits_is_no_code(text: str):
    assert not is_code(text)


@given(st.text())
def test_only_six_ascii_digits_are_a_code_and_nothing_else_reaches_the_comparison(text: str):
    asked: list[int] = []

    def asking(step: int) -> str:
        asked.append(step)
        return code_at(step)

    judged = judge(text, code_at=asking)
    if len(text) == 6 and set(text) <= set("0123456789"):
        assert is_code(text)
        assert asked
    else:
        assert judged == TotpJudgement(TotpVerdict.WRONG, 0)
        assert not asked


def test_every_accepted_step_is_compared_whichever_matches():
    for off in range(-ACCEPTED_SKEW, ACCEPTED_SKEW + 1):
        asked: list[int] = []

        def asking(step: int, asked: list[int] = asked) -> str:
            asked.append(step)
            return code_at(step)

        judge(code_at(PRESENT + off), code_at=asking)
        assert asked == [PRESENT + o for o in range(-ACCEPTED_SKEW, ACCEPTED_SKEW + 1)]


@given(
    st.lists(
        st.tuples(st.integers(0, 3 * STEP_SECONDS), st.integers(-3, 3)), min_size=1, max_size=30
    )
)
def test_accepted_steps_strictly_increase_whatever_is_typed_and_when(
    tries: list[tuple[int, int]],
):
    now, last_step, accepted = NOW, 0, []
    for waited, off in tries:
        now += timedelta(seconds=waited)
        judged = judge(code_at(step_of(now) + off), now=now, last_step=last_step)
        if judged.verdict is TotpVerdict.FRESH:
            assert abs(judged.step - step_of(now)) <= ACCEPTED_SKEW
            accepted.append(judged.step)
            last_step = judged.step
    assert accepted == sorted(set(accepted))


@given(st.integers(0, 999_999), st.integers(0, 2 * PRESENT))
def test_a_guess_is_fresh_only_if_it_is_the_code_of_an_unused_near_step(guess: int, last: int):
    text = f"{guess:06d}"
    judged = judge(text, last_step=last)
    near = [s for s in range(PRESENT - 1, PRESENT + 2) if code_at(s) == text and s > last]
    assert (judged.verdict is TotpVerdict.FRESH) is bool(near)


@given(st.floats(1e9, 4e9), st.integers(-14, 14))
def test_a_step_is_thirty_seconds_of_utc_whatever_the_zone(timestamp: float, hours: int):
    utc = datetime.fromtimestamp(timestamp, UTC)
    assert step_of(utc.astimezone(timezone(timedelta(hours=hours)))) == step_of(utc)
    assert step_of(utc + timedelta(seconds=STEP_SECONDS)) == step_of(utc) + 1
    began = datetime.fromtimestamp(step_of(utc) * STEP_SECONDS, UTC)
    assert timedelta() <= utc - began < timedelta(seconds=STEP_SECONDS)
