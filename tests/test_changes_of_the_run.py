"""Changes and fixed mixes in the publication are those of the delivered answers.

The answers are read from the sample files by the test; scipy and statsmodels judge.
"""

import csv
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from conftest import PROJECT
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest
from test_surveys import BOXES, DONT_KNOW, SCALES, delivered, periods_of

Rows = Callable[[str], list[tuple[Any, ...]]]
Cell = tuple[str, str, str]


@pytest.fixture(scope="module")
def answers() -> dict[Cell, np.ndarray]:
    """The answers with a judgement, per instrument, aspect and period."""
    found = defaultdict(list)
    for instrument, aspect, day, answer in delivered():
        if answer not in ("", "None", *DONT_KNOW):
            for period in periods_of(day):
                found[instrument, aspect, period].append(int(answer))
    return {cell: np.array(values) for cell, values in found.items()}


def scores(values: np.ndarray, scale: str) -> np.ndarray:
    numbers = sorted(set().union(*BOXES[scale]))
    place = (values - numbers[0]) / (numbers[-1] - numbers[0])
    return 100 * (1 - place if numbers[0] in BOXES[scale][0] else place)


def judge(metric: str, instrument: str, latter: Any, former: Any) -> tuple[float, ...]:
    """The p-value of a difference and its interval, from the answers themselves."""
    if metric == "mean_score_100":
        test = stats.ttest_ind(
            *(scores(side, SCALES[instrument]) for side in (latter, former)),
            equal_var=False,
        )
        interval = test.confidence_interval()
        return test.pvalue, interval.low, interval.high
    if metric == "satisfied_share":
        best = list(BOXES[SCALES[instrument]][0])
        hits = [int(np.isin(side, best).sum()) for side in (latter, former)]
        sizes = [len(latter), len(former)]
        low, high = confint_proportions_2indep(
            hits[0], sizes[0], hits[1], sizes[1], method="newcomb", compare="diff"
        )
        return proportions_ztest(hits, sizes)[1], low, high
    recommended = [
        np.where(side >= 9, 100, np.where(side <= 6, -100, 0))
        for side in (latter, former)
    ]
    difference = recommended[0].mean() - recommended[1].mean()
    error = np.sqrt(sum(side.var() / len(side) for side in recommended))
    half = stats.norm.ppf(0.975) * error
    p_value = 2 * stats.norm.sf(abs(difference) / error)
    return p_value, difference - half, difference + half


def test_every_computed_change_is_that_of_the_answers(
    rows: Rows, answers: dict[Cell, np.ndarray]
) -> None:
    found = rows(
        "select metric, instrument_code, aspect_code, period_code, former_period_code,"
        " p_value, difference_low, difference_high from mart_change"
        " where basis = 'computed' and perimeter = 'as_reported'"
        " and p_value is not null"
    )
    metrics = {row[0] for row in found}
    assert metrics == {"satisfied_share", "mean_score_100", "nps"}
    assert len(found) > 100
    for metric, instrument, aspect, period, former, *figures in found:
        expected = judge(
            metric,
            instrument,
            answers[instrument, aspect, period],
            answers[instrument, aspect, former],
        )
        near = 1e-6 if metric == "mean_score_100" else 1e-11
        assert figures == pytest.approx(expected, rel=0, abs=near), (metric, aspect)


def test_nothing_is_tested_on_fewer_than_30_answers_and_the_rest_is(rows: Rows) -> None:
    for few, verdict, p_value in rows(
        "select least(answer_count, former_answer_count) < 30, verdict, p_value"
        " from mart_change where basis = 'computed' and verdict <> 'not_comparable'"
    ):
        assert (verdict == "too_few") == few
        assert (p_value is None) == few


def test_holm_counts_the_tests_of_a_family_and_a_total_is_no_part_of_it(
    rows: Rows,
) -> None:
    families = defaultdict(list)
    for *family, p_value, corrected in rows(
        "select perimeter, event_code, basis, is_simulated, agency_code,"
        " instrument_code, period_code, metric, is_total, p_value, p_value_holm"
        " from mart_change where p_value is not null"
    ):
        families[tuple(family)].append((p_value, corrected))
    assert max(map(len, families.values())) > 3
    for tests in families.values():
        p_values, corrected = zip(*tests, strict=True)
        expected = multipletests(p_values, method="holm")[1]
        assert corrected == pytest.approx(expected, rel=1e-12)


def test_every_interval_of_a_change_says_what_it_is(rows: Rows) -> None:
    assert rows(
        "select count(*), count(*) filter (where (difference_low is null)"
        " <> (interval_meaning is null)) from mart_change"
    )[0][1:] == (0,)


# -- a fixed mix ----------------------------------------------------------------


def test_the_published_fons_shares_fall_by_half_a_point_in_one_mix(rows: Rows) -> None:
    found = rows(
        "select round(100 * standardised_share, 2), standardised_share_low, is_total,"
        " aspect_count, flags from mart_standardised where basis = 'published'"
        " and perimeter = 'current' and aspect_code = 'alle' order by period_code"
    )
    flags = "base_unknown|sum_deviation"
    assert found == [(62.16, None, True, 4, flags), (61.68, None, True, 4, flags)]


def test_a_fixed_mix_of_answers_is_that_of_the_reference_contacts(
    rows: Rows, answers: dict[Cell, np.ndarray]
) -> None:
    with (PROJECT / "seeds/reference/reference_mix.csv").open(encoding="utf-8") as file:
        contacts = {
            f"fons-{row['channel_code']}": int(row["contact_count"])
            for row in csv.DictReader(file)
            if row["agency_code"] == "vutg"
        }
    assert set(contacts) == {"fons-mail", "fons-telefoon"}
    found = rows(
        "select aspect_code, period_code, answer_count, standardised_share,"
        " standardised_share_low, standardised_share_high, standardised_score_100"
        " from mart_standardised where basis = 'computed' and perimeter = 'as_reported'"
        " and reasons = '' and aspect_code <> 'alle'"
    )
    assert len(found) > 50
    for aspect, period, *figures in found:
        count, share, variance, score = 0, 0.0, 0.0, 0.0
        for instrument, weight in contacts.items():
            values = answers[instrument, aspect, period]
            scale = SCALES[instrument]
            part = np.isin(values, list(BOXES[scale][0])).mean()
            weight /= sum(contacts.values())
            count += len(values)
            share += weight * part
            variance += weight**2 * part * (1 - part) / len(values)
            score += weight * scores(values, scale).mean()
        half = stats.norm.ppf(0.975) * np.sqrt(variance)
        expected = [count, share, max(0, share - half), min(1, share + half), score]
        assert figures == pytest.approx(expected, rel=1e-12), (aspect, period)
