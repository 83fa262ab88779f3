"""Response rates are those of AAPOR, from the counts that are known.

The judge writes out the definitions with exact fractions. A rate that depends on a
count that nobody gave is no rate: the judge tries several values for it.
"""

import csv
import itertools
import random
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import duckdb
import jinja2
import pytest
from conftest import PROJECT, Installation

MACROS = PROJECT / "dbt_project" / "macros" / "response_rates.sql"
SAMPLE = PROJECT / "seeds/feeds/vutg/invitations/uitnodigingen.csv"
STEPS = ("invited_count", "reached_count", "started_count", "completed_count")
# What an unknown count might have been.
TRIED = (0, 1, 7, 250, 100_000)

Rows = Callable[[str], list[tuple[Any, ...]]]
Counts = tuple[int | None, ...]


def defined(invited: int, reached: int, started: int, completed: int) -> list[Any]:
    """AAPOR's six rates; None where all there is comes to nothing."""
    I, P, R, NC = completed, started - completed, reached - started, invited - reached  # noqa: E741, N806
    O = UH = UO = 0  # noqa: E741, N806
    e = Fraction(1, 2)
    bases = [
        (I + P) + (R + NC + O) + (UH + UO),
        (I + P) + (R + NC + O) + e * (UH + UO),
        (I + P) + (R + NC + O),
    ]
    return [
        Fraction(part, 1) / base if base else None
        for base in bases
        for part in (I, I + P)
    ]


def expected(counts: Counts) -> list[float | None]:
    fillings = itertools.product(
        *(TRIED if count is None else (count,) for count in counts)
    )
    tried = [defined(*filling) for filling in fillings]
    known = []
    for values in zip(*tried, strict=True):
        same = len(set(values)) == 1 and values[0] is not None
        known.append(float(values[0]) if same else None)
    return known


def sets() -> list[Counts]:
    """A thousand courses of a survey: falling, at odds, with zeros and with holes."""
    rng = random.Random(192)
    made: list[Counts] = [(0, 0, 0, 0), (1, 1, 1, 1), (5, 0, 0, 0), (None,) * 4]
    while len(made) < 1_000:
        top = rng.choice([3, 50, 130_631, 10**12])
        counts = [rng.randrange(top + 1) for _ in STEPS]
        if rng.random() < 0.9:
            counts.sort(reverse=True)
        made.append(
            tuple(
                None if rng.random() < 0.2 else 0 if rng.random() < 0.05 else count
                for count in counts
            )
        )
    return made


def test_a_thousand_sets_of_counts_give_the_rates_of_the_definition() -> None:
    macros: Any = jinja2.Environment().from_string(MACROS.read_text()).module
    rates = ", ".join(macros.response_rate(number) for number in range(1, 7))
    courses = sets()
    columns = ", ".join(f"unnest(${step}::bigint[]) as {step}" for step in STEPS)
    found = duckdb.execute(
        f"select {rates} from (select {columns})",
        {step: [course[n] for course in courses] for n, step in enumerate(STEPS)},
    ).fetchall()
    judged = [expected(course) for course in courses]
    assert [list(row) for row in found] == judged
    assert sum(rates[0] is not None for rates in judged) > 300
    assert sum(rates[0] is None for rates in judged) > 100


def test_the_sample_invitations_come_out_with_their_rates(rows: Rows) -> None:
    headers = ("Contacten", "Uitgenodigd", "Bereikt", "Gestart", "Volledig ingevuld")
    channels = {
        "e-mail": ("fons-mail", "mail"),
        "telefoon": ("fons-telefoon", "telefoon"),
    }
    judged = []
    with SAMPLE.open(encoding="utf-8-sig") as stream:
        for row in csv.DictReader(stream, delimiter=";"):
            contacts, *steps = (int(row[name].replace(".", "")) for name in headers)
            instrument, channel = channels[row["Kanaal"]]
            key = (instrument, channel, row["Periode"], contacts, None, *steps)
            judged.append((*key, *expected(tuple(steps))))
    found = rows(
        "select instrument_code, channel_code, period_code, contact_count,"
        f" eligible_count, {', '.join(STEPS)}, rr1, rr2, rr3, rr4, rr5, rr6"
        " from mart_response where basis = 'computed' and perimeter = 'as_reported'"
        " and is_simulated and agency_code = 'vutg' and not is_total"
    )
    assert len(found) == 4
    assert sorted(found) == sorted(judged)


def test_published_and_delivered_counts_stand_side_by_side(rows: Rows) -> None:
    """Nobody invented the real ones: they have no completed answers."""
    assert rows(
        "select basis, is_simulated, service_code, invited_count, completed_count,"
        " rr1 is null from mart_response where perimeter = 'current'"
        " and instrument_code = 'fons-mail' and period_code = '2023-H1' order by all"
    ) == [
        ("computed", True, "alle", 7057, 706, False),
        ("computed", True, "niet-vermeld", 7057, 706, False),
        ("published", False, "alle", 7057, None, True),
    ]


def test_an_assumption_goes_with_the_counts(rows: Rows) -> None:
    assert rows(
        "select count(*) from mart_response where basis = 'computed'"
        " and period_code = '2022-H2' and source not like '%Aanname%'"
    ) == [(0,)]


# -- standard layout ------------------------------------------------------------

INVITATIONS = """\
periode;kanaal;dienst;meting;contacten;in_aanmerking;uitgenodigd;bereikt;gestart;voltooid
2024-01;mail;loket;eigen;100;90;80;70;30;20
2024-02;mail;loket;eigen;100;90;80;;30;25
2024-03;mail;loket;eigen;100;90;80;70;30;15
2024-Q2;mail;loket;eigen;300;270;240;210;90;60
2024-07;mail;loket;eigen;100;90;95;70;30;35
2024-01;mail;balie;eigen;10;9;8;7;3;2
"""


@pytest.fixture(scope="module")
def inviting(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    folder = tmp_path_factory.mktemp("inviting")
    place = Installation(folder / "home", folder / "landing")
    place.land("vlm/survey_invitation/verloop_2024.csv", INVITATIONS)
    process = place.klantbeeld("run")
    assert process.returncode == 0, process.stdout + process.stderr
    return place


def test_shorter_periods_fill_a_longer_one_exactly_or_not_at_all(
    inviting: Installation,
) -> None:
    assert inviting.query(
        "select period_code, invited_count, reached_count, completed_count, rr1, rr2"
        " from mart_response where service_code = 'loket' and instrument_code = 'eigen'"
        " and perimeter = 'current' and not is_simulated and basis = 'computed'"
        " order by all"
    ) == [
        ("2024-01", 80, 70, 20, 20 / 80, 30 / 80),
        ("2024-02", 80, None, 25, 25 / 80, 30 / 80),
        ("2024-03", 80, 70, 15, 15 / 80, 30 / 80),
        ("2024-07", 95, 70, 35, 35 / 95, 30 / 95),
        ("2024-H1", 480, None, 120, 120 / 480, 180 / 480),
        ("2024-Q1", 240, None, 60, 60 / 240, 90 / 240),
        ("2024-Q2", 240, 210, 60, 60 / 240, 90 / 240),
    ]


def test_services_add_up_in_a_row_that_says_so(inviting: Installation) -> None:
    assert inviting.query(
        "select service_code, is_total, invited_count, completed_count"
        " from mart_response where period_code = '2024-01' and perimeter = 'current'"
        " order by all"
    ) == [
        ("alle", True, 88, 22),
        ("balie", False, 8, 2),
        ("loket", False, 80, 20),
    ]


def test_counts_that_cannot_be_are_a_finding_and_stay_as_they_are(
    inviting: Installation,
) -> None:
    assert inviting.query(
        "select severity, agency_code, period_code, mart, figure"
        " from mart_quality_finding where rule = 'D5'"
    ) == [
        (
            "error",
            "vlm",
            "2024-07",
            "fct_survey_invitation",
            "contacten 100, in aanmerking 90, uitgenodigd 95, bereikt 70, gestart 30,"
            " voltooid 35",
        )
    ]
