"""The workbook that an agency pulls: declared, safe, accessible, the same every time.

Runs on a publication of a few rows and a manifest of its own, so that it says
whether the mechanism holds; the sheets of the real workbooks are tested on the
real publication.
"""

import copy
import datetime
import zipfile
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
import xlsxwriter

from dagster_project import exports, workbook

DIMENSIONS = {
    "dim_agency": {
        "agency_code": "varchar",
        "name_nl": "varchar",
        "short_name_nl": "varchar",
        "brand": "varchar",
        "agency_type": "varchar",
        "is_current": "boolean",
    },
    "dim_agency_event": {
        "event_type": "varchar",
        "predecessor_code": "varchar",
        "successor_code": "varchar",
    },
    "dim_period": {
        "period_code": "varchar",
        "period_grain": "varchar",
        "period_start": "date",
        "period_end": "date",
    },
}
KEY = {
    "agency_code": "varchar",
    "is_simulated": "boolean",
    "channel_code": "varchar",
    "period_grain": "varchar",
    "period_code": "varchar",
}
MARTS = {
    "mart_satisfaction": KEY
    | {
        "aspect_code": "varchar",
        "answer_count": "bigint",
        "satisfied_share": "double",
        "measured_on": "date",
        "flags": "varchar",
        "source": "varchar",
    },
    "mart_nps": KEY | {"nps": "double"},
    "mart_complaints": KEY | {"received_count": "bigint"},
    "mart_response": KEY | {"rr1": "double"},
}
AGENCIES = [
    ("vutg", "Vlaams Agentschap", "VUTG", "FONS", "agency", True),
    ("departement-zorg", "Departement Zorg", None, None, "agency", True),
    ("departement-wvg", "Departement WVG", None, None, "agency", False),
    ("azg", "Agentschap Zorg en Gezondheid", "AZG", None, "agency", False),
    ("vlm", "Vlaamse Landmaatschappij", "VLM", None, "agency", True),
    ("vlaamse-overheid", "Vlaamse overheid", None, None, "government", True),
]
EVENTS = [
    ("merger", "departement-wvg", "departement-zorg"),
    ("rename", "azg", "departement-wvg"),
    ("transfer", "vlm", "departement-zorg"),
]
PERIODS = [
    ("2022-H2", "half_year", "2022-07-01", "2022-12-31"),
    ("2023-H1", "half_year", "2023-01-01", "2023-06-30"),
    ("2023-Q2", "quarter", "2023-04-01", "2023-06-30"),
    ("2023", "year", "2023-01-01", "2023-12-31"),
]
SHARES = {
    ("mail", "2022-H2", "snelheid"): 0.7147,
    ("mail", "2022-H2", "aandacht"): 0.7573,
    ("mail", "2023-H1", "snelheid"): 0.636,
    ("mail", "2023-H1", "aandacht"): 0.7184,
    ("telefoon", "2022-H2", "snelheid"): 0.5277,
    ("telefoon", "2023-H1", "snelheid"): 0.5496,
    ("telefoon", "2023-H1", "aandacht"): 0.6805,
}
HASH = "9f2c" * 16
WORDS: dict[str, Any] = {
    "suffix": "intern",
    "symbols": {"[x]": "Niet beschikbaar.", "[z]": "Niet van toepassing."},
    "terms": {"alle": "Zonder onderscheid."},
    "sheets": [
        {
            "kind": "cover",
            "name": "Voorblad",
            "title": "Intern werkboek",
            "table": "voorblad",
            "purpose": "Alle eigen cijfers.",
            "contact": "Het datateam.",
            "next_release": "Op 1 maart.",
            "method": ["Zoals gedrukt.", "Vaste regel.", "Getoetst."],
        },
        {"kind": "contents", "name": "Inhoud", "title": "Inhoud", "table": "inhoud"},
        {"kind": "notes", "name": "Uitleg", "title": "Uitleg", "table": "uitleg"},
        {
            "kind": "table",
            "name": "Tevredenheid",
            "title": "Tevredenheid",
            "table": "tevredenheid",
            "mart": "mart_satisfaction",
            "leave_out": ["period_grain"],
            "where": "agency_code in (select agency_code from agency_and_predecessors)",
            "order": ["channel_code", "period_code", "aspect_code desc"],
            "empty": {"flags": "geen", "answer_count": "[z]"},
            "when_empty": "Niet gemeten of niet gedeeld: geen cijfers.",
        },
        {
            "kind": "charts",
            "name": "Grafiek",
            "title": "Tevreden per aspect",
            "of": "Tevredenheid",
            "only": {"agency_code": "$agency"},
            "per": ["channel_code"],
            "series": "period_code",
            "last_series": 2,
            "category": "aspect_code",
            "values": ["satisfied_share"],
            "chart_title": "Tevreden per aspect: {channel_code}",
            "alt_text": "Kolommen per aspect voor {channel_code}.",
            "category_title": "Aspect",
            "value_title": "Aandeel",
            "value_minimum": 0,
            "value_maximum": 1,
            "when_empty": "niet gemeten of niet gedeeld",
        },
        {
            "kind": "table",
            "name": "Klachten",
            "title": "Klachten",
            "table": "klachten",
            "mart": "mart_complaints",
            "columns": ["agency_code", "period_code", "received_count"],
            "where": "agency_code in (select agency_code from agency_and_predecessors)",
            "when_empty": "Niet gemeten of niet gedeeld: geen klachten bekend.",
        },
    ],
}


def make_manifest(words: dict[str, Any]) -> dict[str, Any]:
    nodes = {
        f"model.klantbeeld.{mart}": {
            "name": mart,
            "columns": {
                name: {
                    "name": name,
                    "data_type": data_type,
                    "description": f"Uitleg van {name}.",
                    "config": {"meta": {"header": name.replace("_", " ").title()}},
                }
                for name, data_type in columns.items()
            },
        }
        for mart, columns in MARTS.items()
    }
    exposure = {
        "name": "agency_workbook",
        "label": "Klantbeeld",
        "owner": {"name": "Klantbeeld datateam", "email": None},
        "config": {"meta": {"workbook": words}},
        "depends_on": {"nodes": list(nodes)},
    }
    return {"nodes": nodes, "exposures": {"exposure.klantbeeld.agency": exposure}}


def insert(
    connection: duckdb.DuckDBPyConnection, table: str, rows: list[tuple[Any, ...]]
) -> None:
    places = ", ".join("?" * len(rows[0]))
    connection.executemany(f"insert into {table} values ({places})", rows)


@pytest.fixture(scope="module")
def publication(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("publication") / "klantbeeld.duckdb"
    with duckdb.connect(str(path)) as connection:
        for table, columns in (DIMENSIONS | MARTS).items():
            typed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
            connection.execute(f"create table {table} ({typed})")
        insert(connection, "dim_agency", AGENCIES)
        insert(connection, "dim_agency_event", EVENTS)
        insert(connection, "dim_period", PERIODS)
        key = ("vutg", False)
        insert(
            connection,
            "mart_satisfaction",
            [
                (*key, channel, "half_year", period, aspect, None, share)
                + (datetime.date(2023, 6, 30), "", "=SV 196 & bijlage")
                for (channel, period, aspect), share in SHARES.items()
            ],
        )
        insert(connection, "mart_nps", [(*key, "alle", "quarter", "2023-Q2", 22.95)])
        insert(
            connection,
            "mart_complaints",
            [
                ("departement-zorg", False, "alle", "year", "2023", 127),
                ("departement-wvg", False, "alle", "year", "2023", 12),
                ("azg", True, "alle", "year", "2023", 7),
                ("vlm", False, "alle", "year", None, 31),
                ("vlaamse-overheid", False, "alle", "year", "2023", 9),
            ],
        )
    return path


def export(
    publication: Path, folder: Path, agency: str = "vutg", **words: object
) -> Path:
    manifest = make_manifest(WORDS | words)
    (declared,) = exports.load_workbooks(manifest)
    with duckdb.connect(str(publication), read_only=True) as connection:
        return exports.export_agency(
            connection,
            declared,
            manifest,
            agency,
            {"id": "1-9f2c", "content_hash": HASH, "status": "provisional"},
            folder,
        )


def values(sheet: Any, first_row: int) -> list[tuple[Any, ...]]:
    return list(sheet.iter_rows(min_row=first_row, values_only=True))


def test_agencies_are_current_and_have_figures_of_their_own(publication: Path) -> None:
    with duckdb.connect(str(publication), read_only=True) as connection:
        found = exports.agencies_with_figures(connection)

    assert [(a.agency_code, a.last_period_code) for a in found] == [
        ("departement-zorg", "2023"),
        ("vlm", None),
        # A quarter is finer than the half-year that ends on the same day.
        ("vutg", "2023-Q2"),
    ]


def test_file_is_named_for_agency_last_period_and_workbook(
    publication: Path, tmp_path: Path
) -> None:
    path = export(publication, tmp_path)

    assert path == tmp_path / "1-9f2c" / "vutg" / "vutg_2023-Q2_intern.xlsx"
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert export(publication, tmp_path, "vlm").name == "vlm_zonder-periode_intern.xlsx"


def test_same_content_gives_same_bytes(publication: Path, tmp_path: Path) -> None:
    first = export(publication, tmp_path / "a")
    second = export(publication, tmp_path / "b")

    assert first.read_bytes() == second.read_bytes()


def test_cells_hold_what_they_are(publication: Path, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(export(publication, tmp_path))
    sheet = book["Tevredenheid"]
    header, first, *others = values(sheet, 4)

    assert sheet["A1"].value == "Tevredenheid: VUTG"
    assert sheet["A2"].value == "Dit werkblad bevat één tabel."
    assert header[:4] == ("Agency Code", "Is Simulated", "Channel Code", "Period Code")
    assert "Period Grain" not in header
    assert first == (
        "vutg",
        "nee",
        "mail",
        "2022-H2",
        "snelheid",
        "[z]",
        0.7147,
        datetime.datetime(2023, 6, 30),
        "geen",
        "=SV 196 & bijlage",
    )
    assert len(others) == len(SHARES) - 1
    assert [sheet.cell(5, column).number_format for column in (7, 8)] == [
        "0.00%",
        "dd/mm/yyyy",
    ]
    assert sheet.cell(5, 10).data_type == "s"
    assert all(value not in (None, "") for row in [first, *others] for value in row)
    assert list(sheet.tables) == ["tevredenheid"]
    assert sheet.tables["tevredenheid"].ref == f"A4:J{4 + len(SHARES)}"
    assert sheet.freeze_panes == "A5"
    assert sheet.print_title_rows == "$1:$4"


def test_cover_and_notes_say_what_the_figures_are(
    publication: Path, tmp_path: Path
) -> None:
    book = openpyxl.load_workbook(export(publication, tmp_path))
    cover = dict(values(book["Voorblad"], 4))
    notes = values(book["Uitleg"], 4)

    assert cover["Entiteit"] == "Vlaams Agentschap"
    assert cover["Periode van de cijfers"] == "2022-H2 tot en met 2023-Q2"
    assert cover["Laatste geleverde periode"] == "2023-Q2"
    assert cover["Status"] == "voorlopig"
    assert cover["Inhoud van de cijfers"] == HASH
    assert cover["Methode"] == "Zoals gedrukt. Vaste regel. Getoetst."
    assert ("Alle", "[x]", "Niet beschikbaar.") in notes
    assert ("Klachten", "Received Count", "Uitleg van received_count.") in notes
    links = [row[0].hyperlink.location for row in book["Inhoud"].iter_rows(min_row=4)]
    assert links[0] == "'Voorblad'!A1"
    assert book.properties.title == "Klantbeeld: VUTG, 2023-Q2"
    assert book.properties.creator == "Klantbeeld"
    assert book.properties.language == "nl-BE"


def test_charts_read_the_cells_of_the_table(publication: Path, tmp_path: Path) -> None:
    path = export(publication, tmp_path)
    book = openpyxl.load_workbook(path)
    mail, phone = book["Grafiek"]._charts
    table = book["Tevredenheid"]

    assert book["Grafiek"]["A2"].value.startswith("Dit werkblad bevat geen tabel: de")
    assert [series.val.numRef.f for series in mail.series] == [
        "'Tevredenheid'!$G$5:$G$6",
        "'Tevredenheid'!$G$7:$G$8",
    ]
    assert [table["G7"].value, table["G8"].value] == [0.636, 0.7184]
    # Aandacht by phone was measured once: it is not drawn, and the sheet says so.
    assert phone.series[1].val.numRef.f == "'Tevredenheid'!$G$10"
    assert "aandacht" in book["Grafiek"]["A3"].value
    with zipfile.ZipFile(path) as archive:
        drawing = archive.read("xl/drawings/drawing1.xml").decode()
        chart = archive.read("xl/charts/chart1.xml").decode()
    assert "Kolommen per aspect voor mail. 2022-H2: snelheid 71,47%" in drawing
    assert "en-US" not in chart


def test_predecessors_that_ended_are_shown_under_their_own_code(
    publication: Path, tmp_path: Path
) -> None:
    book = openpyxl.load_workbook(export(publication, tmp_path, "departement-zorg"))
    rows = values(book["Klachten"], 6)

    assert rows == [
        ("azg", "2023", 7),
        ("departement-wvg", "2023", 12),
        ("departement-zorg", "2023", 127),
    ]
    # One of the predecessors' rows comes from the simulator.
    assert "gesimuleerde" in book["Klachten"]["A4"].value
    cover = dict(values(book["Voorblad"], 4))
    assert cover["Voorgangers"] == "Agentschap Zorg en Gezondheid, Departement WVG"
    assert cover["Gesimuleerde gegevens"] == "Op: Klachten."


def test_empty_sheet_stays_and_says_why(publication: Path, tmp_path: Path) -> None:
    path = export(publication, tmp_path, "departement-zorg")
    book = openpyxl.load_workbook(path)

    (row,) = values(book["Tevredenheid"], 5)
    assert row[0] == "Niet gemeten of niet gedeeld: geen cijfers."
    assert set(row[1:]) == {"[z]"}
    assert book["Grafiek"]["A2"].value == (
        "Dit werkblad bevat geen tabel: niet gemeten of niet gedeeld."
    )
    assert workbook.audit(path) == []


def test_one_failing_agency_is_named_and_stops_nobody(
    publication: Path, tmp_path: Path
) -> None:
    manifest = make_manifest(WORDS)
    with duckdb.connect(str(publication), read_only=True) as connection:
        report = exports.export_workbooks(
            connection,
            exports.load_workbooks(manifest),
            manifest,
            {"id": "1", "content_hash": HASH},
            tmp_path,
            ["azg", "vlm"],
        )

    assert [path.parent.name for path in report.written] == ["vlm"]
    assert report.failed == {
        "azg": "agency_workbook: azg: no figures in publication 1",
    }


def test_finding_of_the_audit_leaves_no_file(
    publication: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "audit", lambda path: ["Klachten: hidden sheet"])

    with pytest.raises(exports.ExportError, match="not released: Klachten: hidden"):
        export(publication, tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"colums": ["nps"]}, "sheets.3.table.colums"),
        ({"mart": "mart_unknown"}, "sheet Tevredenheid: mart: .* mart_unknown"),
        ({"leave_out": ["nps"]}, "mart_satisfaction has no nps"),
        ({"empty": {"nps": "[z]"}}, "empty: no column nps"),
        ({"empty": {"flags": "[q]"}}, r"symbol \[q\] is not explained"),
        ({"name": "Klachten"}, "'klachten' is used twice"),
        ({"name": "Tevredenheid per kanaal en aspect"}, "sheets.3.table.name"),
    ],
)
def test_error_in_declaration_names_exposure_and_key(
    change: dict[str, Any], message: str
) -> None:
    words = copy.deepcopy(WORDS)
    words["sheets"][3] |= change

    with pytest.raises(exports.DeclarationError, match=message) as caught:
        exports.load_workbooks(make_manifest(words))
    assert str(caught.value).startswith("exposure agency_workbook: ")


def test_error_in_sql_names_exposure_and_sheet(
    publication: Path, tmp_path: Path
) -> None:
    sheets = copy.deepcopy(WORDS["sheets"])
    sheets[3]["where"] = "agency = $agency"

    with pytest.raises(exports.ExportError, match="agency_workbook: sheet Tevreden"):
        export(publication, tmp_path, sheets=sheets)


@pytest.mark.parametrize(
    ("name", "data_type", "expected"),
    [
        ("satisfied_share_low", "double", "0.00%"),
        ("within_45_days_count", "bigint", "#,##0"),
        ("mean_score_5", "double", "0.00"),
        ("mean_score_100", "decimal(5, 2)", "0.0"),
        ("p_value_holm", "double", "0.000"),
        ("nps", "double", "0.00"),
        ("results_expected_on", "date", "dd/mm/yyyy"),
        ("channel_code", "varchar", None),
    ],
)
def test_number_format_follows_type_and_name(
    name: str, data_type: str, expected: str | None
) -> None:
    assert exports.number_format(name, data_type) == expected


def write(path: Path, *cells: object) -> Path:
    table = workbook.TableSheet(
        name="Blad",
        title="Titel",
        table_name="tabel",
        columns=(workbook.Column("Waarde"),),
        rows=[[cell] for cell in cells],
    )
    document = workbook.Document("Titel", "", "", "", (table,))
    workbook.write_workbook(path, document)
    return path


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("=1+1", "=1+1"),
        ("+1", "+1"),
        ("-1", "-1"),
        ("@som", "@som"),
        ("{=1+1}", "{=1+1}"),
        ("http://voorbeeld.test", "http://voorbeeld.test"),
        ("007", "007"),
        ("#N/A", "#N/A"),
        ("a\x00\x1b\x0bb\ud800", "ab"),
        ("  ", "[x]"),
        (float("nan"), "[x]"),
        (None, "[x]"),
        (True, "ja"),
        (12, 12),
        ("x" * 40_000, "x" * 32_754 + " [… ingekort]"),
    ],
)
def test_nothing_in_a_cell_comes_to_life(
    given: object, stored: object, tmp_path: Path
) -> None:
    path = write(tmp_path / "cel.xlsx", given)

    cell = openpyxl.load_workbook(path)["Blad"]["A4"]
    assert cell.value == stored
    assert cell.data_type == ("n" if isinstance(stored, int) else "s")
    assert workbook.audit(path) == []


def test_long_text_gets_the_room_it_needs(tmp_path: Path) -> None:
    path = write(tmp_path / "lang.xlsx", "een zin van enkele woorden " * 60, "kort")
    sheet = openpyxl.load_workbook(path)["Blad"]

    assert sheet.row_dimensions[4].height > 60
    assert sheet.row_dimensions[5].height is None
    assert sheet.column_dimensions["A"].width > 60


def plant(path: Path, fault: str) -> None:
    book = openpyxl.load_workbook(path)
    sheet = book["Klachten"]
    match fault:
        case "formula":
            sheet["C5"] = "=1+1"
        case "merged":
            sheet.merge_cells("A1:B1")
        case "hidden":
            sheet.sheet_state = "hidden"
        case "link":
            sheet["A5"].hyperlink = "https://voorbeeld.test"
        case "blank":
            sheet["B5"] = None
        case "title":
            sheet["A1"] = None
        case "beside":
            sheet["E9"] = "los"
        case "language":
            book.properties.language = "en-US"
        case "author":
            book.properties.creator = "iemand"
        case "alternative":
            pass
    # openpyxl writes charts back without their alternative text.
    book.save(path)


@pytest.mark.parametrize(
    ("fault", "finding"),
    [
        ("formula", "xl/worksheets/sheet6.xml: formula"),
        ("merged", "Klachten: merged cells A1:B1"),
        ("hidden", "Klachten: hidden sheet"),
        ("link", "link to outside the workbook"),
        ("blank", "Klachten: klachten: B5 is blank"),
        ("title", "Klachten: no title in A1"),
        ("beside", "Klachten: cells beside or below klachten"),
        ("language", "document: language is en-US, not nl-BE"),
        ("author", "document: creator is iemand, not Klantbeeld"),
        ("alternative", "has no alternative text"),
    ],
)
def test_audit_sees_planted_fault(
    fault: str, finding: str, publication: Path, tmp_path: Path
) -> None:
    path = export(publication, tmp_path)
    assert workbook.audit(path) == []

    plant(path, fault)

    assert any(finding in found for found in workbook.audit(path))


def test_audit_sees_link_to_another_workbook(tmp_path: Path) -> None:
    path = write(tmp_path / "werkboek.xlsx", 1)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/externalLinks/externalLink1.xml", "<externalLink/>")
        archive.writestr("xl/vbaProject.bin", b"")

    findings = workbook.audit(path)

    assert "xl/externalLinks/externalLink1.xml: externallink is not allowed" in findings
    assert "xl/vbaProject.bin: vbaproject is not allowed" in findings


def test_audit_refuses_what_it_cannot_read(tmp_path: Path) -> None:
    path = tmp_path / "kapot.xlsx"
    path.write_bytes(b"geen werkboek")

    assert "cannot be read" in workbook.audit(path)[0]


def test_audit_refuses_a_sheet_without_a_table(tmp_path: Path) -> None:
    path = tmp_path / "los.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Blad").write_string(0, 0, "Titel")

    assert "Blad: no table, and A2 does not say so" in workbook.audit(path)
