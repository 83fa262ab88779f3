"""What the door costs, as ratios to a bare engine doing the same: `klantbeeld bench`.

Belongs here: made-up data, one task per process, and rounds that take turns (A B A B)
so that a busy machine slows both sides alike. CPU is user and system time of the task
and of all it started. Does not belong here: goals without a measurement, or a test of
how long something takes.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
from rich.table import Table
from upath import UPath

from dagster_project.contracts import Feed
from dagster_project.feeds import Arrivals, Door, Landed, load_ledger
from dagster_project.settings import Settings, load_settings
from dagster_project.sql import quote

AGENCY = "vutg"
# Deliveries that stand in the ledger when one more comes in.
FEW, MANY = 100, 1000
# A task over fewer rows measures how long Python takes to start.
WORKBOOK_ROWS = 200_000
TITLES = ["respons_id", "datum", "kanaal", "klant_id", "opmerking"]
TITLES += ["verbeterpunten", "aanbeveling", "snelheid", "professionaliteit"]
TITLES += ["duidelijkheid", "aandacht", "algemeen", "digitaal"]
ANSWERS = 6
# Texts with personal data in a hundred.
HIT_SHARES = (1, 5)
CLEAN = "de wachttijd was veel te lang maar de uitleg was duidelijk en vriendelijk"
ITEM = "bel mij gerust terug op 0470 12 34 "


@dataclass(frozen=True)
class Cost:
    """What a task took: CPU seconds and the most memory of any of its processes."""

    cpu: float
    peak_gb: float


@dataclass(frozen=True)
class Comparison:
    """A task, the one it is held against, and what is made of the two."""

    name: str
    task: tuple[str, ...]
    against: tuple[str, ...]
    goal: float
    # None: a ratio. Else the difference per million of so many values.
    values: int | None = None

    def figure(self, cpu: float, against: float) -> float:
        """The figure that the goal is about."""
        if self.values is None:
            return cpu / against
        return (cpu - against) / self.values * 1e6


def bench_door(feeds: tuple[Feed, ...], rows: int, rounds: int) -> Table:
    """Measure the door in a folder of its own, and give the table of figures."""
    standard = next(f for f in feeds if f.is_standard and f.name == "survey_response")
    with tempfile.TemporaryDirectory(prefix="klantbeeld-bench-") as name:
        folder = Path(name)
        some = max(rows // 10, 1000)
        _write_feeds(folder, standard)
        # Not by this process: a child starts with the peak memory of its parent.
        _in_child(folder, ("make", str(rows), str(some)))
        comparisons = _comparisons(some)
        costs = _measure(folder, comparisons, rounds)
        return _table(comparisons, costs, rows)


def _comparisons(some: int) -> list[Comparison]:
    clean = ("door", "as_they_are", "clean.csv")
    return [
        Comparison(
            "CSV, over DuckDB's own typed CSV → Parquet (zstd)",
            ("door", "plain", "wide.csv"),
            ("duckdb", "wide.csv"),
            1.5,
        ),
        Comparison(
            "pseudonymise, CPU s per million",
            ("door", "client", "clean.csv"),
            clean,
            0.5,
            some,
        ),
        Comparison(
            "scrub, clean text, CPU s per million",
            ("door", "comment", "clean.csv"),
            clean,
            2,
            some,
        ),
        *(
            Comparison(
                f"scrub, {share} % with an item, CPU s per million",
                ("door", "comment", f"hits_{share}.csv"),
                ("door", "as_they_are", f"hits_{share}.csv"),
                2,
                some,
            )
            for share in HIT_SHARES
        ),
        Comparison(
            "workbook of ten columns, over bare calamine",
            ("workbook",),
            ("calamine",),
            1.5,
        ),
        Comparison(
            f"one new delivery, {MANY} over {FEW} in the ledger",
            ("grown", str(MANY)),
            ("grown", str(FEW)),
            1.2,
        ),
    ]


# -- measuring --------------------------------------------------------------------


def _measure(
    folder: Path, comparisons: list[Comparison], rounds: int
) -> dict[tuple[str, ...], list[Cost]]:
    costs: dict[tuple[str, ...], list[Cost]] = {}
    for _ in range(rounds):
        for comparison in comparisons:
            for task in (comparison.task, comparison.against):
                costs.setdefault(task, []).append(_in_child(folder, task))
    return costs


def _in_child(folder: Path, task: tuple[str, ...]) -> Cost:
    with tempfile.TemporaryDirectory(prefix="home-", dir=folder) as home:
        if task[0] in BEFORE:
            _run(folder, home, (BEFORE[task[0]], *task[1:]))
        return _run(folder, home, task)


def _run(folder: Path, home: str, task: tuple[str, ...]) -> Cost:
    command = [sys.executable, "-m", __name__, str(folder), home, *task]
    process = subprocess.Popen(command)
    # Of the child and of every process that it started and waited for.
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"bench: the task {' '.join(task)} failed")
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 2**20)


def _table(
    comparisons: list[Comparison],
    costs: dict[tuple[str, ...], list[Cost]],
    rows: int,
) -> Table:
    table = Table(title=f"The door, {rows} rows; medians of interleaved rounds")
    for title in ("what", "CPU s", "against", "figure", "goal", "", "peak GB"):
        table.add_column(title)
    for comparison in comparisons:
        ours, theirs = costs[comparison.task], costs[comparison.against]
        cpu, against = (
            statistics.median(cost.cpu for cost in side) for side in (ours, theirs)
        )
        figure = comparison.figure(cpu, against)
        table.add_row(
            comparison.name,
            f"{cpu:.2f}",
            f"{against:.2f}",
            f"{figure:.2f}",
            f"≤ {comparison.goal:g}",
            "ok" if figure <= comparison.goal else "over",
            f"{max(cost.peak_gb for cost in ours):.2f}",
        )
    return table


# -- the data ---------------------------------------------------------------------


def _write_feeds(folder: Path, standard: Feed) -> None:
    texts = ("client_id", "comment_text")
    for name, kept, personal in (
        ("plain", (), ()),
        ("as_they_are", texts, ()),
        ("client", texts, ("client_id",)),
        ("comment", texts, ("comment_text",)),
    ):
        _write_feed(folder / f"{name}.json", standard, kept, personal)


def _make(folder: Path, _home: Path, rows: str, some: str) -> None:
    _write_csv(folder / "wide.csv", int(rows), hits=0)
    _write_csv(folder / "clean.csv", int(some), hits=0, personal=True)
    for share in HIT_SHARES:
        path = folder / f"hits_{share}.csv"
        _write_csv(path, int(some), hits=share, personal=True)
    _write_csv(folder / "one.csv", 1000, hits=0)
    _write_csv(folder / "another.csv", 1001, hits=0)
    _write_workbook(folder / "book.xlsx", min(int(rows), WORKBOOK_ROWS))


def _write_feed(
    path: Path, standard: Feed, kept: tuple[str, ...], personal: tuple[str, ...]
) -> None:
    """The standard layout of survey responses with these personal columns only.

    Of those that are kept only some are treated as personal.
    """
    columns = []
    for column in standard.columns:
        if column.words.personal and column.name not in (*kept, "response_id"):
            continue
        if column.name not in personal:
            words = column.words.model_copy(update={"personal": None})
            column = column.model_copy(update={"words": words})
        columns.append(column)
    feed = standard.model_copy(update={"columns": tuple(columns)})
    path.write_text(feed.model_dump_json(by_alias=True), encoding="utf-8")


def _write_csv(path: Path, rows: int, *, hits: int, personal: bool = False) -> None:
    """Responses as they are delivered: one row in a thousand has an answer too high."""

    def one_of(seed: int, count: int) -> str:
        return f"(hash(i, {seed}) % {count})::integer"

    comment = (
        f"{quote(CLEAN + ' ')} || i || case when {one_of(20, 100)} < {hits}"
        f" then {quote(' ' + ITEM)} || lpad({one_of(21, 100)}::varchar, 2, '0')"
        " else '' end"
    )
    cells = [
        "'R' || lpad(i::varchar, 8, '0')",
        f"strftime(date '2024-01-01' + {one_of(1, 180)}, '%d/%m/%Y')",
        f"['mail', 'telefoon', 'chat'][1 + {one_of(2, 3)}]",
        f"'K' || lpad({one_of(3, rows)}::varchar, 8, '0')" if personal else "null",
        comment if personal else "null",
        f"case when {one_of(4, 4)} = 0 then 'wachttijd|website' end",
        f"{one_of(5, 11)}::varchar",
    ]
    cells += [f"(1 + {one_of(6 + n, 5)})::varchar" for n in range(ANSWERS)]
    cells[-1] = f"case when i % 1000 = 7 then '9' else {cells[-1]} end"
    picked = ", ".join(
        f'{cell} as "{title}"'
        for cell, title in zip(cells, TITLES, strict=True)
        if personal or title not in ("klant_id", "opmerking")
    )
    duckdb.execute(
        f"copy (select {picked} from range({rows}) as numbers(i))"
        f" to {quote(str(path))} (header, delimiter ';')"
    )


def _write_workbook(path: Path, rows: int) -> None:
    from dagster_project.simulate_files import write_workbook

    titles = [f"kolom {number}" for number in range(10)]
    columns: list[list[Any]] = [
        [f"antwoord {(row * 7 + place) % 50}" for row in range(rows)]
        if place % 2
        else [(row * 31 + place) % 1000 for row in range(rows)]
        for place in range(10)
    ]
    write_workbook(path, "Antwoorden", [], titles, columns)


# -- the tasks, each in a process of its own ---------------------------------------


def _settings(home: Path) -> Settings:
    places = {
        name: home / name
        for name in ("archive", "lake", "warehouse", "published", "exports")
    }
    return replace(load_settings(), landing=UPath(home / "landing"), **places)


def _take_in(folder: Path, home: Path, feed_name: str, file_name: str) -> None:
    feed = Feed.model_validate_json((folder / f"{feed_name}.json").read_text())
    door = Door(_settings(home), [feed])
    landed = Landed(AGENCY, feed, None, UPath(folder / file_name))
    (outcome,) = door.take_in(Arrivals(landed=[landed]))
    if outcome.status != "accepted" or not outcome.entry["rejected_count"]:
        raise AssertionError(outcome.entry)


def _grow(folder: Path, home: Path, count: str) -> None:
    """A lake with so many deliveries, of which the first is real."""
    _take_in(folder, home, "plain", "one.csv")
    settings = _settings(home)
    (first,) = load_ledger(settings)
    ledger = settings.lake / "deliveries"
    arrivals = settings.lake / "arrivals.jsonl"
    seen = settings.warehouse.parent / "seen.json"
    places = json.loads(seen.read_text())
    entry, arrival = (ledger / f"{first}.json").read_text(), arrivals.read_text()
    ((place, known),) = places.items()
    with arrivals.open("a") as log:
        for number in range(1, int(count)):
            other = f"d{number:020d}"
            (ledger / f"{other}.json").write_text(entry.replace(first, other))
            log.write(arrival.replace(first, other))
            places[f"{place}.{number}"] = known | {"delivery_id": other}
    seen.write_text(json.dumps(places))


def _grown(folder: Path, home: Path, _count: str) -> None:
    """Take one delivery in where so many are in the ledger."""
    _take_in(folder, home, "plain", "another.csv")


def _duckdb(folder: Path, home: Path, file_name: str) -> None:
    """The same columns with the types of the lake, read by whom knows them already."""
    columns = dict.fromkeys(TITLES, "varchar") | {"datum": "date"}
    del columns["klant_id"], columns["opmerking"]
    duckdb.execute(
        f"copy (select * from read_csv({quote(str(folder / file_name))}, header = true,"
        f" delim = ';', auto_detect = false, columns = {columns}, store_rejects = true,"
        f" dateformat = '%d/%m/%Y')) to {quote(str(home / 'typed.parquet'))}"
        " (format parquet, compression zstd)"
    )


def _workbook(folder: Path, home: Path) -> None:
    from dagster_project.reading import Layout, LayoutColumn, read

    columns = tuple(
        LayoutColumn(f"c{number}", (f"kolom {number}",), required=True)
        for number in range(10)
    )
    read(folder / "book.xlsx", Layout(columns=columns), home)


def _calamine(folder: Path, home: Path) -> None:
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(folder / "book.xlsx")
    book.get_sheet_by_index(0).to_python()


TASKS: dict[str, Callable[..., None]] = {
    "make": _make,
    "door": _take_in,
    "grow": _grow,
    "grown": _grown,
    "duckdb": _duckdb,
    "workbook": _workbook,
    "calamine": _calamine,
}
# What a task finds is made by another, of which the cost does not count.
BEFORE = {"grown": "grow"}


def main() -> None:
    """Do one task: folder with the data, folder to work in, task and its words."""
    # Only the judges of the tests bring it; where it is, the engine imports it.
    sys.modules["pandas"] = None  # ty: ignore[invalid-assignment]
    folder, home, task, *words = sys.argv[1:]
    TASKS[task](Path(folder), Path(home), *words)


if __name__ == "__main__":
    main()
