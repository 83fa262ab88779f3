"""What an agency did stands under the right agency in each perimeter, by its day."""

import re
from datetime import date

import duckdb
import pytest
from conftest import PROJECT
from sql_macros import model_sql

EVENTS = [
    ("renamed", "2020-01-01", "rename", "oud", "midden", None),
    ("merged", "2021-01-01", "merger", "midden", "nieuw", None),
    ("merged", "2021-01-01", "merger", "tweede", "nieuw", None),
    ("merged", "2021-01-01", "merger", "derde", "nieuw", None),
    ("moved", "2022-01-01", "transfer", "gever", "nemer", "dienst"),
    ("gone", "2024-01-01", "rename", "gever", "gever-2", None),
    ("split", "2021-06-01", "split", "heel", "helft-a", "a"),
    ("split", "2021-06-01", "split", "heel", "helft-b", "b"),
    ("torn", "2021-06-01", "split", "stuk", "deel-1", None),
    ("torn", "2021-06-01", "split", "stuk", "deel-2", None),
]
SERVICES = [
    ("merged", "tweede", "loket", "nieuw", "onthaal"),
    ("merged", "derde", "balie", "nieuw", "onthaal"),
    ("moved", "gever", "dienst", "nemer", "dienst"),
]
CURRENT = [
    ("oud", "x", "2019-05-01", "nieuw"),
    ("oud", "x", "2023-05-01", "nieuw"),
    ("tweede", "loket", "2020-12-31", "nieuw"),
    ("derde", "balie", "2021-06-01", "nieuw"),
    ("nieuw", "onthaal", "2022-01-01", "nieuw"),
    ("gever", "dienst", "2021-12-31", "nemer"),
    ("gever", "dienst", "2022-01-01", "gever-2"),
    ("gever", "x", "2021-12-31", "gever-2"),
    ("heel", "a", "2020-01-01", "helft-a"),
    ("heel", "b", "2020-01-01", "helft-b"),
    ("heel", "x", "2020-01-01", "heel"),
    ("stuk", "x", "2020-01-01", "stuk"),
]
CONSTANT = {
    ("tweede", "loket", "2020-12-31"): ("merged", "nieuw", "onthaal"),
    ("derde", "balie", "2021-06-01"): ("merged", "nieuw", "onthaal"),
    ("nieuw", "onthaal", "2022-01-01"): ("merged", "nieuw", "onthaal"),
    ("gever", "dienst", "2021-12-31"): ("moved", "nemer", "dienst"),
    ("nemer", "dienst", "2021-12-31"): None,
    ("nemer", "dienst", "2022-01-01"): ("moved", "nemer", "dienst"),
    ("gever", "dienst", "2022-01-01"): None,
    ("oud", "x", "2019-05-01"): None,
}


@pytest.fixture(scope="module")
def perimeters() -> duckdb.DuckDBPyConnection:
    """The model over events of every kind, as `int_perimeters`."""
    connection = duckdb.connect()
    connection.execute(
        "create table agency_events (event_code text, event_date date, event_type"
        " text, predecessor_code text, successor_code text, service_code text)"
    )
    connection.executemany(
        "insert into agency_events values (?, ?, ?, ?, ?, ?)", EVENTS
    )
    connection.execute(
        "create table service_events (event_code text, predecessor_code text,"
        " predecessor_service_code text, successor_code text,"
        " successor_service_code text)"
    )
    connection.executemany(
        "insert into service_events values (?, ?, ?, ?, ?)", SERVICES
    )
    delivered = {case[:2] for case in (*CURRENT, *CONSTANT)}
    connection.execute(
        "create table int_agency_services (agency_code text, service_code text)"
    )
    connection.executemany(
        "insert into int_agency_services values (?, ?)", sorted(delivered)
    )
    connection.execute(f"create table int_perimeters as {model_sql('int_perimeters')}")
    return connection


def places(
    perimeters: duckdb.DuckDBPyConnection, perimeter: str, *case: str
) -> list[tuple[str, str, str]]:
    """Event, agency and service under which a fact of a day stands."""
    agency, service, day = case
    return perimeters.execute(
        "select event_code, agency_code, service_code from int_perimeters where"
        " perimeter = ? and delivered_agency_code = ? and delivered_service_code = ?"
        " and valid_from <= ? and ? < valid_to",
        [perimeter, agency, service, date.fromisoformat(day), date.fromisoformat(day)],
    ).fetchall()


@pytest.mark.parametrize("case", CURRENT, ids=lambda case: "-".join(case[:3]))
def test_work_follows_its_agency_through_every_event(
    perimeters: duckdb.DuckDBPyConnection, case: tuple[str, str, str, str]
) -> None:
    agency, service, day, today = case
    assert places(perimeters, "current", agency, service, day) == [
        ("geen", today, service)
    ]
    assert places(perimeters, "as_reported", agency, service, day) == [
        ("geen", agency, service)
    ]


@pytest.mark.parametrize("case", CONSTANT, ids=lambda case: "-".join(case))
def test_the_constant_perimeter_holds_services_of_both_sides_only(
    perimeters: duckdb.DuckDBPyConnection, case: tuple[str, str, str]
) -> None:
    place = CONSTANT[case]
    assert places(perimeters, "constant", *case) == ([place] if place else [])


def test_no_day_counts_twice_in_a_perimeter(
    perimeters: duckdb.DuckDBPyConnection,
) -> None:
    assert not perimeters.sql(
        """
        select * from int_perimeters as a inner join int_perimeters as b
        using (perimeter, event_code, delivered_agency_code, delivered_service_code)
        where a.valid_from < b.valid_from and b.valid_from < a.valid_to
        """
    ).fetchall()


def test_every_fact_that_is_placed_uses_the_one_mapping() -> None:
    """No model follows the events on its own."""
    users = {
        path.stem
        for path in (PROJECT / "dbt_project").glob("models/**/*.sql")
        if re.search(r"ref\('agency_events'\)", path.read_text())
    }
    assert users <= {
        "dim_agency",
        "dim_agency_event",
        "int_agency_breaks",
        "int_perimeters",
        "int_published_perimeters",
    }
