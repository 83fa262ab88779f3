"""A control chart says what its definition says: a judge in fractions, point by point.

Belongs here: the macro `xmr` on random series and edges. Does not belong here: which
series of complaints there are (test_complaint_trends).
"""

import random
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import duckdb
import jinja2
import pytest

SOURCE = Path(__file__).parent.parent / "dbt_project" / "macros" / "xmr.sql"
EDGES = {
    "empty months": [0] * 12,
    "all equal": [5] * 8,
    "one point": [3],
    "two points": [3, 9],
    "seven points": [1, 2, 3, 4, 5, 6, 7],
    "eight points rising": [1, 2, 3, 4, 5, 6, 7, 8],
    "six rising, then level": [1, 2, 3, 4, 5, 6, 6, 6, 6],
    "seven rising, then level": [1, 2, 3, 4, 5, 6, 7, 7, 7],
    "up to a peak and down": [1, 2, 3, 4, 5, 6, 7, 6, 5, 4, 3, 2, 1],
    "seven above, seven below": [9] * 7 + [1] * 7,
    "six above, six below": [9] * 6 + [1] * 6,
    "on the centre line": [4, 6, 5, 5, 5, 5, 5, 5, 5, 6, 4],
    "one spike": [5, 6, 5, 4, 5, 60, 5, 6, 4, 5, 5, 6],
    "a screened range": [10, 11, 10, 9, 10, 11, 10, 9, 10, 40, 41, 40, 39, 40],
    "large": [10**6 + step for step in (0, 3, -2, 8, 1, 0, -9, 4, 90_000, 2)],
    # Mean 62 and mean range 50: the last point lies on the limit, 62 + 133.
    "on a limit": [59, 81, 20, 105, 35, 30, 38, 17, 40, 195],
}


class Point(NamedTuple):
    """What a chart says of one point."""

    point_count: int
    centre: float | None
    lower: float | None
    upper: float | None
    signal: frozenset[str] | None


def judged(values: list[int]) -> list[Point]:
    """The definition, in fractions."""
    count = len(values)
    if count < 8:
        return [Point(count, None, None, None, None)] * count
    centre = Fraction(sum(values), count)
    ranges = [abs(b - a) for a, b in zip(values, values[1:], strict=False)]
    widest = Fraction("3.267") * Fraction(sum(ranges), len(ranges))
    screened = [size for size in ranges if size <= widest]
    distance = Fraction("2.66") * Fraction(sum(screened), len(screened))
    signals: list[set[str]] = [set() for _ in values]

    def beyond(part: Fraction, sign: int) -> list[bool]:
        return [sign * (value - centre) > part * distance for value in values]

    for sign, side, way in ((1, "above", "rising"), (-1, "below", "falling")):
        outside = beyond(Fraction(1), sign)
        third = beyond(Fraction(2, 3), sign)
        same_side = beyond(Fraction(0), sign)
        for at in range(count):
            if outside[at]:
                signals[at].add(f"{side}_limit")
        for start in range(count - 6):
            seven = range(start, start + 7)
            if all(same_side[at] for at in seven):
                for at in seven:
                    signals[at].add(f"run_{side}")
            if all(sign * (values[at + 1] - values[at]) > 0 for at in seven[:-1]):
                for at in seven:
                    signals[at].add(way)
        for start in range(count - 2):
            beyond_third = [at for at in range(start, start + 3) if third[at]]
            if len(beyond_third) >= 2:
                for at in beyond_third:
                    signals[at].add(f"outer_third_{side}")
    return [
        Point(
            count,
            float(centre),
            float(centre - distance),
            float(centre + distance),
            frozenset(signal),
        )
        for signal in signals
    ]


def random_series(random_of: random.Random) -> Iterator[list[int]]:
    """Series of every length and size: rare events, counts with ties, steps, trends."""
    for _ in range(1_000):
        length = random_of.choice([1, 2, 6, 7, 8, 9, 12, 24, 36, 60])
        most = random_of.choice([1, 2, 5, 30, 1_000, 10**6])
        values = [random_of.randint(0, most) for _ in range(length)]
        match random_of.randrange(4):
            case 0:
                step = random_of.randrange(length)
                values = values[:step] + [value + most for value in values[step:]]
            case 1:
                values = [value + at for at, value in enumerate(values)]
            case 2:
                values = sorted(values, reverse=random_of.random() < 0.5)
        yield values


@pytest.fixture(scope="module")
def series() -> dict[str, list[int]]:
    drawn = random_series(random.Random(20240215))
    return EDGES | {str(number): values for number, values in enumerate(drawn)}


@pytest.fixture(scope="module")
def charts(series: dict[str, list[int]]) -> dict[str, list[Point]]:
    """What the macro makes of all series at once."""
    macros = jinja2.Environment().from_string(SOURCE.read_text()).module
    connection = duckdb.connect()
    connection.execute("create table points (name text, place int, value bigint)")
    connection.execute(
        "insert into points select name, generate_subscripts(list, 1), unnest(list)"
        " from (select unnest($names) as name, unnest($lists::bigint[][]) as list)",
        {"names": list(series), "lists": list(series.values())},
    )
    chart = macros.xmr("points", ["name"], "place", "value")  # ty: ignore[unresolved-attribute]
    found: dict[str, list[Point]] = {}
    for name, signal, *figures in connection.sql(
        "select name, signal, point_count, centre_line, lower_limit, upper_limit"
        f" from {chart} as charted order by name, place"
    ).fetchall():
        codes = None if signal is None else frozenset(signal.split("|")) - {""}
        found.setdefault(name, []).append(Point(*figures, codes))
    return found


def test_every_signal_is_that_of_the_definition(
    series: dict[str, list[int]], charts: dict[str, list[Point]]
) -> None:
    assert charts.keys() == series.keys()
    seen: set[str] = set()
    for name, values in series.items():
        expected = judged(values)
        assert [p.signal for p in charts[name]] == [p.signal for p in expected], values
        assert [p.point_count for p in charts[name]] == [len(values)] * len(values)
        seen |= {code for point in expected for code in point.signal or ()}
    assert len(seen) == 8, "a rule that never spoke was not tested"


def test_every_limit_is_that_of_the_definition(
    series: dict[str, list[int]], charts: dict[str, list[Point]]
) -> None:
    for name, values in series.items():
        for found, expected in zip(charts[name], judged(values), strict=True):
            if expected.centre is None:
                assert found.centre is found.lower is found.upper is None
                continue
            # A limit near zero is a difference of two large numbers.
            close = {"rel": 1e-12, "abs": 1e-12 * max(values, default=0)}
            assert found.centre == pytest.approx(expected.centre, rel=1e-12)
            assert found.lower == pytest.approx(expected.lower, **close)
            assert found.upper == pytest.approx(expected.upper, **close)


def test_below_8_points_there_is_no_chart(charts: dict[str, list[Point]]) -> None:
    assert {point.signal for point in charts["seven points"]} == {None}
    assert None not in {point.signal for point in charts["eight points rising"]}


def test_nothing_changes_where_all_is_equal(charts: dict[str, list[Point]]) -> None:
    assert set(charts["all equal"]) == {Point(8, 5.0, 5.0, 5.0, frozenset())}


def test_a_point_on_a_limit_is_not_outside(charts: dict[str, list[Point]]) -> None:
    last = charts["on a limit"][-1]
    assert last.upper == EDGES["on a limit"][-1] == 195
    assert last.signal == frozenset()


def test_a_spike_is_left_out_of_the_moving_range_once(
    charts: dict[str, list[Point]],
) -> None:
    values = EDGES["a screened range"]
    ranges = [abs(b - a) for a, b in zip(values, values[1:], strict=False)]
    assert max(ranges) > 3.267 * sum(ranges) / len(ranges)
    upper, centre = charts["a screened range"][0].upper, sum(values) / len(values)
    assert upper == pytest.approx(centre + 2.66 * 1.0)
