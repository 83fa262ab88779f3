"""Which delivery counts is a function of the set of deliveries, never of their order.

Each case is a part (a folder of its own) of one feed with rows per month, so that one
build of the models judges them all.
"""

import os
import random
import subprocess
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import Installation

from dagster_project.contracts import load_feeds
from dagster_project.feeds import Door, find_arrivals, load_agencies
from dagster_project.warehouse import dbt_executable

FEED = "vlm/planned_measurement"
HEADER = "meting;periode;doelgroep\n"
FIRST_HALF = [f"2024-{month:02d}" for month in range(1, 7)]

Figures = dict[str, list[str]]


def plan(mark: str, *periods: str, rows: int = 1) -> str:
    """A file of planned measurements: so many rows a period, with a mark to tell it."""
    return HEADER + "".join(
        f"lezers;{period};{mark} {number}\n"
        for period in periods
        for number in range(rows)
    )


# Per case: the files that came, in the order in which they came.
CASES: dict[str, list[tuple[str, str]]] = {
    "alone": [("plan.csv", plan("a", "2024-01", "2024-02"))],
    "renamed": [
        ("plan.csv", plan("a", "2024-01")),
        ("kopie van plan.csv", plan("a", "2024-01")),
    ],
    "version": [
        ("plan__v2.csv", plan("new", "2024-01", rows=3)),
        ("plan.csv", plan("old", "2024-01", rows=3)),
    ],
    "version with fewer rows": [
        ("plan.csv", plan("old", "2024-01", rows=9)),
        ("plan__v2.csv", plan("new", "2024-01", rows=1)),
    ],
    "tenth version": [
        ("plan__v10.csv", plan("new", "2024-01")),
        ("plan__v9.csv", plan("old", "2024-01")),
    ],
    "same content again": [
        ("plan.csv", plan("a", "2024-01")),
        ("plan__v2.csv", plan("b", "2024-01")),
        ("plan__v3.csv", plan("a", "2024-01")),
    ],
    "date": [
        ("plan_20240315.csv", plan("new", "2024-01", rows=2)),
        ("plan_2024-02-28.csv", plan("old", "2024-01", rows=2)),
    ],
    "cumulative": [
        ("tot_maart.csv", plan("march", "2024-01", "2024-02", "2024-03")),
        ("tot_januari.csv", plan("january", "2024-01")),
        ("tot_februari.csv", plan("february", "2024-01", "2024-02")),
    ],
    "half a year": [
        ("plan_2024-H1.csv", plan("whole", *FIRST_HALF, rows=2)),
        *((f"plan_{month}.csv", plan(month, month, rows=2)) for month in FIRST_HALF),
    ],
    "corrected month": [
        ("plan_2024-H1.csv", plan("whole", *FIRST_HALF, rows=2)),
        ("plan_2024-02__v2.csv", plan("february", "2024-02", rows=2)),
    ],
    "monthly": [(f"plan_{month}.csv", plan(month, month)) for month in FIRST_HALF],
    "equal": [
        ("plan_noord.csv", plan("north", "2024-01", rows=2)),
        ("plan_zuid.csv", plan("south", "2024-01", rows=2)),
    ],
    "equal and settled": [
        ("plan_noord.csv", plan("north", "2024-01", rows=2)),
        ("plan_zuid.csv", plan("south", "2024-01", rows=2)),
        ("plan_zuid__v2.csv", plan("settled", "2024-01", rows=2)),
    ],
    "thin": [
        ("plan_20240301.csv", plan("full", "2024-01", rows=9)),
        ("plan_20240401.csv", plan("thin", "2024-01", rows=4)),
    ],
    "half is enough": [
        ("plan_20240301.csv", plan("full", "2024-01", rows=8)),
        ("plan_20240401.csv", plan("half", "2024-01", rows=4)),
    ],
    "thin for one month": [
        ("plan_20240301.csv", plan("old", "2024-01", "2024-02", rows=6)),
        (
            "plan_20240401.csv",
            plan("new", "2024-01", rows=6) + plan("new", "2024-02")[len(HEADER) :],
        ),
    ],
    "torn": [
        (
            "plan_2024-Q1.csv",
            plan("quarter", "2024-Q1", rows=2)
            + plan("month", "2024-01")[len(HEADER) :],
        ),
        ("plan_2024-02__v2.csv", plan("february", "2024-02", rows=3)),
    ],
    "whole quarter taken over": [
        ("plan.csv", plan("old", "2024-Q1", rows=2)),
        ("plan__v2.csv", plan("new", "2024-Q1", rows=2)),
    ],
    "withdrawn by a file": [
        ("plan.csv", plan("old", "2024-01")),
        ("plan__v2.csv", plan("new", "2024-01")),
        ("plan__v2.csv.withdrawn", "verkeerde maand\n"),
    ],
    "withdrawn and sent again": [
        ("plan__v2.csv", plan("new", "2024-01")),
        ("plan__v2.csv.withdrawn", ""),
        ("plan__v3.csv", plan("new", "2024-01")),
    ],
    "refused": [
        ("plan.csv", plan("good", "2024-01")),
        ("plan__v2.csv", plan("bad", "januari 2024")),
    ],
    "north/a": [("plan.csv", plan("a", "2024-01"))],
    "north/b": [("plan.csv", plan("b", "2024-01"))],
}
# Per case: the marks of the rows that count, by period; the others do not.
COUNTING: dict[str, Figures] = {
    "alone": {"2024-01": ["a"], "2024-02": ["a"]},
    "renamed": {"2024-01": ["a"]},
    "version": {"2024-01": ["new"] * 3},
    "version with fewer rows": {"2024-01": ["new"]},
    "tenth version": {"2024-01": ["new"]},
    "same content again": {"2024-01": ["a"]},
    "date": {"2024-01": ["new"] * 2},
    "cumulative": {f"2024-0{month}": ["march"] for month in (1, 2, 3)},
    "half a year": {month: ["whole"] * 2 for month in FIRST_HALF},
    "corrected month": {month: ["whole"] * 2 for month in FIRST_HALF}
    | {"2024-02": ["february"] * 2},
    "monthly": {month: [month] for month in FIRST_HALF},
    "equal and settled": {"2024-01": ["settled"] * 2},
    "thin": {"2024-01": ["full"] * 9},
    "half is enough": {"2024-01": ["half"] * 4},
    "thin for one month": {"2024-01": ["new"] * 6, "2024-02": ["old"] * 6},
    "torn": {"2024-01": ["month"], "2024-02": ["february"] * 3},
    "whole quarter taken over": {"2024-Q1": ["new"] * 2},
    "refused": {"2024-01": ["good"]},
    "withdrawn by a file": {"2024-01": ["old"]},
    "withdrawn and sent again": {"2024-01": ["new"]},
    "north/a": {"2024-01": ["a"]},
    "north/b": {"2024-01": ["b"]},
}
# The files of a case that a K0 finding must name; no other case has one.
CONFLICTS = {
    "equal": {"plan_noord.csv", "plan_zuid.csv"},
    "thin": {"plan_20240301.csv", "plan_20240401.csv"},
    "thin for one month": {"plan_20240301.csv", "plan_20240401.csv"},
    "torn": {"plan_2024-Q1.csv", "plan_2024-02__v2.csv"},
}


def take_in(
    installation: Installation,
    manifest: dict[str, Any],
    landings: list[tuple[str, str]],
) -> None:
    """Land and take in: all at once where one run may do it."""
    settings, feeds = installation.settings, load_feeds(manifest)
    for place, content in landings:
        installation.land(f"{FEED}/{place}", content)
    door = Door(settings, feeds)
    door.prepare()
    door.take_in(find_arrivals(settings, feeds, load_agencies(settings)))


@pytest.fixture(scope="module")
def built(
    tmp_path_factory: pytest.TempPathFactory, manifest: dict[str, Any]
) -> duckdb.DuckDBPyConnection:
    """Every case through the door and one build of the models that judge them."""
    folder = tmp_path_factory.mktemp("counting")
    place = Installation(folder / "home", folder / "landing")
    take_in(
        place,
        manifest,
        [
            (f"{case}/{name}", content)
            for case, files in CASES.items()
            for name, content in files
        ],
    )
    settings = place.settings
    settings.building.parent.mkdir(parents=True)
    project = str(settings.dbt_project)
    selection = (
        "+fct_planned_measurement",
        "+mart_delivery",
        "+int_findings_deliveries",
    )
    process = subprocess.run(
        [
            dbt_executable(),
            "build",
            *("--project-dir", project, "--profiles-dir", project),
            *("--target-path", str(folder / "target")),
            *("--log-path", str(folder / "logs")),
            *("--exclude-resource-type", "test"),
            *("--select", *selection),
        ],
        env={**os.environ, **settings.environment()},
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stdout[-4000:]
    return duckdb.connect(str(settings.building), read_only=True)


@pytest.fixture(scope="module")
def counting(built: duckdb.DuckDBPyConnection) -> dict[str, Figures]:
    """The marks of the rows that count, per case and period."""
    found: dict[str, Figures] = defaultdict(lambda: defaultdict(list))
    for case, period, target in built.sql(
        "select part, facts.period_code, target_group"
        " from marts.fct_planned_measurement as facts"
        " join marts.mart_delivery using (delivery_id) order by all"
    ).fetchall():
        found[case][period].append(target.rsplit(" ", 1)[0])
    return {case: dict(figures) for case, figures in found.items()}


@pytest.fixture(scope="module")
def deliveries(
    built: duckdb.DuckDBPyConnection,
) -> Callable[[str], dict[str, tuple[str, str]]]:
    """Of a case: each file with its status and the file that took over from it."""

    def of(case: str) -> dict[str, tuple[str, str]]:
        rows = built.execute(
            "select file_name, status, coalesce((select string_agg(file_name, ', ')"
            " from marts.mart_delivery as later where"
            " contains(delivery.superseded_by, later.delivery_id)), '')"
            " from marts.mart_delivery as delivery where part = $1",
            [case],
        ).fetchall()
        return {name: (status, later) for name, status, later in rows}

    return of


@pytest.mark.parametrize("case", COUNTING)
def test_the_rows_that_count_are_those_of(
    case: str, counting: dict[str, Figures]
) -> None:
    assert counting.get(case) == COUNTING[case]


def test_of_two_equal_deliveries_one_counts_alone(
    counting: dict[str, Figures],
) -> None:
    (marks,) = counting["equal"].values()
    assert marks in (["north", "north"], ["south", "south"])


def test_of_two_equal_deliveries_the_higher_id_counts(
    built: duckdb.DuckDBPyConnection,
) -> None:
    rows = built.sql(
        "select delivery_id, status from marts.mart_delivery where part = 'equal'"
        " order by delivery_id"
    ).fetchall()
    assert [status for _, status in rows] == ["superseded", "counts"]


def test_a_renamed_file_is_one_delivery_under_the_first_of_its_names(
    deliveries,
) -> None:
    assert deliveries("renamed") == {"kopie van plan.csv": ("counts", "")}


def test_the_same_content_under_a_higher_version_is_another_delivery(
    deliveries,
) -> None:
    assert deliveries("same content again") == {
        "plan.csv": ("superseded", "plan__v3.csv"),
        "plan__v2.csv": ("superseded", "plan__v3.csv"),
        "plan__v3.csv": ("counts", ""),
    }


def test_what_counts_for_no_month_is_superseded_and_says_by_what(deliveries) -> None:
    assert deliveries("cumulative") == {
        "tot_januari.csv": ("superseded", "tot_maart.csv"),
        "tot_februari.csv": ("superseded", "tot_maart.csv"),
        "tot_maart.csv": ("counts", ""),
    }
    months = deliveries("half a year")
    assert months.pop("plan_2024-H1.csv") == ("counts", "")
    assert set(months.values()) == {("superseded", "plan_2024-H1.csv")}
    assert len(months) == 6


def test_what_counts_for_some_months_counts_partly(deliveries) -> None:
    assert deliveries("corrected month") == {
        "plan_2024-H1.csv": ("counts_partly", "plan_2024-02__v2.csv"),
        "plan_2024-02__v2.csv": ("counts", ""),
    }


def test_a_refused_delivery_replaces_nothing(deliveries) -> None:
    assert deliveries("refused") == {
        "plan.csv": ("counts", ""),
        "plan__v2.csv": ("refused", ""),
    }


@pytest.mark.parametrize("case", CONFLICTS)
def test_a_conflict_is_found_and_names_both_deliveries(
    built: duckdb.DuckDBPyConnection, case: str
) -> None:
    found = built.execute(
        "select finding.figure from intermediate.int_findings_deliveries as finding"
        " join marts.mart_delivery as delivery"
        " on contains(finding.row_key, delivery.delivery_id) where delivery.part = $1",
        [case],
    ).fetchall()
    assert found
    for (message,) in found:
        for name in CONFLICTS[case]:
            assert name in message


def test_no_other_case_is_a_conflict(built: duckdb.DuckDBPyConnection) -> None:
    cases = built.sql(
        "select distinct delivery.part"
        " from intermediate.int_findings_deliveries as finding"
        " join marts.mart_delivery as delivery"
        " on contains(finding.row_key, delivery.delivery_id)"
    ).fetchall()
    assert {case for (case,) in cases} == set(CONFLICTS)


def test_the_order_of_arrival_leaves_no_trace_in_the_lake(
    tmp_path: Path, manifest: dict[str, Any]
) -> None:
    cases = ("renamed", "version", "equal", "corrected month", "withdrawn by a file")
    landings = [
        (f"{case}/{name}", content) for case in cases for name, content in CASES[case]
    ]
    lakes = []
    for seed in (1, 2):
        random.Random(seed).shuffle(landings)
        place = Installation(tmp_path / f"home{seed}", tmp_path / f"landing{seed}")
        for landing in landings:
            take_in(place, manifest, [landing])
        lake = place.home / "lake"
        lakes.append(
            {
                str(path.relative_to(lake)): path.read_bytes()
                for path in lake.rglob("*")
                # The log of arrivals is the one place for the order of arrival.
                if path.is_file() and path.name != "arrivals.jsonl"
            }
        )
    assert lakes[0] == lakes[1]
    assert any("deliveries/d" in name for name in lakes[0])
