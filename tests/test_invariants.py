"""The same rows come to the same figures, however they were packed and delivered.

Belongs here: two homes with the same respondents, complaints and contacts, in other
files and in another order. Does not belong here: what the figures are.
"""

import random
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from conftest import Installation

SEED = 20240315
FIRST = date(2024, 1, 1)
DAYS = 182

KINDS = {
    "survey_response": (
        "respons_id;datum;kanaal;dienst;meting;snelheid;algemeen;aanbeveling;"
        "verbeterpunten;opmerking"
    ),
    "complaint": (
        "klacht_id;ontvangen_op;lijn;dienst;beantwoord_op;ontvankelijk;gegrondheid;"
        "ombudsnormen"
    ),
    "contact_count": "datum;lijn;onderwerp;kanaal;aangeboden;beantwoord;wachttijd_s",
}
# Where a row stood in a delivery.
PLACE = {
    "delivery_ordinal",
    "row_number",
    "response_group_number",
    "delivery_id",
    "source_place",
}
# A row with the day and the part that it is of.
Row = tuple[date, str, str]


def the_rows(kind: str, chance: random.Random) -> list[Row]:
    """Half a year of one kind, of two offices."""
    rows = []
    for number in range(DAYS if kind == "contact_count" else 400):
        days = number if kind == "contact_count" else chance.randrange(DAYS)
        day = FIRST + timedelta(days=days)
        told = f"{day:%d/%m/%Y}"
        # A contact line is of one office: a day of it is one row.
        part = "noord" if chance.random() < 0.5 else "zuid"
        service = chance.choice(("grond", "water", ""))
        if kind == "survey_response":
            marks = [
                chance.choice(("1", "2", "3", "4", "5", "n.v.t.", "")) for _ in "ab"
            ]
            row = (
                f"r{number};{told};{chance.choice(('mail', 'telefoon'))};{service};"
                f"lezers;{marks[0]};{marks[1]};{chance.randrange(11)};"
                f"{chance.choice(('sneller antwoord', ''))};"
                f"{chance.choice(('Het duurde te lang.', 'Niet duidelijk.', ''))}"
            )
        elif kind == "complaint":
            after = day + timedelta(days=chance.randrange(60))
            row = (
                f"k{number};{told};EERSTELIJN;{service};{after:%d/%m/%Y};ja;"
                f"{chance.choice(('GEGROND', 'ONGEGROND'))};"
                f"{chance.choice(('ON01', 'ON04', ''))}"
            )
        else:
            offered = chance.randrange(50, 90)
            row = (
                f"{told};{part};vragen;telefoon;{offered};"
                f"{offered - chance.randrange(9)};{chance.randrange(900)}"
            )
        rows.append((day, part, row))
    return rows


def file(kind: str, rows: Iterable[Row]) -> str:
    return "\n".join([KINDS[kind], *(row for _, _, row in rows)]) + "\n"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A file of each kind."""
    place = empty(tmp_path_factory.mktemp("whole"))
    for kind in KINDS:
        rows = the_rows(kind, random.Random(f"{SEED} {kind}"))
        place.land(f"vlm/{kind}/halfjaar_2024-H1.csv", file(kind, rows))
    return finished(place)


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A file a month and office, in another order, over deliveries that were wrong."""
    place = empty(tmp_path_factory.mktemp("parts"))
    for kind in KINDS:
        chance = random.Random(f"{SEED} {kind}")
        rows = the_rows(kind, chance)
        chance.shuffle(rows)
        for part in ("noord", "zuid"):
            own = [row for row in rows if row[1] == part]
            # As many rows of every month, and none of them right.
            wrong = [
                (day, part, row.replace(";telefoon;", ";mail;").replace("ON01", "ON02"))
                for day, _, row in own
            ]
            folder = f"vlm/{kind}/{part}"
            place.land(f"{folder}/halfjaar_2024-H1.csv", file(kind, wrong))
            for month in range(1, 7):
                of_month = [row for row in own if row[0].month == month]
                place.land(
                    f"{folder}/maand_2024-{month:02d}__v2.csv", file(kind, of_month)
                )
    return finished(place)


def empty(folder: Path) -> Installation:
    return Installation(folder / "home", folder / "landing")


def finished(place: Installation) -> Installation:
    process = place.klantbeeld("run")
    assert process.returncode == 0, process.stdout + process.stderr
    return place


def test_no_figure_hangs_on_how_its_rows_were_delivered(
    whole: Installation, parts: Installation
) -> None:
    with duckdb.connect() as connection:
        for name, place in (("one", whole), ("other", parts)):
            path = place.home / "warehouse.duckdb"
            connection.execute(f"attach '{path}' as {name} (read_only)")
        marts = {
            mart: columns
            for mart, columns in connection.execute(
                "select table_name, list(column_name order by column_index)"
                " from duckdb_columns() where database_name = 'one'"
                " and schema_name = 'marts' group by all"
            ).fetchall()
            if mart != "mart_delivery"
        }
        filled = set()
        for mart, columns in marts.items():
            kept = ", ".join(name for name in columns if name not in PLACE)
            if not kept:
                continue
            one, other = (
                f"(select {kept} from {name}.marts.{mart})" for name in ("one", "other")
            )
            ((count, more, less),) = connection.execute(
                f"select (select count(*) from {one}),"
                f" (select count(*) from (from {one} except all from {other})),"
                f" (select count(*) from (from {other} except all from {one}))"
            ).fetchall()
            assert (mart, more, less) == (mart, 0, 0)
            if count:
                filled.add(mart)
    assert filled >= {
        "bridge_complaint_code",
        "fct_complaint",
        "fct_contact",
        "fct_survey_answer",
        "mart_change",
        "mart_complaint_trend",
        "mart_complaints",
        "mart_contact_centre",
        "mart_improvement_point",
        "mart_nps",
        "mart_satisfaction",
    }


def test_what_was_replaced_leaves_nothing_behind(parts: Installation) -> None:
    statuses = parts.query(
        "select status, count(*) from mart_delivery group by all order by all"
    )
    assert statuses == [("counts", 36), ("superseded", 6)]
    assert parts.query(
        "select channel_code from fct_contact inner join dim_contact_line"
        " using (contact_line_id) group by all"
    ) == [("telefoon",)]
