"""Contacts count the same from every layout, at the agency that they are about.

The judge counts in plain Python, from the delivered files and the look-up tables.
"""

import csv
import datetime
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet
import pytest
from conftest import PROJECT, Installation

REFERENCE = PROJECT / "seeds" / "reference"
CALLS = sorted((PROJECT / "seeds/feeds/1700/calls").glob("*.parquet"))
SURVEYS = sorted((PROJECT / "seeds/feeds/1700/after_call_survey").glob("*.csv"))
SMILEYS = {"\U0001f620": 0, "\U0001f641": 1, "\U0001f642": 2, "\U0001f600": 3}
COUNTS = (
    "offered_count",
    "answered_count",
    "answered_within_threshold_count",
    "abandoned_count",
    "short_abandoned_count",
    "wait_seconds",
    "talk_seconds",
    "wrap_up_seconds",
    "resolved_first_contact_count",
)
LEVELS = (
    "service_level_answered_share",
    "service_level_offered_share",
    "service_level_without_short_abandoned_share",
    "service_level_with_abandoned_share",
)
RATES = (
    *LEVELS,
    "mean_wait_seconds",
    "mean_handle_seconds",
    "first_contact_resolution_share",
)
PLACE = (
    "agency_code",
    "service_code",
    "contact_line",
    "topic_code",
    "channel_code",
    "period_code",
)

Rows = Callable[[str], list[tuple[Any, ...]]]
Counted = dict[str, int | None]


def read(name: str) -> list[dict[str, str]]:
    with (REFERENCE / name).open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def delivered_calls() -> Iterator[dict[str, Any]]:
    for path in CALLS:
        yield from pyarrow.parquet.read_table(path).to_pylist()


def periods(day: datetime.date) -> tuple[str, ...]:
    return (
        f"{day:%Y-%m}",
        f"{day.year}-Q{(day.month + 2) // 3}",
        f"{day.year}-H{(day.month + 5) // 6}",
        f"{day.year}",
    )


def judged(contact: dict[str, Any], within: int | None, short: int | None) -> Counted:
    """What one contact counts for; None where it cannot be known."""
    answered, wait = contact["beantwoord"], contact["wachttijd_s"]

    def at_most(limit: int | None) -> int | None:
        return None if wait is None or limit is None else int(wait <= limit)

    solved = contact["opgelost"]
    return {
        "offered_count": 1,
        "answered_count": int(answered),
        "answered_within_threshold_count": at_most(within) if answered else 0,
        "abandoned_count": int(not answered),
        "short_abandoned_count": 0 if answered else at_most(short),
        "wait_seconds": wait if answered else 0,
        "talk_seconds": contact["gesprekstijd_s"] if answered else 0,
        "wrap_up_seconds": contact["nawerk_s"] if answered else 0,
        "resolved_first_contact_count": (
            (None if solved is None else int(solved)) if answered else 0
        ),
    }


def added(counted: Iterable[Counted]) -> Counted:
    """The sum by count; of a count that is unknown once, the sum is unknown."""
    rows = list(counted)
    sums: Counted = {}
    for name in COUNTS:
        known = [value for row in rows if (value := row[name]) is not None]
        sums[name] = sum(known) if len(known) == len(rows) else None
    return sums


def rates(counts: Counted) -> tuple[float | None, ...]:
    """As the method defines them, from the counts of a row."""
    offered, answered, within, lost, short, wait, talk, wrap, solved = (
        counts[name] for name in COUNTS
    )

    def over(part: int | None, *whole: int | None) -> float | None:
        known = [value for value in whole if value is not None]
        if part is None or len(known) < len(whole) or sum(known) == 0:
            return None
        return part / sum(known)

    after_short = None if lost is None or short is None else lost - short
    handled = None if talk is None or wrap is None else talk + wrap
    return (
        over(within, answered),
        over(within, offered),
        over(within, answered, after_short),
        over(within, answered, lost),
        over(wait, answered),
        over(handled, answered),
        over(solved, answered),
    )


def places(call: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """The rows of the mart that a call of 1700 is counted in."""
    about = {
        (row["contact_line"], row["topic_code"]): (
            row["agency_code"],
            row["service_code"],
        )
        for row in read("lines.csv")
        if row["reporting_agency_code"] == "1700"
    }
    line, topic = call["lijn"], call["onderwerp"]
    agency, service = about.get((line, topic)) or about[line, "alle"]
    for period in periods(call["gestart_op"].date()):
        for shown_service in (service, "alle"):
            for shown in ((line, topic), (line, "alle"), ("alle", "alle")):
                yield (agency, shown_service, *shown, call["kanaal"], period)


@pytest.fixture(scope="module")
def expected() -> dict[tuple[str, ...], Counted]:
    """Every row of the mart, counted call by call from the sample deliveries."""
    thresholds = {
        row["contact_line"]: (
            int(row["answer_threshold_seconds"]),
            int(row["short_abandon_seconds"]),
        )
        for row in read("contact_thresholds.csv")
        if row["reporting_agency_code"] == "1700" and row["is_simulated"] == "true"
    }
    cells: defaultdict[tuple[str, ...], list[Counted]] = defaultdict(list)
    for call in delivered_calls():
        counted = judged(call, *thresholds[call["lijn"]])
        for place in places(call):
            cells[place].append(counted)
    return {place: added(counted) for place, counted in cells.items()}


def test_every_row_of_the_mart_is_counted_right(
    rows: Rows, expected: dict[tuple[str, ...], Counted]
) -> None:
    for perimeter in ("as_reported", "current"):
        found = rows(
            f"select {', '.join((*PLACE, *COUNTS, *RATES))} from mart_contact_centre"
            f" where perimeter = '{perimeter}' and basis = 'computed' and is_simulated"
        )
        counts = {
            row[:6]: dict(zip(COUNTS, row[6 : 6 + len(COUNTS)], strict=True))
            for row in found
        }
        assert len(found) == len(counts)
        assert counts == expected
        for row in found:
            assert row[6 + len(COUNTS) :] == rates(expected[row[:6]])


def test_calls_stand_at_whom_they_are_about_with_who_reported_them(rows: Rows) -> None:
    assert rows(
        "select distinct agency_code, service_code, contact_line,"
        " reporting_agency_code from mart_contact_centre where topic_code <> 'alle'"
        " and not is_total order by all"
    ) == [
        ("1700", "niet-vermeld", "1700 algemeen", "1700"),
        ("departement-zorg", "zorgkas", "Vlaamse Zorgkas", "1700"),
        ("vutg", "Groeipakket", "Groeipakket", "1700"),
    ]


def test_no_call_is_lost_or_counted_twice_on_the_way(rows: Rows) -> None:
    calls = sum(pyarrow.parquet.read_metadata(path).num_rows for path in CALLS)
    assert rows("select sum(offered_count) from fct_contact") == [(calls,)]
    assert rows(
        "select perimeter, sum(offered_count) from mart_contact_centre"
        " where period_grain = 'year' and contact_line = 'alle'"
        " and service_code = 'alle' group by all order by all"
    ) == [("as_reported", calls), ("current", calls)]


def test_a_total_says_so_and_is_the_sum_of_its_parts(rows: Rows) -> None:
    assert not rows(
        "select * from mart_contact_centre where is_total <>"
        " ('alle' in (service_code, contact_line, topic_code))"
    )
    parts = rows(
        "select agency_code, period_code, sum(offered_count)"
        " from mart_contact_centre where not is_total group by all order by all"
    )
    totals = rows(
        "select agency_code, period_code, sum(offered_count)"
        " from mart_contact_centre where service_code = 'alle'"
        " and contact_line = 'alle' group by all order by all"
    )
    assert parts
    assert parts == totals


def test_a_part_of_a_year_is_called_incomplete(rows: Rows) -> None:
    assert rows(
        "select distinct period_code, flags from mart_contact_centre"
        " where period_grain in ('half_year', 'year') order by all"
    ) == [("2023", "period_incomplete"), ("2023-H1", "")]


def test_the_survey_after_a_call_stands_at_the_line_and_topic_of_that_call(
    rows: Rows,
) -> None:
    calls = {call["contact_id"]: call for call in delivered_calls()}
    scores: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for path in SURVEYS:
        lines = path.read_text(encoding="utf-8").splitlines()
        for answer in csv.DictReader(
            lines[lines.index("oproep,dag,smiley,herkomst") :]
        ):
            if answer["smiley"] in SMILEYS:
                for place in places(calls[answer["oproep"]]):
                    scores[place].append(SMILEYS[answer["smiley"]])
    assert scores
    for perimeter in ("as_reported", "current"):
        found = rows(
            f"select {', '.join(PLACE)}, answer_count, mean_score_100"
            f" from mart_contact_centre where perimeter = '{perimeter}'"
            " and is_simulated and answer_count is not null"
        )
        assert {row[:6]: row[6] for row in found} == {
            place: len(given) for place, given in scores.items()
        }
        for *place, count, score in found:
            mean = 100 * sum(scores[tuple(place)]) / (3 * count)
            assert score == pytest.approx(mean, rel=1e-12)


# -- standard layouts -----------------------------------------------------------

CONTACT_HEADERS = [
    "contact_id",
    "gestart_op",
    "lijn",
    "onderwerp",
    "kanaal",
    "entiteit",
    "dienst",
    "beantwoord",
    "wachttijd_s",
    "gesprekstijd_s",
    "nawerk_s",
    "doorverbonden",
    "opgelost",
]
COUNT_HEADERS = [
    "datum",
    "lijn",
    "onderwerp",
    "kanaal",
    "entiteit",
    "dienst",
    "aangeboden",
    "beantwoord",
    "beantwoord_binnen_drempel",
    "verbroken",
    "verbroken_kort",
    "wachttijd_s",
    "gesprekstijd_s",
    "nawerk_s",
    "opgelost_eerste_contact",
]
# The example of the method, a centre without thresholds, and one that tells little.
EXAMPLE = """\
datum;lijn;onderwerp;kanaal;aangeboden;beantwoord;beantwoord_binnen_drempel;verbroken;\
verbroken_kort
05/03/2024;voorbeeld;alle;telefoon;1075;1000;800;75;25
05/03/2024;zwijgt;vraag;telefoon;10;8;;;
05/03/2024;niemand;vraag;telefoon;0;0;0;0;0
"""
THRESHOLDS = {"info": (20, 5), "half": (45, 10)}


def contacts(seed: int) -> list[dict[str, Any]]:
    """Three months of contacts; on the line `half` some tell less than others."""
    rng = random.Random(seed)
    first = datetime.datetime(2024, 1, 1, 9)
    made = []
    for number in range(600):
        line = rng.choice(["info", "info", "half", "vreemd"])
        answered = rng.random() < 0.8
        tells = line != "half" or rng.random() < 0.95
        # The limits themselves, and one second more, come often.
        wait = rng.choice([0, 5, 6, 10, 11, 20, 21, 45, 46, rng.randrange(200)])
        made.append(
            {
                "contact_id": f"C{number}",
                "gestart_op": first
                + datetime.timedelta(days=rng.randrange(91), minutes=number % 400),
                "lijn": line,
                "onderwerp": rng.choice(["adres", "premie", "andere vraag"]),
                "kanaal": rng.choice(["telefoon", "chat"]),
                "entiteit": rng.choice(["", "", "vlm"]),
                "dienst": rng.choice(["", "loket", "alle"]),
                "beantwoord": answered,
                "wachttijd_s": wait if tells else None,
                "gesprekstijd_s": rng.randrange(600) if answered else None,
                "nawerk_s": rng.randrange(100) if answered else None,
                "doorverbonden": rng.random() < 0.1,
                "opgelost": (rng.random() < 0.7) if answered else None,
            }
        )
    return made


def cell(value: object) -> str:
    if isinstance(value, bool):
        return "ja" if value else "nee"
    if isinstance(value, datetime.datetime):
        return f"{value:%d/%m/%Y %H:%M}"
    if isinstance(value, datetime.date):
        return f"{value:%d/%m/%Y}"
    return "" if value is None else str(value)


def sheet(headers: list[str], lines: Iterable[Iterable[object]]) -> str:
    written = [";".join(headers)]
    written += [";".join(cell(value) for value in line) for line in lines]
    return "\n".join(written) + "\n"


@pytest.fixture(scope="module")
def centres(project_copy: Path, tmp_path_factory: pytest.TempPathFactory):
    """One centre tells each contact, by month; another counts the same ones itself."""
    reference = project_copy / "seeds" / "reference"
    header, *_ = csv.reader(
        (reference / "agencies.csv").read_text(encoding="utf-8").splitlines()
    )
    with (reference / "agencies.csv").open("a", encoding="utf-8") as stream:
        for code in ("een-voor-een", "geteld", "voorbeeld"):
            row = dict.fromkeys(header, "") | {"agency_code": code, "name_nl": code}
            stream.write(",".join(row.values()) + "\n")
    with (reference / "contact_thresholds.csv").open("a", encoding="utf-8") as stream:
        for code in ("een-voor-een", "geteld"):
            for line, (within, short) in THRESHOLDS.items():
                stream.write(f"{code},{line},false,{within},{short},test\n")
    folder = tmp_path_factory.mktemp("centres")
    place = Installation(folder / "home", folder / "landing", project_copy)
    made = contacts(4)
    for month in (1, 2, 3):
        place.land(
            f"een-voor-een/contact/contacten_2024-{month:02}.csv",
            sheet(
                CONTACT_HEADERS,
                (
                    contact.values()
                    for contact in made
                    if contact["gestart_op"].month == month
                ),
            ),
        )
    days: defaultdict[tuple[object, ...], list[Counted]] = defaultdict(list)
    for contact in made:
        key = (
            contact["gestart_op"].date(),
            *(contact[name] for name in CONTACT_HEADERS[2:7]),
        )
        limits = THRESHOLDS.get(contact["lijn"], (None, None))
        days[key].append(judged(contact, *limits))
    place.land(
        "geteld/contact_count/tellingen_2024-Q1.csv",
        sheet(
            COUNT_HEADERS,
            ((*key, *added(counted).values()) for key, counted in days.items()),
        ),
    )
    place.land("voorbeeld/contact_count/tellingen_2024-03.csv", EXAMPLE)
    process = place.klantbeeld("run")
    assert process.returncode == 0, process.stdout + process.stderr
    return place


def of(centre: str) -> str:
    """The rows of a centre, its own name left out."""
    figures = ", ".join((*COUNTS, *RATES))
    return (
        f"select perimeter, replace(agency_code, '{centre}', 'zelf'), service_code,"
        " contact_line, topic_code, channel_code, period_code, is_simulated, is_total,"
        f" answer_threshold_seconds, short_abandon_seconds, {figures}, flags"
        f" from mart_contact_centre where reporting_agency_code = '{centre}'"
        " order by all"
    )


def test_contacts_and_counts_of_the_same_facts_give_the_same_rows(
    centres: Installation,
) -> None:
    told, counted = (centres.query(of(centre)) for centre in ("een-voor-een", "geteld"))
    assert len(told) > 500
    assert told == counted
    assert Counter(row[1] for row in told).keys() == {"zelf", "vlm"}
    known = [row for row in told if row[3] == "info"]
    assert known
    assert all(None not in row[:-8] for row in known)
    assert all("threshold_unknown" in row[-1] for row in told if row[3] == "vreemd")


def test_the_example_of_the_method_gives_80_0_74_4_76_2_and_74_4(
    centres: Installation,
) -> None:
    (shares,) = centres.query(
        f"select {', '.join(LEVELS)} from mart_contact_centre where"
        " contact_line = 'voorbeeld' and period_code = '2024-03' and not is_total"
        " and perimeter = 'current' and topic_code = 'niet-vermeld'"
    )
    assert shares == (800 / 1000, 800 / 1075, 800 / 1050, 800 / 1075)
    assert [round(100 * share, 1) for share in shares] == [80.0, 74.4, 76.2, 74.4]


@pytest.mark.parametrize("line", ["zwijgt", "niemand"])
def test_what_cannot_be_divided_has_no_share(centres: Installation, line: str) -> None:
    for shares in centres.query(
        f"select {', '.join(RATES)} from mart_contact_centre"
        f" where contact_line = '{line}'"
    ):
        assert set(shares) == {None}


def test_a_total_with_an_unknown_part_is_unknown(centres: Installation) -> None:
    assert centres.query(
        "select distinct offered_count, answered_within_threshold_count, flags from"
        " mart_contact_centre where reporting_agency_code = 'voorbeeld'"
        " and contact_line = 'alle' and period_code = '2024-03'"
    ) == [(1085, None, "threshold_unknown")]


def test_rates_are_divided_by_contacts_of_whole_periods_only(
    centres: Installation,
) -> None:
    with duckdb.connect(
        str(centres.home / "warehouse.duckdb"), read_only=True
    ) as warehouse:
        found = warehouse.sql(
            "select period_code, contact_count from intermediate.int_contact_counts"
            " where agency_code = 'voorbeeld' and perimeter = 'current'"
            " and service_code = 'alle' union all"
            " select period_code, contact_count from intermediate.int_contact_counts"
            " where agency_code = 'geteld' and perimeter = 'current'"
            " and service_code = 'alle' and period_grain <> 'month' order by all"
        ).fetchall()
    own = sum(1 for contact in contacts(4) if not contact["entiteit"])
    assert found == [("2024-03", 1085), ("2024-Q1", own)]
