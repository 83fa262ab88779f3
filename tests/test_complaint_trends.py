"""Trends of complaints: what was delivered, nothing else, and each day on its side.

Belongs here: which months and codes a series has, over the sample registers and over
registers made to hold every edge: split in months, a month missing, a merger with and
without services on both sides, days at their limits. Does not belong here: the chart
of one series (test_control_charts) and the sample's yearly form (test_complaints).
"""

import csv
import random
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from complaint_registers import MERGED, sample_complaints
from conftest import Installation
from test_control_charts import judged

Rows = Callable[[str], list[tuple[Any, ...]]]

TITLES = [
    "klacht_id",
    "ontvangen_op",
    "bevestigd_op",
    "beantwoord_op",
    "verlengd",
    "lijn",
    "dienst",
    "entiteit",
    "dragers",
    "kanalen",
    "ontvankelijk",
    "redenen_onontvankelijk",
    "gegrondheid",
    "oplossing",
    "ombudsnormen",
    "categorieen",
]
AGENCIES = ("heel", "stukken", "gat", "dagen", "oud-a", "oud-b", "nieuw")
EVENT = "fusie-nieuw"
MERGED_ON = date(2023, 7, 1)


def row(number: int, received: date, **cells: str | int) -> dict[str, str]:
    """A complaint in the standard layout; days count from the receipt."""
    days = {
        title: f"{received + timedelta(days=int(value)):%d/%m/%Y}"
        for title, value in cells.items()
        if isinstance(value, int)
    }
    usual = {"lijn": "EERSTELIJN", "ontvankelijk": "ja", "verlengd": "nee"}
    return (
        dict.fromkeys(TITLES, "")
        | usual
        | {"klacht_id": str(number), "ontvangen_op": f"{received:%d/%m/%Y}"}
        | {title: str(value) for title, value in cells.items()}
        | days
    )


def text(rows: Iterable[dict[str, str]]) -> str:
    lines = [TITLES] + [[each[title] for title in TITLES] for each in rows]
    return "".join(";".join(line) + "\n" for line in lines)


def month_of(each: dict[str, str]) -> str:
    return f"{each['ontvangen_op'][6:]}-{each['ontvangen_op'][3:5]}"


def register(seed: int, count: int, first: date, last: date) -> list[dict[str, str]]:
    """Invented complaints, none in May."""
    random_of = random.Random(seed)
    made: list[dict[str, str]] = []
    while len(made) < count:
        received = first + timedelta(days=random_of.randrange((last - first).days + 1))
        if received.month == 5:
            continue
        grounded = random_of.random() < 0.5
        norms = random_of.sample(["ON02", "ON07", "ON13"], random_of.randint(1, 3))
        made.append(
            row(
                len(made),
                received,
                beantwoord_op=random_of.randint(1, 100),
                bevestigd_op=random_of.randint(0, 20),
                verlengd=random_of.choice(["ja", "nee"]),
                dienst=random_of.choice(["loket", "balie", ""]),
                dragers="|".join(random_of.sample(["BRIEF", "WEB"], 1)),
                gegrondheid="GEGROND" if grounded else "ONGEGROND",
                oplossing="OPGELOST" if grounded else "",
                ombudsnormen="|".join(norms) if grounded else "",
                categorieen=random_of.choice(["traag", "bedrag"]),
            )
        )
    # Both ends are there, so that every register spans its whole period.
    return [
        *made,
        row(count, first, dragers="WEB"),
        row(count + 1, last, dragers="WEB"),
    ]


# The door takes no file without rows: May comes with its quarter.
SECOND_QUARTER = ("2023-04", "2023-05", "2023-06")
WHOLE = register(1, 150, date(2023, 1, 1), date(2023, 12, 31))
OLD_A = register(2, 40, date(2023, 1, 1), date(2023, 6, 30))
OLD_B = register(3, 30, date(2023, 1, 1), date(2023, 6, 30))
NEW = register(4, 60, date(2023, 7, 1), date(2023, 12, 31))
GROUNDED = {"gegrondheid": "GEGROND", "oplossing": "OPGELOST", "ombudsnormen": "ON13"}
REFUSED = {"ontvankelijk": "nee", "redenen_onontvankelijk": "RO06|RO07"}
# Per complaint received on 1 March 2023: its cells. One of each at a limit and past it.
EDGES: list[dict[str, str | int]] = [
    {"bevestigd_op": 10, "beantwoord_op": 20, "dragers": "WEB", **GROUNDED},
    {"bevestigd_op": 11, "beantwoord_op": 21, "dragers": "WEB", **GROUNDED},
    {"beantwoord_op": 45, "dragers": "WEB", "gegrondheid": "ONGEGROND"},
    {"beantwoord_op": 46, "dragers": "WEB", "gegrondheid": "ONGEGROND"},
    {"beantwoord_op": 90, "verlengd": "ja", "dragers": "WEB", **GROUNDED},
    {"beantwoord_op": 91, "verlengd": "ja", "dragers": "WEB", **GROUNDED},
    {"beantwoord_op": 90, "dragers": "WEB", "gegrondheid": "DEELS_GEGROND"},
    {"beantwoord_op": 10, "dragers": "WEB", **REFUSED},
    {"beantwoord_op": 11, "dragers": "WEB", **REFUSED},
    # Open, to be judged, no complaint at all.
    {"dragers": "WEB"},
    {"dragers": "WEB", "ontvankelijk": "te_beoordelen"},
    {"dragers": "WEB", "ontvankelijk": "geen_klacht", "beantwoord_op": 200},
    # What cannot be: an answer of before the receipt, a judgement of what is not
    # admissible, a norm on an ungrounded one; and no carrier, no admissibility.
    {"beantwoord_op": -1, "dragers": "WEB", "gegrondheid": "ONGEGROND"},
    {"dragers": "WEB", "gegrondheid": "ONGEGROND", **REFUSED},
    {"dragers": "WEB", "gegrondheid": "ONGEGROND", "ombudsnormen": "ON13"},
    {"ontvankelijk": ""},
]


@pytest.fixture(scope="module")
def made(project_copy: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The made registers, in a copy of the project that knows their agencies."""
    reference = project_copy / "seeds" / "reference"

    def append(name: str, *lines: list[str]) -> None:
        path = reference / f"{name}.csv"
        with path.open("a", encoding="utf-8", newline="") as stream:
            csv.writer(stream, lineterminator="\n").writerows(lines)

    append("agencies", *([code, code, *[""] * 7] for code in AGENCIES))
    append(
        "agency_events",
        *(
            [EVENT, f"{MERGED_ON}", "merger", old, "nieuw", "", "test"]
            for old in ("oud-a", "oud-b")
        ),
    )
    append(
        "service_events",
        [EVENT, "oud-a", "loket", "nieuw", "loket", "test"],
        [EVENT, "oud-b", "balie", "nieuw", "loket", "test"],
    )
    folder = tmp_path_factory.mktemp("made")
    place = Installation(folder / "home", folder / "landing", project_copy)
    place.land("heel/complaint/register_2023.csv", text(WHOLE))
    for month in (f"2023-{number:02d}" for number in range(1, 13)):
        rows = [each for each in WHOLE if month_of(each) == month]
        if month not in SECOND_QUARTER:
            place.land(f"stukken/complaint/register_{month}.csv", text(rows))
        if month not in ("2023-05", "2023-09"):
            place.land(f"gat/complaint/register_{month}.csv", text(rows))
    rows = [each for each in WHOLE if month_of(each) in SECOND_QUARTER]
    place.land("stukken/complaint/register_2023-Q2.csv", text(rows))
    days = [
        row(number, date(2023, 3, 1), **cells) for number, cells in enumerate(EDGES)
    ]
    place.land("dagen/complaint/register_2023.csv", text(days))
    for agency, rows in (("oud-a", OLD_A), ("oud-b", OLD_B), ("nieuw", NEW)):
        place.land(f"{agency}/complaint/register_2023.csv", text(rows))
    process = place.klantbeeld("run")
    assert process.returncode == 0, process.stdout + process.stderr
    return place


def test_a_register_in_months_says_what_the_whole_says(made: Installation) -> None:
    for mart, left_out in (
        ("mart_complaints", "source, reporting_agency_codes"),
        ("mart_complaint_trend", "covered_agency_codes"),
    ):
        whole, split = (
            made.query(
                f"select * exclude (agency_code, {left_out}) from {mart}"
                f" where agency_code = '{agency}' order by all"
            )
            for agency in ("heel", "stukken")
        )
        assert len(whole) > 100
        assert whole == split


def series(made: Installation, agency: str, where: str) -> list[tuple[Any, ...]]:
    return made.query(
        "select period_code, complaint_count, centre_line, signal, point_count"
        f" from mart_complaint_trend where agency_code = '{agency}'"
        f" and {where} order by period_start"
    )


def monthly(rows: Iterable[dict[str, str]], code: str = "") -> list[tuple[str, int]]:
    counts = Counter(
        month_of(each)
        for each in rows
        if code in each["ombudsnormen"].split("|") or not code
    )
    return [
        (month, counts[month])
        for month in (f"2023-{number:02d}" for number in range(1, 13))
    ]


@pytest.mark.parametrize("code", ["alle", "ON13"])
def test_a_covered_month_without_a_complaint_is_0_and_the_chart_counts_it(
    made: Installation, code: str
) -> None:
    expected = monthly(WHOLE, "" if code == "alle" else code)
    assert dict(expected)["2023-05"] == 0
    found = series(
        made,
        "heel",
        f"perimeter = 'current' and period_grain = 'month' and code = '{code}'",
    )
    assert [each[:2] for each in found] == expected
    chart = judged([count for _, count in expected])
    for (_, _, centre, signal, points), point in zip(found, chart, strict=True):
        assert centre == pytest.approx(point.centre, rel=1e-12)
        assert frozenset(signal.split("|")) - {""} == point.signal
        assert points == 12


def test_a_month_that_was_not_delivered_is_absent_and_so_is_its_quarter(
    made: Installation,
) -> None:
    found = series(made, "gat", "perimeter = 'current' and code = 'alle'")
    periods = {period for period, *_ in found}
    assert periods == {f"2023-{number:02d}" for number in range(1, 13)} - {
        "2023-05",
        "2023-09",
    } | {"2023-Q1", "2023-Q4"}
    # A total of which a part is missing is no total.
    total = series(made, "alle", "perimeter = 'current' and code = 'alle'")
    assert not {"2023-05", "2023-09", "2023-Q2"} & {period for period, *_ in total}


def test_an_agency_has_no_months_before_or_after_its_life(made: Installation) -> None:
    def months(agency: str, perimeter: str) -> list[tuple[str, int]]:
        where = (
            f"perimeter = '{perimeter}' and period_grain = 'month' and code = 'alle'"
        )
        return [each[:2] for each in series(made, agency, where)]

    assert months("oud-a", "as_reported") == monthly(OLD_A)[:6]
    assert months("nieuw", "as_reported") == monthly(NEW)[6:]
    assert months("nieuw", "current") == monthly([*OLD_A, *OLD_B, *NEW])
    assert months("oud-a", "current") == []


def test_the_constant_perimeter_counts_services_of_both_sides_only(
    made: Installation,
) -> None:
    both_sides = [
        *(each for each in OLD_A if each["dienst"] == "loket"),
        *(each for each in OLD_B if each["dienst"] == "balie"),
        *(each for each in NEW if each["dienst"] == "loket"),
    ]
    assert made.query(
        "select event_code, service_code, received_count from mart_complaints"
        " where perimeter = 'constant' and period_grain = 'year' order by all"
    ) == [(EVENT, "alle", len(both_sides)), (EVENT, "loket", len(both_sides))]
    found = series(
        made,
        "nieuw",
        "perimeter = 'constant' and period_grain = 'month' and code = 'alle'",
    )
    assert [each[:2] for each in found] == monthly(both_sides)


def test_each_day_is_on_its_side_of_the_limit(made: Installation) -> None:
    columns = {
        "registered_count": 16,
        "received_count": 15,
        "not_complaint_count": 1,
        "admissible_count": 10,
        "inadmissible_count": 3,
        "to_be_judged_count": 1,
        "pending_count": 1,
        "acknowledged_count": 2,
        "late_acknowledgement_count": 1,
        "refused_count": 2,
        "late_refusal_count": 1,
        "handled_count": 10,
        # 46, 91 where extended, 90 where not.
        "late_answer_count": 3,
        # 20, 21, 45 and the two refusals; the answer of before the receipt has no term.
        "within_45_days_count": 5,
        "over_45_days_count": 4,
        "answered_0_20_days_count": 3,
        "answered_21_45_days_count": 2,
        "answered_46_90_days_count": 3,
        "answered_over_90_days_count": 1,
        "mean_days": (20 + 21 + 45 + 46 + 90 + 91 + 90 + 10 + 11) / 9,
        "median_days": 45,
        "mean_acknowledgement_days": 10.5,
    }
    (found,) = made.query(
        f"select {', '.join(columns)} from mart_complaints where agency_code = 'dagen'"
        " and perimeter = 'as_reported' and period_grain = 'year' and is_total"
    )
    assert dict(zip(columns, found, strict=True)) == columns


def test_what_cannot_be_is_a_finding_and_is_left_as_it_is(made: Installation) -> None:
    found = made.query(
        "select rule, figure, message_nl, severity from mart_quality_finding"
        " where agency_code = 'dagen' order by rule"
    )
    assert [(rule, figure, severity) for rule, figure, _, severity in found] == [
        # One complaint without admissibility: 15 received, 14 judged.
        ("K1", "15", "warning"),
        # The judged refusal counts as ungrounded: 10 admissible, 11 in the sum.
        ("K10", "6", "information"),
        ("K2", "10", "warning"),
        # One grounded complaint has no resolution.
        ("K3", "5", "warning"),
        ("K4", "2", "warning"),
        ("K5", "10", "warning"),
        ("K6", "1", "information"),
        ("K6", "1", "information"),
        ("K7", "1", "warning"),
    ]
    messages = {rule: message for rule, _, message, _ in found}
    assert "{" not in "".join(messages.values())


def test_nothing_real_is_called_simulated(made: Installation) -> None:
    assert made.query("select distinct is_simulated from mart_complaint_trend") == [
        (False,)
    ]


# -- the sample registers ------------------------------------------------------------


def test_every_count_of_a_trend_is_that_of_the_registers(rows: Rows) -> None:
    counts: Counter[tuple[str, ...]] = Counter()
    for c in sample_complaints():
        if not c.is_received:
            continue
        for code in {("alle", "alle"), *c.codes}:
            today = MERGED.get(c.agency, c.agency)
            for place in (
                ("as_reported", c.agency),
                ("as_reported", "alle"),
                ("current", today),
                ("current", "alle"),
            ):
                quarter = f"{c.received:%Y}-Q{(c.received.month + 2) // 3}"
                for period in (f"{c.received:%Y-%m}", quarter):
                    counts[(*place, c.line, *code, period)] += 1
    found = {
        each[:6]: each[6]
        for each in rows(
            "select perimeter, agency_code, complaint_line, code_list, code,"
            " period_code, complaint_count from mart_complaint_trend"
        )
    }
    assert [key for key, count in found.items() if counts[key] != count] == []
    assert 0 in found.values()
    # No month of complaints is missing; of codes where a register has no such list.
    missing = {key for key in counts if key not in found and "Q" not in key[5]}
    assert {key[3] for key in missing} == {"categorie"}


def test_the_total_as_reported_is_the_total_of_today(rows: Rows) -> None:
    reported, current = (
        rows(
            "select * exclude (perimeter, watched_series_count)"
            f" from mart_complaint_trend where is_total and perimeter = '{perimeter}'"
            " order by all"
        )
        for perimeter in ("as_reported", "current")
    )
    assert len(current) > 500
    assert reported == current


def test_a_register_that_joins_begins_another_series_of_the_total(rows: Rows) -> None:
    found = rows(
        "select covered_agency_codes, min(period_code), max(period_code), count(*),"
        " min(point_count), max(point_count) from mart_complaint_trend where is_total"
        " and perimeter = 'current' and code = 'alle' and period_grain = 'month'"
        " and complaint_line = 'EERSTELIJN' group by all order by all"
    )
    assert [each[:4] for each in found] == [
        ("departement-zorg", "2021-01", "2021-12", 12),
        ("departement-zorg|vutg", "2022-01", "2023-12", 24),
    ]
    assert [each[4:] for each in found] == [(12, 12), (24, 24)]


def test_every_signal_says_what_is_good_and_of_how_many_series(rows: Rows) -> None:
    assert not rows(
        "select * from mart_complaint_trend where coalesce(signal, '') <> '' and"
        " (direction_of_good <> 'lower' or point_count < 8 or watched_series_count < 1)"
    )
    assert rows(
        "select distinct watched_series_count from mart_complaint_trend"
        " where perimeter = 'current' and period_grain = 'month'"
    ) == rows(
        "select count(*) from (select distinct agency_code, complaint_line, code_list,"
        " code, covered_agency_codes from mart_complaint_trend where point_count >= 8"
        " and perimeter = 'current' and period_grain = 'month')"
    )
