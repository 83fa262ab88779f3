"""The command line `klantbeeld`: what the data team types.

Belongs here: arguments, progress, summaries and exit codes (0 done, 1 refused or
stopped, 2 wrong use). Does not belong here: the work itself. What a quick command
does not need (Dagster, dbt) is imported by the command that does.
"""

import contextlib
import csv
import datetime
import enum
import hashlib
import json
import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import duckdb
import typer
from rich.console import Console
from rich.table import Table

from dagster_project import warehouse
from dagster_project.checks import load_lists
from dagster_project.contracts import ContractError, Feed, load_feeds
from dagster_project.feeds import (
    Arrivals,
    Door,
    LandingZoneError,
    find_arrivals,
    landing_exists,
    landing_state,
    load_agencies,
    load_ledger,
    standing_refusals,
)
from dagster_project.files import RunInProgressError, hold_run_lock
from dagster_project.publish import (
    NothingPublishedError,
    Publication,
    current_publication,
    open_for_reading,
)
from dagster_project.settings import Settings, SettingsError, load_settings
from dagster_project.withdrawals import (
    WITHDRAWAL,
    CannotWithdrawError,
    withdraw,
    withdrawn_ids,
)

if TYPE_CHECKING:
    from dagster_project.contract_documents import Addressed

app = typer.Typer(
    help="Klantbeeld: a cross-agency satisfaction data warehouse.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
console = Console(soft_wrap=True, highlight=False)
errors = Console(stderr=True, soft_wrap=True, highlight=False)

# Dagster's own log of a run goes to its run storage; a person sees the progress.
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


class Format(enum.StrEnum):
    """How the answer to a query is printed."""

    table = "table"
    csv = "csv"
    json = "json"


class ContractFormat(enum.StrEnum):
    """How a contract is printed."""

    table_schema = "table-schema"
    page = "page"


class TemplateFormat(enum.StrEnum):
    """What a delivery template is."""

    xlsx = "xlsx"
    csv = "csv"


FeedName = Annotated[
    str, typer.Argument(metavar="FEED", help="AGENCY.FEED, KIND or standard.KIND")
]
# Refused rows that a dry run writes out; the report workbook has them all.
SHOWN_REFUSED = 20


def main() -> None:
    """Run the command line; expected errors are one sentence, not a traceback."""
    try:
        app()
    except (
        ContractError,
        LandingZoneError,
        NothingPublishedError,
        RunInProgressError,
        warehouse.BuildError,
    ) as error:
        errors.print(f"klantbeeld: {error}", markup=False)
        sys.exit(1)
    except SettingsError as error:
        errors.print(f"klantbeeld: {error}", markup=False)
        sys.exit(2)


@app.callback()
def _common() -> None:
    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")


# -- run ------------------------------------------------------------------------


@app.command()
def run(
    rebuild: Annotated[
        bool,
        typer.Option("--rebuild", help="make every fact anew, of all deliveries"),
    ] = False,
) -> None:
    """Take in what has landed, build the warehouse, publish and write the workbooks."""
    settings = load_settings()
    if not landing_exists(settings):
        errors.print(
            f"klantbeeld: there is no landing zone at {settings.landing}; make it, or"
            " set KLANTBEELD_LANDING",
            markup=False,
        )
        raise typer.Exit(2)
    stamp_file = settings.warehouse.parent / "last_run"
    if (
        not rebuild
        and stamp_file.is_file()
        and stamp_file.read_text() == _run_stamp(settings)
    ):
        publication = current_publication(settings)
        console.print(
            "Nothing new: no file has landed and nothing has changed since the last"
            " run. No dbt work was done."
        )
        _print_arrivals(_arrivals(settings))
        _print_standing_refusals(settings, set())
        _print_publication(settings, publication)
        return
    # Before anything is touched: the log and dbt's folder are shared too.
    hold_run_lock(settings.warehouse.parent / "run.lock")
    stamp_file.unlink(missing_ok=True)
    if rebuild:
        warehouse.start_from_nothing(settings)
    before = load_ledger(settings)
    finished = _materialise(settings)
    sys.exit(_summarise(settings, before, finished, stamp_file))


def _run_stamp(settings: Settings) -> str:
    """What a finished run was made of: a run with the same stamp has nothing to do."""
    code = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        code.update(path.read_bytes())
    parts = [
        warehouse.build_stamp(settings),
        code.hexdigest(),
        repr(landing_state(settings)),
        str(settings),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _materialise(settings: Settings) -> bool:
    """Run the main job in this process; False where it stopped, with the reason."""
    progress = logging.getLogger("klantbeeld")
    progress.setLevel(logging.INFO)
    progress.propagate = False
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
    progress.handlers = [handler]
    progress.info("reading the contracts")
    import dagster as dg

    from dagster_project.definitions import make_definitions
    from dagster_project.schedules import MAIN_JOB

    logging.getLogger("dagster").setLevel(logging.CRITICAL)
    definitions = make_definitions(settings)
    job = definitions.resolve_job_def(MAIN_JOB)
    log = settings.warehouse.parent / "dbt.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    # What dbt prints goes to a file; a person sees the progress.
    with log.open("w") as stream, contextlib.redirect_stdout(stream):
        result = job.execute_in_process(
            instance=dg.DagsterInstance.ephemeral(),
            run_config=QUIET,
            raise_on_error=False,
        )
    for event in result.all_events:
        if event.is_step_failure:
            errors.print(
                f"{event.step_key} stopped: {_reason(event)}", markup=False, style="red"
            )
    return result.success


def _reason(event: Any) -> str:
    data = event.step_failure_data
    failure = data.user_failure_data
    if failure and failure.description:
        return failure.description
    error = data.error.cause or data.error if data.error else None
    return error.message.strip() if error else "no reason was given"


def _summarise(
    settings: Settings, before: dict[str, Any], finished: bool, stamp_file: Path
) -> int:
    after = load_ledger(settings)
    new = {
        delivery: entry
        for delivery, entry in after.items()
        if before.get(delivery) != entry
    }
    refused = {k: e for k, e in new.items() if e["status"] == "refused"}
    accepted = [entry for entry in new.values() if entry["status"] == "accepted"]
    _print_arrivals(_arrivals(settings))
    console.print(
        f"\n{len(accepted)} new deliveries accepted"
        f" ({sum(e['accepted_count'] for e in accepted)} rows accepted,"
        f" {sum(e['rejected_count'] for e in accepted)} refused),"
        f" {len(refused)} refused."
    )
    for entry in new.values():
        if entry["status"] == WITHDRAWAL:
            reason = "; ".join(entry["reasons"])
            console.print(f"  {_name(entry)} is withdrawn: {reason}", markup=False)
    for entry in refused.values():
        errors.print(f"  {_name(entry)} was refused:", markup=False, style="red")
        for reason in entry["reasons"]:
            errors.print(f"    {reason}", markup=False)
    if refused:
        errors.print(
            "  What was good before still counts. Mail these sentences to the agency"
            " and ask for a corrected file."
        )
    _print_standing_refusals(settings, set(refused))
    if not finished:
        errors.print(
            "The run stopped; the former publication stands. Mend what is named above"
            " and run again.",
            style="red",
        )
        return 1
    publication = current_publication(settings)
    _print_refused_rows(publication, set(new))
    conflicts = _print_findings(publication, set(new))
    _print_publication(settings, publication)
    stamp_file.write_text(_run_stamp(settings))
    return 1 if refused or conflicts else 0


def _name(entry: dict[str, Any]) -> str:
    return f"{entry['reporting_agency_code']}/{entry['feed']}/{entry['file_name']}"


def _arrivals(settings: Settings) -> Arrivals:
    feeds = load_feeds(warehouse.load_manifest(settings))
    return find_arrivals(settings, feeds, load_agencies(settings))


def _print_arrivals(arrivals: Arrivals) -> None:
    for line in arrivals.unexpected:
        errors.print(f"not read: {line}", markup=False, style="yellow")
    for name in arrivals.left_alone:
        console.print(f"left alone, still being written: {name}", markup=False)


def _print_standing_refusals(settings: Settings, told: set[str]) -> None:
    gone = withdrawn_ids(load_ledger(settings))
    for delivery, entry in standing_refusals(settings).items():
        if delivery not in told | gone:
            console.print(f"still refused: {_name(entry)}", markup=False)
            for reason in entry["reasons"]:
                console.print(f"    {reason}", markup=False)


def _print_refused_rows(publication: Publication, new: set[str]) -> None:
    with open_for_reading(publication) as connection:
        deliveries = connection.sql(
            "select delivery_id, reporting_agency_code || '/' || feed || '/'"
            " || file_name, delivered_count, rejected_count, reasons"
            " from mart_delivery where rejected_count > 0 and status <> 'refused'"
            " order by all"
        ).fetchall()
    for delivery, name, delivered, rejected, reasons in deliveries:
        if delivery in new:
            errors.print(
                f"  {name}: {rejected} of {delivered} rows refused:\n    {reasons}",
                markup=False,
                style="yellow",
            )


def _print_findings(publication: Publication, new: set[str]) -> bool:
    """Findings by severity; True where a new delivery is in conflict (K0)."""
    with open_for_reading(publication) as connection:
        counts = connection.sql(
            "select severity, count(*), string_agg(distinct rule, ', ' order by rule)"
            " from mart_quality_finding group by severity order by severity"
        ).fetchall()
        conflicts = connection.sql(
            "select split_part(row_key, ' | ', 1), message_nl"
            " from mart_quality_finding where rule = 'K0' order by all"
        ).fetchall()
    if not counts:
        console.print("No findings.")
        return False
    table = Table("severity", "findings", "rules", title="Findings (nothing repaired)")
    for severity, count, rules in counts:
        table.add_row(severity, str(count), rules)
    console.print(table)
    for _, message in conflicts:
        errors.print(f"conflict: {message}", markup=False, style="red")
    return any(delivery in new for delivery, _ in conflicts)


def _print_publication(settings: Settings, publication: Publication) -> None:
    console.print(
        f"Publication {publication.id}"
        f" ({publication.facts['status']}, {publication.facts['published_at']})"
    )
    for path in sorted((settings.exports / publication.id).rglob("*.xlsx")):
        console.print(f"  {_short(path)}", markup=False)


def _short(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


# -- contracts ------------------------------------------------------------------


@app.command()
def contract(
    feed: FeedName,
    format: Annotated[
        ContractFormat, typer.Option(help="a Table Schema document or a Dutch page")
    ] = ContractFormat.table_schema,
) -> None:
    """Print what a feed has to look like."""
    from dagster_project import contract_documents as documents

    settings = load_settings()
    addressed = _addressed(settings, feed)
    lists = load_lists(settings.reference, addressed.feed)
    if format is ContractFormat.page:
        sys.stdout.write(documents.page(addressed, lists))
        return
    schema = documents.table_schema(addressed.feed, lists)
    sys.stdout.write(json.dumps(schema, ensure_ascii=False, indent=2) + "\n")


@app.command()
def template(
    feed: FeedName,
    format: Annotated[
        TemplateFormat | None, typer.Option(help="xlsx unless the feed is CSV")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="the file to write")] = None,
) -> None:
    """Write the template in which an agency can deliver."""
    from dagster_project import contract_documents as documents

    settings = load_settings()
    addressed = _addressed(settings, feed)
    ending = format or TemplateFormat(
        "csv" if addressed.feed.contract.format == "csv" else "xlsx"
    )
    path = out or Path(f"{addressed.feed.name}_sjabloon.{ending}")
    if path.exists():
        raise typer.BadParameter(f"{path} is there already; name another with --out")
    lists = load_lists(settings.reference, addressed.feed)
    try:
        documents.write_template(addressed, lists, path, ending)
    except documents.NoTemplateError as error:
        raise typer.BadParameter(str(error)) from error
    console.print(_short(path.absolute()), markup=False)


def _addressed(settings: Settings, name: str) -> "Addressed":
    from dagster_project import contract_documents as documents

    try:
        return documents.find_feed(_feeds(settings), load_agencies(settings), name)
    except documents.UnknownFeedError as error:
        raise typer.BadParameter(error.args[0]) from error


def _feeds(settings: Settings) -> tuple[Feed, ...]:
    return load_feeds(warehouse.load_manifest(settings))


# -- deliveries -----------------------------------------------------------------


@app.command()
def check(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    feed: Annotated[str, typer.Option(metavar="AGENCY.FEED", help="delivered as")],
    report: Annotated[
        Path | None,
        typer.Option(help="workbook (.xlsx) with each refused row, for the sender"),
    ] = None,
) -> None:
    """Say, in Dutch, what would be accepted and refused; nothing is taken in."""
    from dagster_project import delivery_reports as reports

    settings = load_settings()
    addressed = _addressed(settings, feed)
    if addressed.agency_code is None:
        raise typer.BadParameter(f"say which agency delivers it: AGENCY.{feed}")
    if report is not None and report.suffix.lower() != ".xlsx":
        raise typer.BadParameter("the report is a workbook: give it a name in .xlsx")
    door = Door(settings, [addressed.feed])
    outcome = door.check(file, addressed.feed, addressed.agency_code)
    known = outcome.entry["delivery_id"] in load_ledger(settings)
    for line in reports.dry_run_nl(outcome, known, SHOWN_REFUSED):
        console.print(line, markup=False)
    if report is not None:
        reports.write_check_report(report, file, addressed.feed, outcome)
        console.print(f"Verslag: {_short(report.absolute())}", markup=False)
    if outcome.status == "refused":
        raise typer.Exit(1)


@app.command()
def feeds(
    on: Annotated[
        datetime.datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="late on this day; today without it"),
    ] = None,
    format: Annotated[Format, typer.Option(help="how to print it")] = Format.table,
) -> None:
    """List what is expected, what came last and what is late."""
    from dagster_project import delivery_reports as reports

    settings = load_settings()
    today = on.date() if on else datetime.date.today()
    found = reports.streams(settings, _feeds(settings), load_ledger(settings), today)
    names = ["feed", "kind", "agency", "due", "last delivery", "until", "late"]
    _PRINTERS[format](names, [_stream_row(stream) for stream in found])


def _stream_row(stream: Any) -> tuple[Any, ...]:
    words = stream.feed.contract
    due = f"{words.due.frequency}, {words.due.days_after} days" if words.due else ""
    last, until, late = "", "", ""
    if stream.last:
        day = f"{stream.arrived_on} " if stream.arrived_on else ""
        last = day + stream.last["file_name"]
        until = (stream.last["last_month"] or "")[:7]
    if stream.late:
        period, deadline = stream.late[0]
        more = len(stream.late) - 1
        late = f"{period} (due {deadline})" + (f" and {more} more" if more else "")
    agency = stream.agency_code or "every agency"
    return (stream.feed.label, words.kind, agency, due, last, until, late)


@app.command()
def deliveries(
    agency: Annotated[str | None, typer.Option(help="code of one agency")] = None,
    feed: Annotated[str | None, typer.Option(help="name of one feed")] = None,
    format: Annotated[Format, typer.Option(help="how to print it")] = Format.table,
) -> None:
    """List what came in, from the ledger."""
    from dagster_project import delivery_reports as reports

    ledger = load_ledger(load_settings())
    rows = reports.delivery_rows(ledger, agency, feed)
    _PRINTERS[format](reports.DELIVERY_COLUMNS, rows)


@app.command("withdraw")
def withdraw_delivery(
    delivery: Annotated[str, typer.Argument(metavar="ID", help="see deliveries")],
    reason: Annotated[str, typer.Option(help="why; the agency reads it")],
) -> None:
    """Withdraw a delivery: from the next run on its rows no longer count."""
    settings = load_settings()
    if not reason.strip():
        raise typer.BadParameter("a withdrawal needs a reason")
    hold_run_lock(settings.warehouse.parent / "run.lock")
    try:
        entry = withdraw(settings, load_ledger(settings), delivery, reason)
    except CannotWithdrawError as error:
        raise typer.BadParameter(error.args[0]) from error
    console.print(
        f"{_name(entry)} is withdrawn ({entry['delivery_id']}); klantbeeld run"
        " publishes without it.",
        markup=False,
    )


# -- labels ---------------------------------------------------------------------

label = typer.Typer(
    help="Label comments in a workbook, so that themes can be learned and judged.",
    no_args_is_help=True,
)
app.add_typer(label, name="label")


@label.command("export")
def export_comments(
    agency: Annotated[str, typer.Option(help="code of the agency")],
    out: Annotated[Path, typer.Option(help="the workbook to write (.xlsx)")],
    count: Annotated[int, typer.Option(help="comments in the sample", min=1)] = 200,
    seed: Annotated[int, typer.Option(help="same seed, same sample", min=0)] = 1,
) -> None:
    """Write a random sample of an agency's comments, to be labelled in Excel."""
    from dagster_project import labels

    if out.suffix.lower() != ".xlsx":
        raise typer.BadParameter("the sample is a workbook: give it a name in .xlsx")
    if out.exists():
        raise typer.BadParameter(f"{out} is there already; name another with --out")
    try:
        written = labels.export_sample(load_settings(), agency, count, seed, out)
    except labels.NothingToLabelError as error:
        errors.print(f"klantbeeld: {error}", markup=False)
        raise typer.Exit(1) from error
    console.print(f"{_short(out.absolute())}: {written} comments", markup=False)


@label.command("import")
def import_comments(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
) -> None:
    """Check a workbook with labels and keep them; all of it or nothing."""
    from dagster_project import labels

    settings = load_settings()
    hold_run_lock(settings.warehouse.parent / "run.lock")
    try:
        kept = labels.import_labels(settings, _feeds(settings), file)
    except labels.LabelsRefusedError as error:
        errors.print(f"{file.name} werd geweigerd; er is niets bewaard:", markup=False)
        for reason in error.reasons[:SHOWN_REFUSED]:
            errors.print(f"  {reason}", markup=False)
        if (more := len(error.reasons) - SHOWN_REFUSED) > 0:
            errors.print(f"  ... en nog {more}.")
        raise typer.Exit(1) from error
    if not kept.is_new:
        console.print(f"These labels were kept already ({kept.label_set_id}).")
        return
    console.print(
        f"{kept.comment_count} labelled comments are kept ({kept.label_set_id}),"
        f" {kept.skipped_count} rows without a theme skipped; klantbeeld run trains"
        " on them."
    )


@label.command("withdraw")
def withdraw_comments(
    label_set: Annotated[str, typer.Argument(metavar="ID", help="import printed it")],
) -> None:
    """Let imported labels no longer count, so that a corrected workbook can come in."""
    from dagster_project import labels

    settings = load_settings()
    hold_run_lock(settings.warehouse.parent / "run.lock")
    try:
        labels.withdraw_labels(settings, label_set)
    except LookupError as error:
        raise typer.BadParameter(error.args[0]) from error
    console.print(f"{label_set} no longer counts; its file stays in the lake.")


# -- query ----------------------------------------------------------------------


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="a SELECT on the marts")],
    format: Annotated[Format, typer.Option(help="how to print it")] = Format.table,
) -> None:
    """Print what the current publication says."""
    publication = current_publication(load_settings())
    with open_for_reading(publication) as connection:
        try:
            relation = connection.sql(sql)
            rows = relation.fetchall() if relation is not None else []
        except duckdb.Error as error:
            errors.print(f"klantbeeld: {str(error).splitlines()[0]}", markup=False)
            raise typer.Exit(2) from error
        if relation is None:
            errors.print("klantbeeld: this is no query: it gives no rows")
            raise typer.Exit(2)
        names = relation.columns
    _PRINTERS[format](names, rows)


def _print_table(names: list[str], rows: list[tuple[Any, ...]]) -> None:
    table = Table(*names)
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row))
    wide = console if console.is_terminal else Console(width=10_000)
    wide.print(table)


def _print_csv(names: list[str], rows: list[tuple[Any, ...]]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(rows)


def _print_json(names: list[str], rows: list[tuple[Any, ...]]) -> None:
    records = [dict(zip(names, row, strict=True)) for row in rows]
    sys.stdout.write(json.dumps(records, ensure_ascii=False, indent=1, default=str))
    sys.stdout.write("\n")


_PRINTERS = {
    Format.table: _print_table,
    Format.csv: _print_csv,
    Format.json: _print_json,
}


# -- export ---------------------------------------------------------------------


@app.command()
def export(
    agency: Annotated[
        str | None, typer.Option(help="code of one agency; all without it")
    ] = None,
) -> None:
    """Write the workbooks of the current publication again."""
    from dagster_project import exports

    settings = load_settings()
    manifest = warehouse.load_manifest(settings)
    publication = current_publication(settings)
    with open_for_reading(publication) as connection:
        report = exports.export_workbooks(
            connection,
            exports.load_workbooks(manifest),
            manifest,
            publication.facts,
            settings.exports,
            [agency] if agency else None,
        )
    for path in report.written:
        console.print(_short(path), markup=False)
    for reason in report.failed.values():
        errors.print(f"klantbeeld: {reason}", markup=False, style="red")
    if report.failed:
        raise typer.Exit(1)


# -- simulate -------------------------------------------------------------------


@app.command()
def docs() -> None:
    """Write a page on every mart: what a row is, each column, tests and lineage."""
    page = warehouse.write_docs(load_settings())
    console.print(f"{page}: open it in a browser.", markup=False)


@app.command()
def simulate(
    out: Annotated[Path, typer.Option(help="folder, laid out as a landing zone")],
    responses: Annotated[
        int, typer.Option(help="survey responses in all files together", min=100)
    ] = 8000,
    seed: Annotated[int, typer.Option(help="same seed, same bytes", min=0)] = 1,
) -> None:
    """Write sample deliveries in the agencies' layouts, marked as simulated."""
    from dagster_project import simulate as simulation

    try:
        written = simulation.simulate(out, responses, seed)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    for file in written:
        refused = f", {file.refused_count} of them wrong on purpose"
        console.print(
            f"{_short(file.path)}: {file.row_count} rows"
            + (refused if file.refused_count else ""),
            markup=False,
        )


class Benched(enum.StrEnum):
    """What can be measured."""

    door = "door"


@app.command()
def bench(
    what: Annotated[Benched, typer.Argument(help="what to measure")],
    rows: Annotated[int, typer.Option(help="rows of the large file", min=1000)] = (
        10_000_000
    ),
    rounds: Annotated[int, typer.Option(help="interleaved rounds", min=1)] = 3,
) -> None:
    """Measure what the door costs, as ratios to a bare engine doing the same."""
    from dagster_project.bench import bench_door

    assert what is Benched.door
    console.print(bench_door(_feeds(load_settings()), rows, rounds))


if __name__ == "__main__":
    main()
