"""Every statistic is right on 1.000 random data sets: scipy and statsmodels judge.

From counted answers, through integer sums in SQL, to the figure. The sets have what
real ones have: no answer, one, all the same, all satisfied, ties, millions.
"""

import csv
import math
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest
from scipy import stats
from sql_macros import asked, evaluated, select_from, statistics_macros
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import (
    confint_proportions_2indep,
    proportion_confint,
    proportions_ztest,
)
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

SETS = 1_000
SIDES = ("latter", "former")
SCALES = ((1, 5, False), (1, 5, True), (1, 7, False), (1, 10, False), (1, 4, False))
nan = math.nan


@dataclass(frozen=True)
class DataSet:
    """Answers of two periods on one scale, as counts by value."""

    raw_min: int
    raw_max: int
    is_reversed: bool
    latter: tuple[int, ...]
    former: tuple[int, ...]

    def side(self, name: str) -> dict[int, int]:
        counts = self.latter if name == "latter" else self.former
        return dict(zip(range(self.raw_min, self.raw_max + 1), counts, strict=True))

    def score(self, value: int) -> Fraction:
        """From the definition: linear, 0 for the worst and 100 for the best answer."""
        place = Fraction(value - self.raw_min, self.raw_max - self.raw_min)
        return 100 * (1 - place if self.is_reversed else place)


def random_counts(random: np.random.Generator, length: int, kind: int) -> list[int]:
    """The counts of one side: every other kind is an edge."""
    weights = random.dirichlet(np.full(length, random.choice([0.3, 1, 5])))
    match kind:
        case 0:
            return [0] * length
        case 1:
            return random.multinomial(1, weights).tolist()
        case 2:
            return random.multinomial(2, weights).tolist()
        case 3:
            counts = [0] * length
            counts[random.integers(length)] = int(random.integers(1, 500))
            return counts
        case 4:
            counts = [0] * length
            counts[-1], counts[-2] = (int(n) for n in random.integers(1, 300, 2))
            return counts
        case 5:
            return random.multinomial(random.integers(10**9, 10**11), weights).tolist()
        case 6:
            return random.multinomial(random.integers(10**5, 10**7), weights).tolist()
        case _:
            return random.multinomial(random.integers(3, 2_000), weights).tolist()


def pairs(random: np.random.Generator, length: int) -> tuple[list[int], list[int]]:
    latter, former = (
        random_counts(random, length, int(random.integers(14))) for _ in SIDES
    )
    # Ties: the same answers twice.
    return (latter, latter) if random.random() < 0.05 else (latter, former)


@pytest.fixture(scope="module")
def sets() -> list[DataSet]:
    random = np.random.default_rng(4)
    made = []
    for number in range(SETS):
        raw_min, raw_max, is_reversed = SCALES[number % len(SCALES)]
        latter, former = pairs(random, raw_max - raw_min + 1)
        made.append(
            DataSet(raw_min, raw_max, is_reversed, tuple(latter), tuple(former))
        )
    counts = [sum(one.latter) for one in made]
    assert {0, 1, 2} <= set(counts)
    assert max(counts) > 10**10
    return made


@pytest.fixture(scope="module")
def sums(sets: list[DataSet]) -> dict[str, np.ndarray]:
    """What SQL counts and sums of the answers, a row a set."""
    macros = statistics_macros()
    relation, parameters = select_from(
        {
            name: [
                row[place]
                for number, one in enumerate(sets)
                for side in SIDES
                for value, count in one.side(side).items()
                for row in [(number, side == "latter", value, count)]
            ]
            for place, name in enumerate(("number", "is_latter", "raw", "frequency"))
        }
    )
    sums = asked(
        "select number, is_latter, sum(frequency)::bigint as answer_count,"
        " sum(frequency * raw)::bigint as score_sum,"
        " sum(frequency * raw * raw)::bigint as square_sum"
        f" from {relation} group by all order by number, is_latter desc",
        parameters,
    )
    scales = {
        "raw_min": [one.raw_min for one in sets for _ in SIDES],
        "raw_max": [one.raw_max for one in sets for _ in SIDES],
        "is_reversed": [one.is_reversed for one in sets for _ in SIDES],
    }
    whole = {name: values.astype(np.int64) for name, values in sums.items()}
    means = evaluated(
        whole | scales,
        mean=macros.mean_score_100("score_sum", "answer_count", "given"),
        variance=macros.mean_score_variance(
            "score_sum", "square_sum", "answer_count", "given"
        ),
    )
    return whole | means


def judged(one: DataSet, side: str) -> DescrStatsW:
    """The answers of a side as statsmodels sees them, on 0 to 100."""
    answers = one.side(side)
    scores = np.array([float(one.score(value)) for value in answers])
    return DescrStatsW(scores, weights=np.array(list(answers.values()), float))


def close(found: Any, expected: Any, relative: float, floor: float = 0.0) -> None:
    """All as near as that; a figure that is nothing is nothing on both sides."""
    found, expected = np.asarray(found, float), np.asarray(expected, float)
    assert found.shape == expected.shape
    assert (np.isnan(found) == np.isnan(expected)).all(), np.flatnonzero(
        np.isnan(found) != np.isnan(expected)
    )
    there = ~np.isnan(expected)
    error = np.abs(found[there] - expected[there])
    far = error > np.maximum(relative * np.abs(expected[there]), floor)
    assert not far.any(), (found[there][far][:5], expected[there][far][:5])


# -- means ----------------------------------------------------------------------


def test_counts_and_sums_are_exact(sets, sums) -> None:
    expected = [
        (sum(a.values()), sum(a[v] * v for v in a), sum(a[v] * v * v for v in a))
        for one in sets
        for a in map(one.side, SIDES)
    ]
    found = zip(
        *(sums[name].tolist() for name in ("answer_count", "score_sum", "square_sum")),
        strict=True,
    )
    assert list(found) == expected


def test_means_are_right_to_1e_12(sets, sums) -> None:
    expected = []
    for one in sets:
        for answers in map(one.side, SIDES):
            count = sum(answers.values())
            total = sum(one.score(value) * answers[value] for value in answers)
            expected.append(float(total / count) if count else nan)
    close(sums["mean"], expected, 1e-12)


def test_variances_of_means_are_right_to_1e_12(sets, sums) -> None:
    expected = []
    for one in sets:
        for answers in map(one.side, SIDES):
            n = sum(answers.values())
            total = sum(one.score(value) * answers[value] for value in answers)
            squares = sum(one.score(value) ** 2 * answers[value] for value in answers)
            expected.append(
                float((squares - total**2 / n) / (n - 1) / n) if n > 1 else nan
            )
    close(sums["variance"], expected, 1e-12)


def test_t_intervals_are_right_to_1e_6(sets, sums) -> None:
    macros = statistics_macros()
    columns = {name: sums[name] for name in ("mean", "variance", "answer_count")}
    found = evaluated(
        columns,
        low=macros.mean_bound("mean", "variance", "answer_count", -1),
        high=macros.mean_bound("mean", "variance", "answer_count", 1),
    )
    expected = np.array(
        [
            judged(one, side).tconfint_mean()
            if sum(one.side(side).values()) > 1
            else (nan, nan)
            for one in sets
            for side in SIDES
        ]
    )
    close(found["low"], expected[:, 0], 0, 1e-6)
    close(found["high"], expected[:, 1], 0, 1e-6)


def welch(columns: dict[str, Any]) -> dict[str, np.ndarray]:
    relation, parameters = select_from(columns)
    sides = [
        f"{side}_{figure}"
        for side in SIDES
        for figure in ("mean", "variance", "answer_count")
    ]
    test = statistics_macros().with_welch_test(relation, *sides, "welch")
    return asked(f"select * from ({test}) order by number", parameters)


@pytest.fixture(scope="module")
def welch_found(sums) -> dict[str, np.ndarray]:
    columns = {"number": np.arange(SETS)}
    for place, side in enumerate(SIDES):
        for name in ("mean", "variance", "answer_count"):
            columns[f"{side}_{name}"] = sums[name][place::2]
    return welch(columns)


def test_welch_tests_are_right_to_1e_6(sets, welch_found) -> None:
    expected = {name: np.full(SETS, nan) for name in ("statistic", "degrees", "p")}
    interval = np.full((SETS, 2), nan)
    for number, one in enumerate(sets):
        counts = [sum(one.side(side).values()) for side in SIDES]
        if min(counts) < 2:
            continue
        latter, former = (judged(one, side) for side in SIDES)
        if all(
            max(one.side(side).values()) == sum(one.side(side).values())
            for side in SIDES
        ):
            # Nothing spreads: what the test tends to.
            equal = one.latter.index(max(one.latter)) == one.former.index(
                max(one.former)
            )
            expected["p"][number] = 1.0 if equal else 0.0
            interval[number] = latter.mean - former.mean
            continue
        both = CompareMeans(latter, former)
        statistic, p_value, degrees = both.ttest_ind(usevar="unequal")
        expected["statistic"][number] = statistic
        expected["degrees"][number] = degrees
        expected["p"][number] = p_value
        interval[number] = both.tconfint_diff(usevar="unequal")
    close(welch_found["welch_statistic"], expected["statistic"], 1e-9, 1e-9)
    close(welch_found["welch_degrees"], expected["degrees"], 1e-9)
    close(welch_found["welch_p_value"], expected["p"], 0, 1e-6)
    close(welch_found["welch_low"], interval[:, 0], 0, 1e-6)
    close(welch_found["welch_high"], interval[:, 1], 0, 1e-6)


def test_welch_agrees_with_scipy_on_the_answers_themselves(sets, welch_found) -> None:
    checked = 0
    for number, one in enumerate(sets):
        answers = [
            np.repeat(
                [float(one.score(value)) for value in one.side(side)],
                list(one.side(side).values()),
            )
            for side in SIDES
            if sum(one.side(side).values()) < 2_000
        ]
        if len(answers) < 2 or min(map(len, answers)) < 2:
            continue
        if min(map(np.ptp, answers)) == 0:
            # scipy warns of a side without any spread; statsmodels judges it above.
            continue
        expected = stats.ttest_ind(*answers, equal_var=False)
        interval = expected.confidence_interval()
        assert welch_found["welch_p_value"][number] == pytest.approx(
            expected.pvalue, abs=1e-6
        )
        assert welch_found["welch_low"][number] == pytest.approx(interval.low, abs=1e-6)
        checked += 1
    assert checked > 300


def test_a_welch_test_without_a_spread_that_is_known_is_nothing() -> None:
    found = welch(
        {
            "number": [0, 1],
            "latter_mean": [60.0, 60.0],
            "latter_variance": [nan, 2.0],
            "latter_answer_count": [100, 100],
            "former_mean": [55.0, nan],
            "former_variance": [2.0, nan],
            "former_answer_count": [100, 100],
        }
    )
    for name in ("statistic", "degrees", "p_value", "low", "high"):
        assert np.isnan(found[f"welch_{name}"]).all(), name


# -- shares ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def shares() -> dict[str, np.ndarray]:
    """Two shares a set, with the Wilson bounds of both."""
    random = np.random.default_rng(5)
    made = [pairs(random, 2) for _ in range(SETS)]
    columns: dict[str, Any] = {}
    for place, side in enumerate(SIDES):
        satisfied = np.array([pair[place][1] for pair in made])
        count = np.array([sum(pair[place]) for pair in made])
        columns[f"{side}_satisfied"] = satisfied
        columns[f"{side}_count"] = count
        columns[f"{side}_share"] = np.where(
            count > 0, satisfied / np.maximum(count, 1), nan
        )
    macros = statistics_macros()
    bounds = evaluated(
        columns,
        **{
            f"{side}_{name}": macros.wilson_bound(
                f"{side}_share", f"{side}_count", sign
            )
            for side in SIDES
            for name, sign in (("low", -1), ("high", 1))
        },
    )
    return columns | bounds


def test_wilson_intervals_are_right_to_1e_12(shares) -> None:
    for side in SIDES:
        count = shares[f"{side}_count"]
        low, high = proportion_confint(
            shares[f"{side}_satisfied"], np.maximum(count, 1), method="wilson"
        )
        # A bound of exactly 0 or 1 may be one rounding off.
        close(shares[f"{side}_low"], np.where(count > 0, low, nan), 1e-12, 1e-15)
        close(shares[f"{side}_high"], np.where(count > 0, high, nan), 1e-12)


def test_newcombe_intervals_are_right_to_1e_12(shares) -> None:
    macros = statistics_macros()
    arguments = [
        f"{side}_{name}" for side in SIDES for name in ("share", "low", "high")
    ]
    found = evaluated(
        shares,
        low=macros.newcombe_bound(*arguments, -1),
        high=macros.newcombe_bound(*arguments, 1),
    )
    expected = np.array(
        [
            confint_proportions_2indep(k1, n1, k2, n2, method="newcomb", compare="diff")
            if min(n1, n2) > 0
            else (nan, nan)
            for k1, n1, k2, n2 in zip(
                *(
                    shares[f"{side}_{name}"]
                    for side in SIDES
                    for name in ("satisfied", "count")
                ),
                strict=True,
            )
        ]
    )
    # The difference of two shares is as exact as the shares: one rounding of 1.
    close(found["low"], expected[:, 0], 1e-12, 1e-15)
    close(found["high"], expected[:, 1], 1e-12, 1e-15)


def test_p_values_of_two_shares_are_right_to_1e_12(shares) -> None:
    macros = statistics_macros()
    z = macros.two_proportion_z(
        "latter_share", "latter_count", "former_share", "former_count"
    )
    found = evaluated(shares, z=z)
    found |= evaluated({"z": found["z"]}, p=f"2 * {macros.normal_tail('z')}")
    expected = np.full(SETS, nan)
    for number in range(SETS):
        count = [int(shares[f"{side}_count"][number]) for side in SIDES]
        satisfied = [int(shares[f"{side}_satisfied"][number]) for side in SIDES]
        if min(count) == 0:
            continue
        if sum(satisfied) in (0, sum(count)):
            expected[number] = 1.0
        else:
            expected[number] = proportions_ztest(satisfied, count)[1]
    # The statistic of a billion answers carries the rounding of its shares along.
    huge = np.maximum(shares["latter_count"], shares["former_count"]) > 10**8
    close(found["p"][~huge], expected[~huge], 0, 1e-12)
    close(found["p"][huge], expected[huge], 0, 1e-10)


CELLS = ("after", "before", "other_after", "other_before")


def effects(hits: np.ndarray, sizes: np.ndarray) -> dict[str, np.ndarray]:
    """The difference in differences of four shares a row, and what is said of it."""
    macros = statistics_macros()
    sides = [(name, f"{name}_count") for name in CELLS]
    with np.errstate(invalid="ignore"):
        columns = {name: hits[:, i] / sizes[:, i] for i, name in enumerate(CELLS)} | {
            f"{name}_count": sizes[:, i] for i, name in enumerate(CELLS)
        }
    found = evaluated(
        columns,
        plain=macros.difference_in_differences(*CELLS),
        difference=macros.adjusted_difference_in_differences(sides),
        variance=macros.difference_in_differences_variance(sides),
    )
    found |= evaluated(
        found,
        low=macros.difference_bound("difference", "variance", -1),
        high=macros.difference_bound("difference", "variance", 1),
        z=macros.difference_z("difference", "variance"),
    )
    return found | evaluated({"z": found["z"]}, p=f"2 * {macros.normal_tail('abs(z)')}")


def random_cells(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Four cells a row; none, all, the same in all, thirty and a billion among them."""
    sizes = random.choice([1, 2, 29, 30, 31, 706, 2_613, 10**6, 10**9], (SETS, 4))
    hits = random.binomial(sizes, random.uniform(0, 1, (SETS, 4)))
    kinds = np.arange(SETS) % 8
    hits[kinds == 0] = 0
    hits[kinds == 1] = sizes[kinds == 1]
    hits[kinds == 2, ::2] = sizes[kinds == 2, ::2]
    hits[kinds == 2, 1::2] = 0
    sizes[kinds == 3] = sizes[kinds == 3, :1]
    hits[kinds == 3] = hits[kinds == 3, :1] % (sizes[kinds == 3] + 1)
    return hits, sizes


def test_effects_are_right_from_their_definition() -> None:
    hits, sizes = random_cells(np.random.default_rng(6))
    found = effects(hits, sizes)
    expected = []
    for row in range(SETS):
        plain = adjusted = variance = Fraction(0)
        cells = zip(hits[row].tolist(), sizes[row].tolist(), strict=True)
        for sign, (satisfied, count) in zip((1, -1, -1, 1), cells, strict=True):
            share = (satisfied + Fraction(1, 2)) / (count + 1)
            plain += sign * Fraction(satisfied, count)
            adjusted += sign * share
            variance += share * (1 - share) / (count + 1)
        spread = math.sqrt(variance)
        low, high = stats.norm.interval(0.95, float(adjusted), spread)
        p = 2 * stats.norm.sf(abs(float(adjusted)) / spread)
        expected.append((float(plain), float(adjusted), float(variance), low, high, p))
    *figures, p_values = (np.array(values) for values in zip(*expected, strict=True))
    names = ("plain", "difference", "variance", "low", "high")
    for name, values in zip(names, figures, strict=True):
        # A difference of nearly equal shares keeps the rounding of the shares.
        close(found[name], values, 1e-12, 4e-15)
    # The statistic of a million answers carries the rounding of its shares along.
    huge = sizes.max(axis=1) >= 10**6
    close(found["p"][~huge], p_values[~huge], 0, 1e-12)
    close(found["p"][huge], p_values[huge], 0, 1e-9)
    assert (found["variance"] > 0).all(), "every effect has a spread"
    assert (found["p"][np.arange(SETS) % 8 == 3] == 1).all(), "ties tell no difference"


def test_effects_are_right_by_a_regression_on_the_answers() -> None:
    random = np.random.default_rng(6)
    sizes = random.integers(1, 60, (SETS, 4))
    hits = random.binomial(sizes, random.uniform(0, 1, (SETS, 4)))
    found = effects(hits, sizes)
    # The interaction, each cell with its own variance. Every answer counts twice, so
    # that half an answer more is an answer: that halves the variance.
    design = np.array([[1, 1, 1, 1], [1, 1, 0, 0], [1, 0, 1, 0], [1, 0, 0, 0]], float)
    expected = []
    for row in range(SETS):
        answers = np.concatenate(
            [
                np.arange(2 * n + 2) < 2 * k + 1
                for n, k in zip(sizes[row], hits[row], strict=True)
            ]
        ).astype(float)
        rows = np.repeat(design, 2 * sizes[row] + 2, axis=0)
        fit = OLS(answers, rows).fit(cov_type="HC0")
        expected.append((fit.params[3], 2 * fit.bse[3] ** 2))
    close(found["difference"], np.array(expected)[:, 0], 0, 1e-10)
    close(found["variance"], np.array(expected)[:, 1], 1e-9, 0)


def test_an_effect_without_answers_is_none() -> None:
    for empty in range(4):
        sizes = np.full((1, 4), 30)
        sizes[0, empty] = 0
        found = effects(np.zeros((1, 4), int), sizes)
        assert all(np.isnan(values).all() for values in found.values())


# -- a fixed mix ----------------------------------------------------------------


def test_standardised_shares_are_right_to_1e_12() -> None:
    random = np.random.default_rng(7)
    rows = []
    for number in range(SETS):
        for _ in range(random.integers(1, 8)):
            count = int(random.choice([0, 1, 30, 2_613, 10**10]))
            weight = int(random.choice([1, 22_166, 83_754, 10**9]))
            rows.append(
                (number, weight, random.binomial(count, random.random()), count)
            )
    numbers, weights, hits, counts = (np.array(c) for c in zip(*rows, strict=True))
    columns = {
        "number": numbers,
        "weight": weights,
        "share": np.where(counts > 0, hits / np.maximum(counts, 1), nan),
        "answer_count": counts,
    }
    macros = statistics_macros()
    relation, parameters = select_from(columns)
    variance = macros.share_variance("share", "answer_count")
    found = asked(
        f"select {macros.standardised_mean('share', 'weight')} as share,"
        f" {macros.standardised_variance(variance, 'weight')} as variance"
        f" from {relation} group by number order by number",
        parameters,
    )
    expected = []
    for number in range(SETS):
        strata = [row for row in rows if row[0] == number]
        total = sum(weight for _, weight, _, _ in strata)
        if not all(count for *_, count in strata):
            expected.append((nan, nan))
            continue
        mix = [(Fraction(w, total), Fraction(int(k), n), n) for _, w, k, n in strata]
        expected.append(
            (
                float(sum(w * p for w, p, _ in mix)),
                float(sum(w * w * p * (1 - p) / n for w, p, n in mix)),
            )
        )
    close(found["share"], [share for share, _ in expected], 1e-12)
    close(found["variance"], [variance for _, variance in expected], 1e-12)


def printed_shares(domain: Path) -> dict[tuple[str, str], float]:
    """The mean satisfied share of the four FONS aspects, by first day and channel."""
    printed: dict[tuple[str, str], list[Fraction]] = {}
    with (domain / "fons_table.csv").open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            cell = printed.setdefault((row["period_start"], row["channel"]), [])
            cell.append(Fraction(row["tevreden_pct"]) / 100)
    assert {len(cell) for cell in printed.values()} == {4}
    return {cell: float(sum(shares) / 4) for cell, shares in printed.items()}


def test_the_printed_fons_shares_fall_by_6_4_pooled_and_0_5_in_one_mix(domain) -> None:
    shares = printed_shares(domain)
    answers = {
        ("2022-07-01", "mail"): 1_108,
        ("2022-07-01", "telefoon"): 838,
        ("2023-01-01", "mail"): 706,
        ("2023-01-01", "telefoon"): 2_613,
    }
    contacts = {"mail": 22_166, "telefoon": 83_754}
    relation, parameters = select_from(
        {
            "is_latter": [period == "2023-01-01" for period, _ in answers],
            "share": [shares[cell] for cell in answers],
            "answer_count": list(answers.values()),
            "weight": [contacts[channel] for _, channel in answers],
        }
    )
    macros = statistics_macros()
    found = asked(
        f"select {macros.standardised_mean('share', 'answer_count')} as pooled,"
        f" {macros.standardised_mean('share', 'weight')} as standardised"
        f" from {relation} group by is_latter order by is_latter",
        parameters,
    )
    assert (100 * found["pooled"]).round(2).tolist() == [68.10, 61.72]
    assert (100 * found["standardised"]).round(2).tolist() == [62.16, 61.68]
    assert round(100 * np.diff(found["pooled"])[0], 1) == -6.4
    assert round(100 * np.diff(found["standardised"])[0], 1) == -0.5


# -- NPS ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def recommendations() -> dict[str, np.ndarray]:
    """Detractors, passives and promoters of two periods, and what SQL makes of them."""
    random = np.random.default_rng(8)
    made = [pairs(random, 3) for _ in range(SETS)]
    macros = statistics_macros()
    columns: dict[str, Any] = {}
    for place, side in enumerate(SIDES):
        counts = np.array([pair[place] for pair in made])
        side_columns = {
            "detractor": counts[:, 0],
            "passive": counts[:, 1],
            "promoter": counts[:, 2],
            "answers": counts.sum(axis=1),
        }
        arguments = ("promoter", "detractor", "answers")
        side_columns |= evaluated(
            side_columns,
            nps=macros.net_promoter_score(*arguments),
            variance=macros.nps_variance(*arguments),
            low=macros.nps_bound(*arguments, -1),
            high=macros.nps_bound(*arguments, 1),
        )
        columns |= {f"{side}_{name}": side_columns[name] for name in side_columns}
    return columns


def as_judged(columns: dict[str, np.ndarray], side: str, number: int) -> DescrStatsW:
    """A promoter is 100, a passive 0, a detractor -100: the NPS is their mean."""
    counts = [
        columns[f"{side}_{name}"][number]
        for name in ("promoter", "passive", "detractor")
    ]
    return DescrStatsW(np.array([100.0, 0.0, -100.0]), weights=np.array(counts, float))


def test_the_nps_and_its_variance_are_right_to_1e_12(recommendations) -> None:
    for side in SIDES:
        expected = np.full((SETS, 2), nan)
        for number in range(SETS):
            n = int(recommendations[f"{side}_answers"][number])
            if n:
                p = Fraction(int(recommendations[f"{side}_promoter"][number]), n)
                d = Fraction(int(recommendations[f"{side}_detractor"][number]), n)
                expected[number] = (
                    float(100 * (p - d)),
                    float(10_000 * (p + d - (p - d) ** 2) / n),
                )
        close(recommendations[f"{side}_nps"], expected[:, 0], 1e-12)
        close(recommendations[f"{side}_variance"], expected[:, 1], 1e-12)


def test_nps_intervals_are_right_to_1e_12(recommendations) -> None:
    z = stats.norm.ppf(0.975)
    for side in SIDES:
        expected = np.full((SETS, 2), nan)
        for number in range(SETS):
            counts = [
                recommendations[f"{side}_{name}"][number]
                for name in ("promoter", "passive", "detractor")
            ]
            if sum(counts) == 0:
                continue
            more = DescrStatsW(
                np.array([100.0, 0.0, -100.0]),
                weights=np.array(counts, float) + [0.75, 1.5, 0.75],
            )
            half = z * math.sqrt(more.var / more.sum_weights)
            expected[number] = more.mean - half, more.mean + half
        expected = expected.clip(-100, 100)
        close(recommendations[f"{side}_low"], expected[:, 0], 1e-12, 1e-12)
        close(recommendations[f"{side}_high"], expected[:, 1], 1e-12, 1e-12)


def test_tests_of_two_nps_are_right_to_1e_12(recommendations) -> None:
    macros = statistics_macros()
    both = evaluated(
        recommendations,
        difference="latter_nps - former_nps",
        variance="latter_variance + former_variance",
    )
    found = evaluated(both, z=macros.difference_z("difference", "variance"))
    found = evaluated(
        both | found,
        p=macros.p_value_or_limit(
            f"2 * {macros.normal_tail('abs(z)')}", "difference", "variance"
        ),
        low=macros.difference_bound("difference", "variance", -1),
        high=macros.difference_bound("difference", "variance", 1),
    )
    expected = np.full((SETS, 3), nan)
    for number in range(SETS):
        sides = [as_judged(recommendations, side, number) for side in SIDES]
        if min(side.sum_weights for side in sides) == 0:
            continue
        difference = sides[0].mean - sides[1].mean
        error = math.sqrt(sum(side.var / side.sum_weights for side in sides))
        if error == 0:
            p_value = 1.0 if difference == 0 else 0.0
        else:
            p_value = 2 * stats.norm.sf(abs(difference) / error)
        half = stats.norm.ppf(0.975) * error
        expected[number] = p_value, difference - half, difference + half
    # The statistic of a billion answers carries the rounding of its figures along.
    answers = [recommendations[f"{side}_answers"] for side in SIDES]
    huge = np.maximum(*answers) > 10**8
    close(found["p"][~huge], expected[~huge, 0], 0, 1e-12)
    close(found["p"][huge], expected[huge, 0], 0, 1e-10)
    close(found["low"], expected[:, 1], 1e-12, 1e-12)
    close(found["high"], expected[:, 2], 1e-12, 1e-12)


# -- families and counts --------------------------------------------------------


def test_holm_is_right_in_1_000_families_with_ties_and_rows_without_a_test() -> None:
    random = np.random.default_rng(9)
    families, p_values = [], []
    for family in range(SETS):
        some = random.uniform(0, 1, random.integers(1, 20)) ** random.choice([1, 3, 9])
        some = np.round(some, 2) if random.random() < 0.5 else some
        some[random.uniform(0, 1, len(some)) < 0.1] = nan
        families += [family] * len(some)
        p_values += some.tolist()
    family_of, values = np.array(families), np.array(p_values)
    relation, parameters = select_from(
        {"number": np.arange(len(families)), "family": families, "p": p_values}
    )
    corrected = statistics_macros().with_holm(relation, "p", ["family"])
    found = asked(
        f"select p_value_holm from ({corrected}) order by number", parameters
    )["p_value_holm"]
    expected = np.full(len(families), nan)
    # statsmodels collects garbage at each call: a tenth of a second each.
    with mock.patch("gc.collect"):
        for family in range(SETS):
            tested = (family_of == family) & ~np.isnan(values)
            if tested.any():
                judge = multipletests(values[tested], method="holm")
                expected[tested] = judge[1]
    close(found, expected, 1e-12, 1e-300)


def test_the_homogeneity_of_series_of_counts_is_right() -> None:
    random = np.random.default_rng(10)
    series = [
        random.poisson(random.choice([0.5, 5, 140, 10_000]), random.integers(2, 25))
        for _ in range(SETS - 2)
    ] + [np.array([142, 159, 127]), np.array([7, 7, 7])]
    macros = statistics_macros()
    columns = {
        "square_sum": [float((counts.astype(float) ** 2).sum()) for counts in series],
        "mean_count": [counts.mean() for counts in series],
        "series_length": [len(counts) for counts in series],
    }
    found = evaluated(
        columns,
        statistic=macros.homogeneity_statistic(*columns),
        degrees="series_length - 1",
    )
    found["degrees"] = found["degrees"].astype(int)
    found |= evaluated(found, p=macros.chi_square_tail("statistic", "degrees"))
    expected = np.array(
        [stats.chisquare(counts) if counts.sum() else (nan, nan) for counts in series]
    )
    close(found["statistic"], expected[:, 0], 1e-9, 1e-9)
    close(found["p"], expected[:, 1], 0, 1e-9)
    assert round(found["statistic"][-2], 2) == 3.59
    assert found["degrees"][-2] == 2
    assert round(found["p"][-2], 2) == 0.17


def test_two_counts_are_compared_exactly() -> None:
    random = np.random.default_rng(11)
    pairs_of_counts = [
        tuple(random.poisson(mean * random.uniform(0.7, 1.3, 2)).tolist())
        for mean in random.choice([0.4, 3, 30, 140, 450, 20_000], SETS - 7)
    ] + [(0, 0), (1, 0), (0, 9), (142, 159), (159, 127), (142, 127), (500, 500)]
    count, former = (np.array(c) for c in zip(*pairs_of_counts, strict=True))
    found = evaluated(
        {"latter": count, "former": former},
        p=statistics_macros().binomial_pair_p_value("latter", "former"),
    )["p"]
    expected = np.array(
        [
            stats.binomtest(a, a + b, 0.5).pvalue if a + b else nan
            for a, b in pairs_of_counts
        ]
    )
    few = count + former <= 1_000
    assert 300 < few.sum() < SETS
    close(found[few], expected[few], 0, 1e-9)
    close(found[~few], expected[~few], 0, 1e-7)
