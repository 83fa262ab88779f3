"""The distributions behind the statistics in SQL are right: scipy judges."""

import math

import duckdb
import jinja2
import numpy as np
import pytest
from scipy import special, stats
from sql_macros import asked, evaluated, select_from, statistics_macros


@pytest.fixture(scope="module")
def macros() -> jinja2.environment.TemplateModule:
    return statistics_macros()


def computed(expression: str, **columns: np.ndarray) -> np.ndarray:
    """The expression for each row of the columns; null comes as nan."""
    return evaluated(columns, found=expression)["found"]


def one(expression: str) -> float | None:
    row = duckdb.sql(f"select ({expression})::double").fetchone()
    assert row is not None
    return row[0]


def relative_error(found: np.ndarray, expected: np.ndarray) -> np.ndarray:
    return np.abs(found - expected) / np.abs(expected)


def test_the_normal_tail_is_right_to_1e_12_from_minus_8_to_8(macros) -> None:
    z = np.concatenate(
        [np.linspace(-8, 8, 16_001), np.random.default_rng(1).uniform(-8, 8, 4_000)]
    )
    found = computed(macros.normal_tail("z"), z=z)
    assert np.abs(found - stats.norm.sf(z)).max() <= 1e-12


def test_the_normal_tail_keeps_its_digits_far_out(macros) -> None:
    z = np.linspace(0.01, 36, 5_000)
    found = computed(macros.normal_tail("z"), z=z)
    assert relative_error(found, stats.norm.sf(z)).max() <= 1e-11
    assert (np.diff(found) < 0).all(), "a tail only falls"


def test_the_normal_tail_is_right_where_one_approximation_follows_another(
    macros,
) -> None:
    seams = np.array([0.0, 0.46875, 4.0]) * math.sqrt(2)
    z = np.concatenate([np.nextafter(seams, -9), seams, np.nextafter(seams, 9), -seams])
    found = computed(macros.normal_tail("z"), z=z)
    assert relative_error(found, stats.norm.sf(z)).max() <= 1e-13


def test_the_normal_tail_of_nothing_is_nothing(macros) -> None:
    assert one(macros.normal_tail("null::double")) is None
    assert one(macros.normal_tail("0::double")) == 0.5
    assert one(macros.normal_tail("50::double")) == 0.0
    assert one(macros.normal_tail("-50::double")) == 1.0


def test_the_normal_tail_takes_an_expression_for_its_argument(macros) -> None:
    found = one(macros.normal_tail("1.5::double - 3"))
    assert found == pytest.approx(stats.norm.sf(-1.5), abs=1e-12)


def test_the_chi_square_tail_is_right_for_1_to_60_degrees(macros) -> None:
    points = np.concatenate([np.geomspace(1e-6, 1, 40), np.linspace(1, 300, 300)])
    degrees, statistic = (
        axis.ravel() for axis in np.meshgrid(np.arange(1, 61), points, indexing="ij")
    )
    found = computed(
        macros.chi_square_tail("statistic", "degrees"),
        statistic=statistic,
        degrees=degrees,
    )
    # The survival function as the regularised incomplete gamma function.
    expected = special.gammaincc(degrees / 2, statistic / 2)
    assert np.abs(found - expected).max() <= 1e-12
    assert relative_error(found, expected).max() <= 1e-9


def test_the_chi_square_tail_is_one_at_zero_and_nothing_outside_its_degrees(
    macros,
) -> None:
    assert one(macros.chi_square_tail("0::double", "4")) == 1.0
    assert one(macros.chi_square_tail("null::double", "4")) is None
    assert one(macros.chi_square_tail("3::double", "0")) is None
    assert one(macros.chi_square_tail("3::double", "61")) is None


def test_the_published_complaint_series_gives_p_0_17(macros) -> None:
    series = np.array([142, 159, 127])
    expected = stats.chisquare(series)
    found = one(macros.chi_square_tail(f"{float(expected.statistic)!r}::double", "2"))
    assert found == pytest.approx(expected.pvalue, rel=1e-12)
    assert round(expected.statistic, 2) == 3.59
    assert round(expected.pvalue, 2) == 0.17


@pytest.mark.parametrize(
    ("sign", "side"), [(-1, 0), (1, 1)], ids=["the lower", "the upper"]
)
def test_the_wilson_bound_is_right(macros, sign: int, side: int) -> None:
    pairs = [
        (successes, count)
        for count in (1, 2, 3, 7, 30, 706, 22_166, 10_000_000)
        for successes in sorted({0, 1, count // 3, count // 2, count - 1, count})
    ]
    successes, count = (np.array(column) for column in zip(*pairs, strict=True))
    found = computed(
        macros.wilson_bound("share", "base", sign), share=successes / count, base=count
    )
    expected = np.array(
        [stats.binomtest(k, n).proportion_ci(method="wilson")[side] for k, n in pairs]
    )
    # A bound of exactly 0 has no relative error: it may be off by one rounding.
    far = np.abs(found - expected) > np.maximum(1e-12 * expected, 1e-16)
    assert not far.any(), list(
        zip(successes[far], count[far], found[far], expected[far], strict=True)
    )
    assert (found >= 0).all(), "no share below 0"
    assert (found <= 1).all(), "no share above 1"


def test_the_wilson_bound_of_an_unknown_or_empty_base_is_nothing(macros) -> None:
    assert one(macros.wilson_bound("0.5::double", "null::bigint", 1)) is None
    assert one(macros.wilson_bound("0.5::double", "0::bigint", 1)) is None
    assert one(macros.wilson_bound("null::double", "10::bigint", -1)) is None


def test_the_quantile_is_that_of_95_percent(macros) -> None:
    found = one(macros.normal_quantile_95())
    assert found == pytest.approx(stats.norm.ppf(0.975), rel=1e-15)


# -- Student's t ----------------------------------------------------------------

DEGREES = np.concatenate([np.geomspace(1, 60, 120), np.geomspace(60, 1e12, 40)])


def t_tail(t: np.ndarray, degrees: np.ndarray) -> dict[str, np.ndarray]:
    relation, parameters = select_from({"t": t, "degrees": degrees})
    tail = statistics_macros().with_t_tail(relation, "t", "degrees", "tail")
    return asked(f"select t, degrees, tail from ({tail})", parameters)


def test_the_t_tail_is_right_to_1e_6_and_better_for_any_degrees_from_1() -> None:
    points = np.concatenate(
        [
            [0.0],
            np.geomspace(1e-7, 1, 40),
            np.linspace(1, 20, 100),
            np.geomspace(20, 1e6),
        ]
    )
    t, degrees = (
        axis.ravel() for axis in np.meshgrid(np.concatenate([-points, points]), DEGREES)
    )
    found = t_tail(t, degrees)
    expected = 2 * stats.t.sf(np.abs(found["t"]), found["degrees"])
    assert len(expected) == len(t)
    assert np.abs(found["tail"] - expected).max() <= 1e-9
    seen = expected > 1e-12
    assert relative_error(found["tail"][seen], expected[seen]).max() <= 1e-9


def test_the_t_tail_ends_in_zero_and_of_nothing_is_nothing() -> None:
    nan = math.nan
    found = t_tail(
        np.array([1e120, 1e300, 5.0, nan, 2.0, 2.0]),
        np.array([2.0, 1e9, 1e300, 5.0, nan, 0.5]),
    )
    order = np.argsort(np.nan_to_num(found["tail"], nan=-1))
    tails = found["tail"][order]
    assert np.isnan(tails[:3]).all(), "no statistic, no degrees or below 1 degree"
    assert (tails[3:5] <= 1e-200).all()
    assert tails[5] == pytest.approx(2 * stats.norm.sf(5), abs=1e-12)


def test_the_t_quantile_is_right_to_1e_6_and_better_for_any_degrees_from_1(
    macros,
) -> None:
    found = computed(macros.t_quantile_95("degrees"), degrees=DEGREES)
    assert np.abs(found - stats.t.ppf(0.975, DEGREES)).max() <= 1e-9
    assert (np.diff(found) <= 1e-9).all(), "more degrees, a narrower interval"


def test_the_t_quantile_below_1_degree_is_nothing(macros) -> None:
    assert one(macros.t_quantile_95("0::bigint")) is None
    assert one(macros.t_quantile_95("0.99::double")) is None
    assert one(macros.t_quantile_95("null::double")) is None
