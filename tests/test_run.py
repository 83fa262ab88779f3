"""`klantbeeld run` takes in, builds, publishes and writes; `query` prints what it says.

Runs the chain as a user does, and again as its schedule does. What the figures are,
other files test.
"""

import csv
import io
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import duckdb
import pytest
from conftest import Installation, Run

from dagster_project.publish import current_publication


def ledger(installation: Installation) -> dict[str, dict[str, Any]]:
    """Every delivery that the lake names."""
    entries = {
        path.stem: json.loads(path.read_text(encoding="utf-8"))
        for path in (installation.home / "lake" / "deliveries").glob("*.json")
    }
    del entries["none"]
    return entries


def landed(installation: Installation) -> Iterator[Path]:
    return (
        path
        for path in installation.landing.rglob("*")
        if path.is_file() and path.name != "README.md"
    )


def content(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# -- the first run --------------------------------------------------------------


def test_the_first_run_ends_with_0(first_run: Run) -> None:
    assert first_run.process.returncode == 0, first_run.output


def test_the_first_run_sums_up_what_it_took_in(
    first_run: Run, house: Installation
) -> None:
    entries = ledger(house).values()
    rows = sum(entry["accepted_count"] for entry in entries)
    refused = sum(entry["rejected_count"] for entry in entries)
    assert (
        f"{len(entries)} new deliveries accepted ({rows} rows accepted,"
        f" {refused} refused), 0 refused." in first_run.process.stdout
    )


def test_the_first_run_sums_up_the_findings_by_severity(
    first_run: Run, house: Installation
) -> None:
    counted = house.query(
        "select severity, count(*) from mart_quality_finding group by all"
    )
    assert counted
    for severity, count in counted:
        assert re.search(rf"{severity}\W+{count}\b", first_run.process.stdout)


def test_the_first_run_names_the_publication_and_where_each_workbook_lies(
    first_run: Run, house: Installation
) -> None:
    publication = current_publication(house.settings)
    assert f"Publication {publication.id} (provisional" in first_run.process.stdout
    workbooks = house.workbooks()
    assert {"vutg_2023-H1_intern.xlsx", "departement-zorg_2023_intern.xlsx"} <= set(
        workbooks
    )
    for path in workbooks.values():
        assert str(path) in first_run.process.stdout


def test_the_first_run_shows_how_far_it_is(first_run: Run) -> None:
    progress = [
        line
        for line in first_run.process.stdout.splitlines()
        if re.match(r"\d\d:\d\d:\d\d ", line)
    ]
    assert len(progress) > 5
    assert any("dbt" in line for line in progress)


def test_the_landing_zone_is_only_read(house: Installation) -> None:
    originals = Path(__file__).parent.parent / "seeds" / "feeds"
    assert content(house.landing) == content(originals)


# -- the lake -------------------------------------------------------------------


def test_every_landed_file_is_one_delivery_in_the_lake(house: Installation) -> None:
    places = sorted(
        (path.parts[-3], path.parts[-2], path.name) for path in landed(house)
    )
    assert places == sorted(
        (entry["reporting_agency_code"], entry["feed"], entry["file_name"])
        for entry in ledger(house).values()
    )


def test_accepted_and_rejected_rows_add_up_to_the_rows_delivered(
    house: Installation,
) -> None:
    lake = house.home / "lake"
    for delivery, entry in ledger(house).items():
        assert delivery == entry["delivery_id"]
        assert entry["delivered_count"] > 0
        assert (
            entry["accepted_count"] + entry["rejected_count"]
            == entry["delivered_count"]
        )
        place = (
            f"agency={entry['reporting_agency_code']}/feed={entry['feed']}"
            f"/delivery={delivery}/part.parquet"
        )
        rows = duckdb.execute(
            "select count(*), min(reporting_agency_code), max(feed), min(delivery_id)"
            " from read_parquet($1, hive_partitioning = false)",
            [str(lake / "accepted" / place)],
        ).fetchone()
        assert rows == (
            entry["accepted_count"],
            entry["reporting_agency_code"],
            entry["feed"],
            delivery,
        )


def test_the_archive_keeps_each_file_as_it_came_for_the_pipeline_alone(
    house: Installation,
) -> None:
    came = {path.name: path.read_bytes() for path in landed(house)}
    for delivery, entry in ledger(house).items():
        archived = (
            house.home
            / "archive"
            / entry["reporting_agency_code"]
            / entry["feed"]
            / delivery
        )
        if sum(path.name == entry["file_name"] for path in landed(house)) == 1:
            assert archived.read_bytes() == came[entry["file_name"]]
        assert archived.stat().st_mode & 0o077 == 0


@pytest.fixture
def made_again(rebuilt: tuple[Installation, CompletedProcess[str]]) -> Installation:
    """The installation of which all that can be made again was made again."""
    installation, process = rebuilt
    assert process.returncode == 0, (process.stdout + process.stderr)[-4000:]
    return installation


# -- again ----------------------------------------------------------------------


def test_a_second_run_with_nothing_new_does_no_dbt_work_and_says_so(
    first_run: Run, house: Installation
) -> None:
    log = house.home / "dbt.log"
    warehouse = house.home / "warehouse.duckdb"
    before = [(path.stat().st_mtime_ns, path.read_bytes()) for path in (log, warehouse)]
    started = time.monotonic()
    second = house.klantbeeld("run")
    seconds = time.monotonic() - started
    assert second.returncode == 0, second.stderr
    assert "Nothing new" in second.stdout
    assert "No dbt work was done" in second.stdout
    assert "vutg_2023-H1_intern.xlsx" in second.stdout
    after = [(path.stat().st_mtime_ns, path.read_bytes()) for path in (log, warehouse)]
    assert after == before
    assert seconds < first_run.seconds / 4


def test_everything_made_again_says_the_same(
    house: Installation, made_again: Installation
) -> None:
    former, made = (
        current_publication(place.settings).facts for place in (house, made_again)
    )
    assert made["files"] == former["files"]
    assert made["content_hash"] == former["content_hash"]
    assert made["id"] == former["id"]
    for mart in former["row_counts"]:
        every_row = f"select * from {mart} order by all"
        assert made_again.query(every_row) == house.query(every_row), mart


def test_everything_made_again_gives_the_same_lake(
    house: Installation, made_again: Installation
) -> None:
    former, made = (content(place.home / "lake") for place in (house, made_again))
    # The log of arrivals is the one place for the time of arrival.
    former.pop("arrivals.jsonl")
    made.pop("arrivals.jsonl")
    assert made == former


def test_everything_made_again_gives_workbooks_of_the_same_bytes(
    house: Installation, made_again: Installation
) -> None:
    former, made = (
        {name: path.read_bytes() for name, path in place.workbooks().items()}
        for place in (house, made_again)
    )
    assert former
    assert made == former


# -- query ----------------------------------------------------------------------

NPS = (
    "select period_code, nps, answer_count from mart_nps where agency_code = 'vutg'"
    " and perimeter = 'as_reported' and basis = 'published' order by period_code"
)


def test_a_query_prints_csv(house: Installation) -> None:
    result = house.klantbeeld("query", NPS, "--format", "csv")
    assert result.returncode == 0, result.stderr
    assert (
        result.stdout
        == "period_code,nps,answer_count\n2022-H2,31.15,\n2023-H1,22.95,\n"
    )


def test_a_query_prints_json(house: Installation) -> None:
    result = house.klantbeeld("query", NPS, "--format", "json")
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout) == [
        {"period_code": "2022-H2", "nps": 31.15, "answer_count": None},
        {"period_code": "2023-H1", "nps": 22.95, "answer_count": None},
    ]


def test_a_query_prints_a_table_unless_told_otherwise(house: Installation) -> None:
    result = house.klantbeeld("query", NPS)
    assert result.returncode == 0, result.stderr
    cells = [re.findall(r"[\w.-]*\w", line) for line in result.stdout.splitlines()]
    assert ["period_code", "nps", "answer_count"] in cells
    assert ["2022-H2", "31.15"] in cells
    assert ["2023-H1", "22.95"] in cells


def test_csv_quotes_what_has_a_comma_or_a_line_break(house: Installation) -> None:
    sql = "select 'a,b' as \"x\", 'c\nd' as y"
    result = house.klantbeeld("query", sql, "--format", "csv")
    assert list(csv.reader(io.StringIO(result.stdout))) == [
        ["x", "y"],
        ["a,b", "c\nd"],
    ]


@pytest.mark.parametrize(
    "sql",
    [
        "select from where",
        "select no_such_column from mart_nps",
        "select * from no_such_mart",
        "",
    ],
    ids=["no sentence", "no such column", "no such mart", "nothing"],
)
def test_wrong_sql_ends_with_2_and_one_line(house: Installation, sql: str) -> None:
    result = house.klantbeeld("query", sql)
    assert result.returncode == 2
    assert result.stdout == ""
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr


@pytest.mark.parametrize(
    "sql",
    [
        "copy mart_nps to '{folder}/taken.csv'",
        "copy (select 1) to '{folder}/taken.parquet' (format parquet)",
        "attach '{folder}/taken.duckdb' as taken",
        "export database '{folder}/taken'",
        "select * from read_csv('/etc/passwd')",
        "select * from read_text('/etc/passwd')",
        "select * from '/etc/passwd'",
        "select * from glob('/etc/*')",
        "select * from sqlite_scan('{folder}/taken.db', 'x')",
        "set enable_external_access = true",
        "install httpfs",
        "delete from mart_nps",
        "create table taken as select 1",
        "select 1; copy mart_nps to '{folder}/taken.csv'",
    ],
)
def test_a_query_reaches_no_file_and_changes_nothing(
    house: Installation, tmp_path: Path, sql: str
) -> None:
    database = current_publication(house.settings).database
    before = database.read_bytes()
    result = house.klantbeeld("query", sql.format(folder=tmp_path))
    assert result.returncode == 2, result.stdout
    assert "root:" not in result.stdout + result.stderr
    assert list(tmp_path.iterdir()) == []
    assert database.read_bytes() == before


def test_a_query_before_the_first_run_says_what_to_do(tmp_path: Path) -> None:
    result = Installation(tmp_path / "home", tmp_path / "landing").klantbeeld(
        "query", "select 1"
    )
    assert result.returncode == 1
    assert "klantbeeld run" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
