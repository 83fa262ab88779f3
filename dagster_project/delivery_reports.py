"""What is said about deliveries: the report of a dry run, and what is late.

Belongs here: words and workbooks about deliveries, and the calendar of what is due.
Does not belong here: judging a delivery (feeds.py), what dbt makes of it.
"""

import calendar
import datetime
import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from dagster_project import reading, workbook
from dagster_project.contracts import Column, DueWords, Feed
from dagster_project.feeds import Outcome, first_arrivals, place_nl
from dagster_project.settings import Settings
from dagster_project.sql import identifier
from dagster_project.withdrawals import WITHDRAWAL, withdrawn_ids

# A longer report helps nobody: the contract was misunderstood.
MOST_REPORTED = 20_000
MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}

Ledger = Mapping[str, Mapping[str, Any]]


# -- the dry run ----------------------------------------------------------------


def dry_run_nl(outcome: Outcome, known: bool, shown: int) -> Iterator[str]:
    """What the door would do with a file, in Dutch, a line each.

    `known`: this very delivery has been taken in before; `shown`: how many refused
    rows are written out.
    """
    entry = outcome.entry
    name, rows = entry["file_name"], entry["delivered_count"]
    if outcome.status == "refused":
        yield f"{name} zou geweigerd worden:"
        yield from (f"  {reason}" for reason in entry["reasons"])
    else:
        yield (
            f"{name} zou aanvaard worden: {entry['accepted_count']} van de {rows} rijen"
            f" goed, {entry['rejected_count']} geweigerd."
        )
        if entry["first_month"]:
            first, last = entry["first_month"][:7], entry["last_month"][:7]
            months = first if first == last else f"{first} tot en met {last}"
            yield f"De levering gaat over {months}."
    if known:
        yield "Deze levering is al eens binnengekomen; ze zou niet dubbel tellen."
    yield from (f"Opmerking: {note}." for note in entry["notes"])
    refused = outcome.entry["rejected_rows"]
    if refused and shown:
        yield "Geweigerde rijen:"
        yield from (f"  {row['reason']}" for row in refused[:shown])
        if len(refused) > shown:
            yield f"  … en nog {len(refused) - shown} redenen."


def write_check_report(path: Path, file: Path, feed: Feed, outcome: Outcome) -> None:
    """Write each refused row as it was delivered, the reason beside the cell.

    For the sender alone: it shows what was delivered, personal data included.
    """
    reasons = _reasons_by_row(outcome)
    columns = [
        column
        for column in feed.columns
        if column.words.headers and column.words.personal != "drop"
    ]
    faulty = [
        column
        for column in columns
        if any(
            _concerns(reason, column) for found in reasons.values() for reason in found
        )
    ]
    delivered = _delivered_texts(file, feed, columns, reasons) if reasons else {}
    # A text file has no sheets.
    in_sheets = any(sheet for sheet, _ in reasons)
    titles = ["Blad", "Rij"] if in_sheets else ["Rij"]
    for column in columns:
        titles.append(column.title)
        if column in faulty:
            titles.append(f"Reden bij {column.title}")
    titles.append("Andere reden")
    rows = [
        _report_row(place, found, columns, faulty, delivered.get(place))[
            not in_sheets :
        ]
        for place, found in list(reasons.items())[:MOST_REPORTED]
    ]
    lines = ["Alleen voor wie aanlevert: dit blad toont wat er geleverd is."]
    if len(reasons) > MOST_REPORTED:
        lines.append(f"De eerste {MOST_REPORTED} van {len(reasons)} geweigerde rijen.")
    title = f"Nazicht van {file.name}"
    summary = [[line] for line in dry_run_nl(outcome, known=False, shown=0)]
    document = workbook.Document(
        title=title,
        subject="Geweigerde rijen en hun redenen",
        header=title,
        footer="Klantbeeld",
        sheets=(
            workbook.TableSheet(
                name="Geweigerde rijen",
                title=title,
                table_name="geweigerde_rijen",
                columns=tuple(workbook.Column(title, empty="") for title in titles),
                rows=rows,
                lines=tuple(lines),
                when_empty="Geen enkele rij is geweigerd.",
            ),
            workbook.TableSheet(
                name="Samenvatting",
                title=title,
                table_name="samenvatting",
                columns=(workbook.Column("Wat de controle zegt"),),
                rows=summary,
            ),
        ),
    )
    workbook.write_workbook(path, document)
    path.chmod(0o600)


Place = tuple[str | None, int]


def _reasons_by_row(outcome: Outcome) -> dict[Place, list[str]]:
    reasons: dict[Place, list[str]] = {}
    for row in outcome.entry["rejected_rows"]:
        sheet, line = row["sheet"], row["line"]
        reason = row["reason"].removeprefix(place_nl(sheet, line)).lstrip(",: ")
        reasons.setdefault((sheet, line), []).append(reason)
    return reasons


def _concerns(reason: str, column: Column) -> bool:
    return reason.startswith(f'kolom "{column.title}"')


def _delivered_texts(
    file: Path, feed: Feed, columns: Sequence[Column], places: Iterable[Place]
) -> dict[Place, tuple[str | None, ...]]:
    """What the file says at these places; a row that cannot be parsed is absent."""
    names = ", ".join(f"delivered.{identifier(column.name)}" for column in columns)
    with (
        tempfile.TemporaryDirectory() as folder,
        duckdb.connect() as connection,
    ):
        read = reading.read(file, feed.layout, Path(folder))
        lines = Path(folder) / "places.json"
        lines.write_text(
            "".join(
                json.dumps({"sheet": sheet, "line": line}) + "\n"
                for sheet, line in places
            ),
            encoding="utf-8",
        )
        connection.execute(
            "create table places as from read_json(?, format = 'newline_delimited',"
            " columns = {sheet: 'varchar', line: 'bigint'})",
            [str(lines)],
        )
        # An empty sheet and none are the same: text files have no sheets.
        found = connection.sql(
            f"select places.sheet, places.line, {names} from {read.relation}"
            " as delivered inner join places on delivered.line = places.line"
            " and coalesce(delivered.sheet, '') = coalesce(places.sheet, '')"
        ).fetchall()
    return {(row[0], row[1]): row[2:] for row in found}


def _report_row(
    place: Place,
    reasons: Sequence[str],
    columns: Sequence[Column],
    faulty: Sequence[Column],
    texts: tuple[str | None, ...] | None,
) -> list[Any]:
    sheet, line = place
    row: list[Any] = [sheet, line]
    told = set()
    for number, column in enumerate(columns):
        row.append(texts[number] if texts else None)
        if column in faulty:
            here = [reason for reason in reasons if _concerns(reason, column)]
            told.update(here)
            row.append(" ".join(here))
    row.append(" ".join(reason for reason in reasons if reason not in told))
    return row


# -- what is due ----------------------------------------------------------------


@dataclass(frozen=True)
class Stream:
    """A feed as one agency delivers it; None: nobody has delivered it yet.

    `last` is the accepted delivery that reaches furthest, `arrived_on` its first day
    of arrival where the log still knows it. `late` has the periods that should have
    come, oldest first, each with its last day.
    """

    feed: Feed
    agency_code: str | None
    last: Mapping[str, Any] | None
    arrived_on: datetime.date | None
    late: tuple[tuple[str, datetime.date], ...]


def streams(
    settings: Settings, feeds: Iterable[Feed], ledger: Ledger, today: datetime.date
) -> Iterator[Stream]:
    """Every feed with who delivers it; a standard layout is due from who began."""
    arrivals = _arrival_days(settings)
    gone = withdrawn_ids(ledger)
    counting = [
        entry
        for entry in ledger.values()
        if entry["status"] == "accepted" and entry["delivery_id"] not in gone
    ]
    for feed in feeds:
        entries = [
            entry
            for entry in counting
            if entry["feed"] == feed.name
            and entry["is_standard"] == feed.is_standard
            and (feed.is_standard or entry["reporting_agency_code"] == feed.source)
        ]
        agencies: list[str | None] = [feed.source]
        if feed.is_standard:
            agencies = [None, *sorted({e["reporting_agency_code"] for e in entries})]
        for agency in agencies:
            own = [e for e in entries if e["reporting_agency_code"] == agency]
            last = max(
                own, key=lambda e: (e["last_month"] or "", e["file_name"]), default=None
            )
            day = arrivals.get(last["delivery_id"]) if last else None
            late: tuple[tuple[str, datetime.date], ...] = ()
            covered = last["last_month"] if last else None
            # Of a delivery whose rows have no months nobody can say what it covers.
            is_known = last is None or covered is not None
            if feed.contract.due and agency is not None and is_known:
                late = tuple(late_periods(feed.contract.due, covered, today))
            yield Stream(feed, agency, last, day, late)


def late_periods(
    due: DueWords, covered_until: str | None, today: datetime.date
) -> Iterator[tuple[str, datetime.date]]:
    """The periods that should have been delivered by `today`, each with its last day.

    `covered_until` is the last month that was delivered (ISO date); where nothing was
    delivered only the latest period due is late.
    """
    months = MONTHS[due.frequency]
    number = (today.year * 12 + today.month - 1) // months
    # The latest period whose time is up.
    while _deadline(number, months, due.days_after) >= today:
        number -= 1
    first = number
    if covered_until is not None:
        year, month = int(covered_until[:4]), int(covered_until[5:7])
        first = (year * 12 + month) // months
    for late in range(first, number + 1):
        yield _period_code(late, months), _deadline(late, months, due.days_after)


def _deadline(number: int, months: int, days_after: int) -> datetime.date:
    """The last day on which period `number` (counted from year 0) is in time."""
    year, month = divmod(number * months + months - 1, 12)
    end = datetime.date(year, month + 1, calendar.monthrange(year, month + 1)[1])
    return end + datetime.timedelta(days=days_after)


def _period_code(number: int, months: int) -> str:
    year, month = divmod(number * months, 12)
    if months == 12:
        return str(year)
    if months == 1:
        return f"{year}-{month + 1:02d}"
    return f"{year}-{'H' if months == 6 else 'Q'}{month // months + 1}"


def _arrival_days(settings: Settings) -> dict[str, datetime.date]:
    """The first day of arrival of each delivery, from the log beside the ledger."""
    return {
        delivery: moment.astimezone().date()
        for delivery, moment in first_arrivals(settings).items()
    }


# -- what came in ---------------------------------------------------------------


def delivery_rows(
    ledger: Ledger, agency: str | None, feed: str | None
) -> list[tuple[Any, ...]]:
    """The ledger as a table: see `DELIVERY_COLUMNS`."""
    gone = withdrawn_ids(ledger)
    rows = []
    for identifier_, entry in ledger.items():
        if agency not in (None, entry["reporting_agency_code"]):
            continue
        if feed not in (None, entry["feed"]):
            continue
        status = entry["status"]
        if status != WITHDRAWAL and identifier_ in gone:
            status = "withdrawn"
        first, last = entry["first_month"], entry["last_month"]
        months = first[:7] if first else ""
        if first and last != first:
            months += f"..{last[:7]}"
        version = str(entry["version_number"])
        if entry["version_date"]:
            version += f" ({entry['version_date']})"
        rows.append(
            (
                identifier_,
                entry["reporting_agency_code"],
                entry["feed"],
                entry["part"] or "",
                entry["file_name"],
                entry["period_code"] or months,
                version,
                status,
                entry["delivered_count"],
                entry["accepted_count"],
                entry["rejected_count"],
                " ".join(entry["reasons"]),
            )
        )
    return sorted(rows, key=lambda row: (row[1:6], row[0]))


DELIVERY_COLUMNS = [
    "id",
    "agency",
    "feed",
    "part",
    "file",
    "period",
    "version",
    "status",
    "rows",
    "accepted",
    "refused",
    "reasons",
]
