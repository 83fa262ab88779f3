"""What the command line says of contracts and deliveries, and what it writes."""

import copy
import csv
import datetime
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from click.testing import Result
from conftest import Installation
from sql_macros import model_sql
from typer.testing import CliRunner

from dagster_project.checks import load_lists
from dagster_project.cli import app
from dagster_project.contract_documents import form_nl
from dagster_project.contracts import (
    KINDS,
    ContractError,
    DueWords,
    Feed,
    load_feeds,
)
from dagster_project.delivery_reports import late_periods
from dagster_project.feeds import Door, find_arrivals, load_ledger

FEEDS = (*KINDS, "vutg.fons_results")
# Either the period, or its first and last day: an example fills one of the two.
LEFT_EMPTY = ("periode_van", "periode_tot")
COUNTS = "datum;lijn;onderwerp;kanaal;aangeboden;beantwoord\n"

Klantbeeld = Callable[..., Result]


@pytest.fixture
def house(tmp_path: Path) -> Installation:
    return Installation(tmp_path / "home", tmp_path / "landing")


@pytest.fixture
def klantbeeld(
    house: Installation,
    manifest: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Klantbeeld:
    """The command line in a folder of its own, with nothing delivered yet."""
    for name, value in house.environment.items():
        monkeypatch.setenv(name, value)
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return lambda *words: CliRunner().invoke(app, [*words])


@pytest.fixture(scope="module")
def feeds(manifest: dict[str, Any]) -> dict[str, Feed]:
    found = load_feeds(manifest)
    return {feed.name if feed.is_standard else feed.label: feed for feed in found}


def _take_in(house: Installation, feed: Feed, place: str, content: str) -> str:
    """Land a file and take it in; its id."""
    house.land(place, content)
    settings = house.settings
    arrivals = find_arrivals(settings, [feed], [place.split("/")[0]])
    door = Door(settings, [feed])
    door.prepare()
    outcomes = door.take_in(arrivals)
    (found,) = [
        outcome.entry["delivery_id"]
        for outcome in outcomes
        if outcome.entry["file_name"] == Path(place).name
    ]
    return found


# -- contract -------------------------------------------------------------------


@pytest.mark.parametrize("name", FEEDS)
def test_the_contract_is_a_table_schema_document(
    name: str, klantbeeld: Klantbeeld, feeds: dict[str, Feed]
) -> None:
    result = klantbeeld("contract", name)
    assert result.exit_code == 0, result.output
    schema = json.loads(result.stdout)
    delivered = [column for column in feeds[name].columns if column.words.headers]
    assert [field["name"] for field in schema["fields"]] == [c.title for c in delivered]
    assert schema["missingValues"] == [""]
    for field, column in zip(schema["fields"], delivered, strict=True):
        assert field["description"] == column.description
        required = field.get("constraints", {}).get("required", False)
        assert required == column.words.required
        if field["type"] == "number":
            assert field["decimalChar"] == ","
        if field["type"] in ("integer", "number"):
            assert field["bareNumber"] is (column.words.format != "percent")


def test_numbers_lists_and_dates_are_table_schema_words(klantbeeld: Klantbeeld) -> None:
    def field(kind: str, name: str) -> dict[str, Any]:
        schema = json.loads(klantbeeld("contract", kind).stdout)
        (found,) = [field for field in schema["fields"] if field["name"] == name]
        del found["description"]
        return found

    assert field("published_count", "waarde") == {
        "name": "waarde",
        "type": "number",
        "decimalChar": ",",
        "groupChar": ".",
        "bareNumber": False,
        "constraints": {"required": True, "minimum": 0},
    }
    assert field("contact", "gestart_op") == {
        "name": "gestart_op",
        "type": "datetime",
        "format": "%d/%m/%Y %H:%M",
        "constraints": {"required": True},
    }
    # A code or its label; which of the two is the agency's choice.
    choices = field("complaint", "oplossing")["constraints"]["enum"]
    assert {"OPGELOST", "Opgelost"} <= set(choices)
    norms = re.compile(field("complaint", "ombudsnormen")["constraints"]["pattern"])
    assert norms.fullmatch("ON01|Correcte bejegening")
    assert not norms.fullmatch("ON01|13")
    assert "constraints" not in field("complaint", "dienst")


@pytest.mark.parametrize("name", FEEDS)
def test_the_page_explains_every_column(
    name: str, klantbeeld: Klantbeeld, feeds: dict[str, Feed]
) -> None:
    page = klantbeeld("contract", name, "--format", "page").stdout
    feed = feeds[name]
    assert feed.description in page
    for column in feed.columns:
        if column.words.headers:
            required = "ja" if column.words.required else "nee"
            assert f"| {column.title} | {required} | {column.description} |" in page
    for rule in feed.contract.rows:
        assert rule.reason in page
    rows = [line for line in page.splitlines() if line.startswith("|")]
    assert all(len(re.findall(r"(?<!\\)\|", line)) == 6 for line in rows)


def test_a_standard_layout_may_be_named_in_three_ways(klantbeeld: Klantbeeld) -> None:
    names = ("complaint", "standard.complaint", "vlm.complaint")
    assert len({klantbeeld("contract", name).stdout for name in names}) == 1
    page = klantbeeld("contract", "vlm.complaint", "--format", "page").stdout
    assert "`vlm/complaint/`" in page


@pytest.mark.parametrize("name", ["klachten", "nobody.complaint", "vutg.nothing", ""])
def test_an_unknown_feed_is_wrong_use(name: str, klantbeeld: Klantbeeld) -> None:
    result = klantbeeld("contract", name)
    assert result.exit_code == 2
    assert "no contract is called" in result.stderr
    assert "survey_response" in result.stderr


# -- template -------------------------------------------------------------------


@pytest.mark.parametrize("name", FEEDS)
def test_a_filled_template_is_accepted(
    name: str, klantbeeld: Klantbeeld, feeds: dict[str, Feed]
) -> None:
    result = klantbeeld("template", name, "--out", "sjabloon.xlsx")
    assert result.exit_code == 0, result.output
    book = openpyxl.load_workbook("sjabloon.xlsx")
    sheet, explanation = book.worksheets[:2]
    assert explanation.title == "Toelichting"
    table = explanation.tables["toelichting"]
    lines = [[cell.value for cell in row] for row in explanation[table.ref]][1:]
    examples = {line[0]: line[-1] for line in lines}
    titles = {
        row: [cell.value for cell in sheet[row]]
        for row in range(1, sheet.max_row + 1)
        if sheet.cell(row, 2).value
    }
    blocks = max(len(feeds[name].contract.blocks), 1)
    assert len(titles) == blocks
    for row, titled in titles.items():
        assert titled == list(examples)
        for place, title in enumerate(titled, start=1):
            value = None if title in LEFT_EMPTY else examples[title]
            sheet.cell(row + 1, place, value)
    book.save("ingevuld_2024-H1.xlsx")
    agency = "" if "." in name else "vlm."
    checked = klantbeeld("check", "ingevuld_2024-H1.xlsx", "--feed", agency + name)
    assert checked.exit_code == 0, checked.output
    assert f"{blocks} van de {blocks} rijen goed, 0 geweigerd" in checked.stdout


@pytest.mark.parametrize("kind", KINDS)
def test_a_filled_csv_template_is_accepted(kind: str, klantbeeld: Klantbeeld) -> None:
    assert klantbeeld("template", kind, "--format", "csv").exit_code == 0
    path = Path(f"{kind}_sjabloon.csv")
    assert path.read_bytes().startswith("\ufeff".encode())
    page = klantbeeld("contract", kind, "--format", "page").stdout
    cells = [re.split(r"(?<!\\)\|", line) for line in page.splitlines()]
    examples = {
        line[1].strip(): line[5].strip().replace("\\|", "|")
        for line in cells
        if len(line) == 7
    }
    titles = path.read_text("utf-8-sig").strip().split(";")
    row = ["" if title in LEFT_EMPTY else examples[title] for title in titles]
    with path.open("a", encoding="utf-8", newline="") as stream:
        csv.writer(stream, delimiter=";").writerow(row)
    checked = klantbeeld("check", str(path), "--feed", f"vlm.{kind}")
    assert checked.exit_code == 0, checked.output
    assert "1 van de 1 rijen goed" in checked.stdout


def test_a_template_guides_who_fills_it_in(
    klantbeeld: Klantbeeld, feeds: dict[str, Feed]
) -> None:
    klantbeeld("template", "complaint")
    book = openpyxl.load_workbook("complaint_sjabloon.xlsx")
    sheet, lists = book.worksheets[0], book["Lijsten"]
    rules = {
        str(rule.sqref).split(":")[0]: rule
        for rule in sheet.data_validations.dataValidation
    }
    places = {cell.value: cell.coordinate for cell in sheet[1]}
    below = {title: re.sub(r"1$", "2", place) for title, place in places.items()}

    def choices(title: str) -> list[str]:
        name, cells = rules[below[title]].formula1.lstrip("=").split("!")
        assert name.strip("'") == lists.title
        return [row[0].value for row in lists[cells.replace("$", "")]]

    assert choices("gegrondheid") == [
        "Gegrond",
        "Deels gegrond",
        "Ongegrond",
        "Nog niet afgehandeld",
    ]
    assert choices("ontvankelijk") == ["ja", "nee", "te_beoordelen", "geen_klacht"]
    assert choices("verlengd") == ["ja", "nee"]
    # Own names of services and several codes in a cell raise no objection.
    assert rules[below["gegrondheid"]].showErrorMessage
    assert not rules[below["dienst"]].showErrorMessage
    assert not rules[below["dragers"]].showErrorMessage
    assert rules[below["ontvangen_op"]].type == "date"
    formats = {
        title: sheet.column_dimensions[place.rstrip("1")].number_format
        for title, place in places.items()
    }
    assert formats["ontvangen_op"] == "dd/mm/yyyy"
    assert formats["klacht_id"] == "@"
    assert set(places) == {c.title for c in feeds["complaint"].columns}


def test_the_same_contract_gives_the_same_template(klantbeeld: Klantbeeld) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        klantbeeld("template", "survey_response", "--out", name)
    assert Path("a.xlsx").read_bytes() == Path("b.xlsx").read_bytes()


def test_a_template_is_not_written_over_a_file(klantbeeld: Klantbeeld) -> None:
    Path("complaint_sjabloon.xlsx").write_text("filled in")
    assert klantbeeld("template", "complaint").exit_code == 2
    assert Path("complaint_sjabloon.xlsx").read_text() == "filled in"


def test_a_workbook_feed_has_no_csv_template(klantbeeld: Klantbeeld) -> None:
    result = klantbeeld("template", "vutg.fons_results", "--format", "csv")
    assert result.exit_code == 2
    assert not list(Path().iterdir())


# -- check ----------------------------------------------------------------------


def _everything(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_dry_run_says_what_would_happen_and_writes_nothing(
    klantbeeld: Klantbeeld, house: Installation, tmp_path: Path
) -> None:
    good = [f"{day:02d}/03/2024;1700;premies;telefoon;10;9" for day in range(1, 21)]
    bad = ["21/03/2024;1700;premies;fax;10;9", "22/03/2024;1700;premies;telefoon;1,5;"]
    path = Path("tellingen.csv")
    path.write_text(COUNTS + "\n".join([*good, bad[0], ""]))
    before = _everything(tmp_path)
    result = klantbeeld("check", str(path), "--feed", "1700.contact_count")
    assert result.exit_code == 0, result.output
    assert "zou aanvaard worden: 20 van de 21 rijen goed, 1 geweigerd" in result.stdout
    assert "De levering gaat over 2024-03." in result.stdout
    assert 'Rij 22, kolom "kanaal" (“fax”)' in result.stdout
    path.write_text(COUNTS + "\n".join([good[0], *bad, ""]))
    before["here/tellingen.csv"] = path.read_bytes()
    result = klantbeeld("check", str(path), "--feed", "1700.contact_count")
    assert result.exit_code == 1
    assert "zou geweigerd worden" in result.stdout
    assert _everything(tmp_path) == before
    assert not house.home.exists()


def test_each_refused_row_has_a_sentence_of_its_own(klantbeeld: Klantbeeld) -> None:
    Path("plan.csv").write_text(
        "meting;periode;doelgroep\n"
        'lezers;"2024-02;een\n'
        "lezers;2024-03;twee;drie\n"
        "lezers;2024-13;vier\n"
    )
    result = klantbeeld("check", "plan.csv", "--feed", "vlm.planned_measurement")
    lines = [line.strip() for line in result.output.splitlines()]
    assert "Rij 2: een aanhalingsteken sluit niet." in lines
    assert "Rij 3: 4 kolommen in plaats van 3." in lines
    (last,) = (line for line in lines if line.startswith("Rij 4"))
    assert last.startswith('Rij 4, kolom "periode" (“2024-13”): dit is geen periode.')


def test_a_file_that_cannot_be_read_is_refused_in_words(klantbeeld: Klantbeeld) -> None:
    Path("leeg.csv").write_bytes(b"")
    result = klantbeeld(
        "check", "leeg.csv", "--feed", "vlm.complaint", "--report", "r.xlsx"
    )
    assert result.exit_code == 1
    assert "leeg.csv is leeg (0 bytes)." in result.stdout
    assert "leeg (0 bytes)" in str(
        list(openpyxl.load_workbook("r.xlsx")["Samenvatting"].values)
    )


def test_the_report_has_each_reason_beside_its_cell(klantbeeld: Klantbeeld) -> None:
    rows = ["05/03/2024;1700;=1+1;fax;1.000;9", "06/03/2024;1700;premies;brief;10;9"]
    Path("tellingen.csv").write_text(COUNTS + "\n".join([*rows, ""]))
    words = ("check", "tellingen.csv", "--feed", "1700.contact_count")
    assert klantbeeld(*words, "--report", "verslag.xlsx").exit_code == 1
    assert Path("verslag.xlsx").stat().st_mode & 0o077 == 0
    sheet = openpyxl.load_workbook("verslag.xlsx")["Geweigerde rijen"]
    table = sheet.tables["geweigerde_rijen"]
    header, *lines = [[cell.value for cell in row] for row in sheet[table.ref]]
    (line,) = lines
    cells = dict(zip(header, line, strict=True))
    assert cells["Rij"] == 2
    assert cells["onderwerp"] == "=1+1"
    assert cells["aangeboden"] == "1.000"
    for title, word in (("kanaal", "lijst"), ("aangeboden", "geheel getal")):
        place = header.index(title)
        assert header[place + 1] == f"Reden bij {title}"
        assert word in line[place + 1]
    assert "Reden bij datum" not in header


def test_a_report_of_a_workbook_names_the_sheet(klantbeeld: Klantbeeld) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].title = "Maart"
    for row in (COUNTS.strip().split(";"), ["2024-03-05", 1700, "x", "brief", 1, None]):
        book.worksheets[0].append(row)
    book.save("tellingen.xlsx")
    words = ("check", "tellingen.xlsx", "--feed", "1700.contact_count")
    assert klantbeeld(*words, "--report", "verslag.xlsx").exit_code == 1
    sheet = openpyxl.load_workbook("verslag.xlsx")["Geweigerde rijen"]
    table = sheet.tables["geweigerde_rijen"]
    header, line = [[cell.value for cell in row] for row in sheet[table.ref]]
    cells = dict(zip(header, line, strict=True))
    assert (cells["Blad"], cells["Rij"], cells["lijn"]) == ("Maart", 2, "1700")
    assert "leeg" in cells["Reden bij beantwoord"]


@pytest.mark.parametrize(
    "words",
    [
        ("check", "absent.csv", "--feed", "vlm.complaint"),
        ("check", "here.csv", "--feed", "complaint"),
        ("check", "here.csv", "--feed", "vlm.nothing"),
        ("check", "here.csv", "--feed", "vlm.complaint", "--report", "report.csv"),
    ],
)
def test_a_dry_run_of_nothing_is_wrong_use(
    words: tuple[str, ...], klantbeeld: Klantbeeld
) -> None:
    Path("here.csv").write_text("a;b\n1;2\n")
    assert klantbeeld(*words).exit_code == 2


# -- feeds, deliveries, withdraw ------------------------------------------------


def _table(result: Result) -> list[dict[str, str]]:
    assert result.exit_code == 0, result.output
    return list(csv.DictReader(io.StringIO(result.stdout)))


def test_feeds_says_what_came_and_what_is_late(
    klantbeeld: Klantbeeld, house: Installation, feeds: dict[str, Feed]
) -> None:
    text = COUNTS + "05/03/2024;1700;premies;telefoon;10;9\n"
    place = "1700/contact_count/tellingen_2024-03.csv"
    _take_in(house, feeds["contact_count"], place, text)

    def late(on: str) -> dict[tuple[str, str], str]:
        rows = _table(klantbeeld("feeds", "--on", on, "--format", "csv"))
        return {(row["feed"], row["agency"]): row["late"] for row in rows}

    own = ("standard.contact_count", "1700")
    assert late("2024-05-31")[own] == ""
    assert late("2024-06-01")[own] == "2024-04 (due 2024-05-31)"
    assert late("2024-08-01")[own] == "2024-04 (due 2024-05-31) and 2 more"
    found = late("2024-05-04")
    assert found["vutg.fons_results", "vutg"] == "2023-H2 (due 2024-05-02)"
    # Nobody is late with a standard layout that it never delivered.
    assert found["standard.complaint", "every agency"] == ""
    rows = _table(klantbeeld("feeds", "--format", "csv"))
    (row,) = [row for row in rows if (row["feed"], row["agency"]) == own]
    assert row["until"] == "2024-03"
    assert row["due"] == "month, 31 days"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d tellingen_2024-03\.csv", row["last delivery"])


def test_what_covers_no_known_months_is_not_called_late(
    klantbeeld: Klantbeeld, house: Installation, feeds: dict[str, Feed]
) -> None:
    text = "maat;waarde;bron\nklachten_doorverwijzing;12;jaarverslag\n"
    _take_in(house, feeds["published_count"], "vlm/published_count/a.csv", text)
    rows = _table(klantbeeld("feeds", "--on", "2030-01-01", "--format", "csv"))
    (row,) = [row for row in rows if row["agency"] == "vlm"]
    assert (row["until"], row["late"]) == ("", "")


@pytest.mark.parametrize(
    ("frequency", "covered", "today", "expected"),
    [
        ("year", "2022-12-01", "2024-01-31", []),
        ("year", "2022-12-01", "2024-02-01", ["2023"]),
        ("half_year", "2023-05-01", "2024-08-01", ["2023-H1", "2023-H2", "2024-H1"]),
        ("quarter", None, "2024-05-02", ["2024-Q1"]),
        ("month", "2023-11-01", "2024-03-05", ["2023-12", "2024-01"]),
        ("month", "2030-01-01", "2024-03-05", []),
    ],
)
def test_a_period_is_late_when_its_days_are_over(
    frequency: Any, covered: str | None, today: str, expected: list[str]
) -> None:
    due = DueWords(frequency=frequency, days_after=31)
    found = late_periods(due, covered, datetime.date.fromisoformat(today))
    assert [code for code, _ in found] == expected


def test_a_withdrawn_delivery_no_longer_counts(
    klantbeeld: Klantbeeld,
    house: Installation,
    feeds: dict[str, Feed],
) -> None:
    feed = feeds["contact_count"]
    text = COUNTS + "05/03/2024;1700;premies;telefoon;{};9\n"
    first = _take_in(house, feed, "1700/contact_count/maart.csv", text.format(10))
    second = _take_in(house, feed, "1700/contact_count/maart__v2.csv", text.format(11))
    done = klantbeeld("withdraw", second, "--reason", "verkeerd\n bestand")
    assert done.exit_code == 0, done.output
    rows = {
        row["id"]: row for row in _table(klantbeeld("deliveries", "--format", "csv"))
    }
    withdrawal = next(row for row in rows.values() if row["status"] == "withdrawal")
    assert withdrawal["id"] in done.stdout
    assert withdrawal["reasons"] == "verkeerd bestand"
    assert rows[second]["status"] == "withdrawn"
    assert rows[first]["status"] == "accepted"
    assert rows[first]["rows"] == "1"
    entry = load_ledger(house.settings)[withdrawal["id"]]
    assert entry["withdraws"] == second
    assert entry["delivered_count"] == entry["accepted_count"] == 0
    assert dict(_staged(house)) == {
        first: ("accepted", False),
        second: ("accepted", True),
        withdrawal["id"]: ("withdrawal", False),
    }
    # Once is enough, and the door leaves the withdrawal alone.
    assert klantbeeld("withdraw", second, "--reason", "nog eens").exit_code == 2
    before = load_ledger(house.settings)
    assert Door(house.settings, [feed]).retake(feed) == []
    _take_in(house, feed, "1700/contact_count/april.csv", text.format(12))
    after = load_ledger(house.settings)
    assert {name: after[name] for name in before} == before


def _staged(house: Installation) -> list[tuple[str, tuple[str, bool]]]:
    """What dbt's staging makes of the ledger."""
    sql = model_sql("stg_klantbeeld__deliveries", source=lambda *_: "ledger")
    with duckdb.connect() as connection:
        connection.execute(
            "create table ledger (delivery_id varchar, reporting_agency_code varchar,"
            " feed varchar, kind varchar, counts varchar, part varchar,"
            " version_number integer,"
            " version_date date, period_code varchar, first_month date,"
            " last_month date, file_name varchar, content_hash varchar,"
            " contract_hash varchar, status varchar, withdraws varchar,"
            " is_simulated boolean, delivered_count bigint,"
            " accepted_count bigint, rejected_count bigint, reasons varchar[],"
            " notes varchar[])"
        )
        names = [column[0] for column in connection.sql("from ledger").description]
        marks = ", ".join("?" * len(names))
        for entry in load_ledger(house.settings).values():
            connection.execute(
                f"insert into ledger values ({marks})",
                [entry.get(name) for name in names],
            )
        rows = connection.sql(
            f"select delivery_id, status, is_withdrawn from ({sql})"
        ).fetchall()
    return [(name, (status, gone)) for name, status, gone in rows]


def test_only_a_delivery_can_be_withdrawn_and_with_a_reason(
    klantbeeld: Klantbeeld, house: Installation, feeds: dict[str, Feed]
) -> None:
    text = COUNTS + "05/03/2024;1700;premies;telefoon;10;9\n"
    found = _take_in(house, feeds["contact_count"], "1700/contact_count/a.csv", text)
    assert klantbeeld("withdraw", "d123", "--reason", "x").exit_code == 2
    assert klantbeeld("withdraw", found, "--reason", "  ").exit_code == 2
    assert klantbeeld("withdraw", found).exit_code == 2
    assert list(load_ledger(house.settings)) == [found]
    assert klantbeeld("withdraw", found, "--reason", "fout").exit_code == 0
    (made,) = set(load_ledger(house.settings)) - {found}
    result = klantbeeld("withdraw", made, "--reason", "toch niet")
    assert result.exit_code == 2
    assert "__v2" in result.stderr


def test_deliveries_can_be_narrowed_down(
    klantbeeld: Klantbeeld, house: Installation, feeds: dict[str, Feed]
) -> None:
    text = COUNTS + "05/03/2024;1700;premies;telefoon;10;9\n"
    _take_in(house, feeds["contact_count"], "1700/contact_count/a.csv", text)
    wrong = COUNTS + "05/03/2024;1700;premies;fax;10;9\n"
    _take_in(house, feeds["contact_count"], "vutg/contact_count/b.csv", wrong)

    def files(*words: str) -> list[tuple[str, str]]:
        rows = _table(klantbeeld("deliveries", "--format", "csv", *words))
        return [(row["file"], row["status"]) for row in rows]

    assert files() == [("a.csv", "accepted"), ("b.csv", "refused")]
    assert files("--agency", "vutg") == [("b.csv", "refused")]
    assert files("--feed", "complaint") == []


# -- the contract itself --------------------------------------------------------


def _broken(manifest: dict[str, Any], feed: str, change: Callable[[Any], None]) -> Any:
    broken = copy.deepcopy({"sources": manifest["sources"]})
    (source,) = [
        source
        for source in broken["sources"].values()
        if source["name"] == feed and "feed" in source["config"].get("meta", {})
    ]
    change(source)
    return broken


def _set_feed(**words: Any) -> Callable[[Any], None]:
    return lambda source: source["config"]["meta"]["feed"].update(words)


def _set_column(**words: Any) -> Callable[[Any], None]:
    return lambda source: source["columns"]["service_code"]["config"]["meta"].update(
        words
    )


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (_set_feed(delimeter=";"), "config.meta.feed.delimeter"),
        (_set_feed(kind="klacht"), "config.meta.feed.kind"),
        (_set_feed(due={"frequency": "week"}), "config.meta.feed.due.frequency"),
        (_set_feed(due={"frequency": "year"}), "config.meta.feed.due.days_after"),
        (_set_feed(max_rejected_share=2), "config.meta.feed.max_rejected_share"),
        (_set_feed(rows=[{"name": "x"}]), "config.meta.feed.rows.0.sql"),
        (
            _set_feed(period={"from": "file_name", "pattern": "x"}),
            "config.meta.feed.period",
        ),
        (_set_column(requird=True), "column service_code: config.meta.requird"),
        (_set_column(personal="hide"), "column service_code: config.meta.personal"),
        (_set_column(other_values="all"), "column service_code: config.meta.other"),
        *(
            (
                _set_column(personal=personal, **{word: value}),
                "column service_code: config.meta.personal",
            )
            for personal in ("pseudonymise", "scrub")
            for word, value in (
                ("codes", "channels.csv"),
                ("format", "period"),
                ("separator", "|"),
                ("printed", True),
            )
        ),
        (
            lambda source: source["columns"]["received_on"]["config"]["meta"].update(
                personal="pseudonymise"
            ),
            "column received_on: config.meta.personal",
        ),
    ],
)
def test_an_unknown_word_names_its_file_and_key(
    manifest: dict[str, Any], change: Callable[[Any], None], key: str
) -> None:
    with pytest.raises(ContractError) as error:
        load_feeds(_broken(manifest, "complaint", change))
    assert "models/staging/standard/_standard__sources.yml: standard.complaint" in str(
        error.value
    )
    assert key in str(error.value)


def test_a_list_that_does_not_exist_names_its_file_and_column(
    manifest: dict[str, Any], house: Installation
) -> None:
    broken = _broken(manifest, "complaint", _set_column(codes="kanalen"))
    (feed,) = [f for f in load_feeds(broken) if f.label == "standard.complaint"]
    with pytest.raises(ContractError, match=r"_standard__sources.*service_code.*codes"):
        load_lists(house.settings.reference, feed)


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (_set_column(pattern="(?!totaal).*"), "service_code: config.meta.pattern: Inv"),
        (
            _set_feed(rows=[{"name": "x", "sql": "servce = 'x'", "reason": "y"}]),
            'config.meta.feed.rows.0.sql: Binder Error: Referenced column "servce"',
        ),
        (
            lambda source: source["columns"]["received_on"].update(data_type="dte"),
            "column received_on: data_type: Catalog Error",
        ),
    ],
)
def test_a_pattern_rule_or_type_that_cannot_be_read_names_its_file_and_key(
    manifest: dict[str, Any],
    house: Installation,
    change: Callable[[Any], None],
    key: str,
) -> None:
    broken = load_feeds(_broken(manifest, "complaint", change))
    with pytest.raises(ContractError) as error:
        Door(house.settings, [f for f in broken if f.label == "standard.complaint"])
    assert "_standard__sources.yml: standard.complaint: " in str(error.value)
    assert key in str(error.value)


def test_every_column_of_every_feed_has_a_form(
    feeds: dict[str, Feed], house: Installation
) -> None:
    for feed in feeds.values():
        lists = load_lists(house.settings.reference, feed)
        for column in feed.columns:
            assert form_nl(feed, column, lists).strip()
