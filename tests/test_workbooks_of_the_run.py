"""The real workbooks of a run: complete, readable, accessible, in Dutch.

That the mechanism holds for any workbook is tested on small ones elsewhere.
"""

import re
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pytest
from conftest import Installation
from openpyxl.utils import range_boundaries
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from dagster_project.workbook import audit

NAMES = ("vutg_2023-H1_intern.xlsx", "departement-zorg_2023_intern.xlsx")
SHEETS = [
    "Voorblad",
    "Inhoud",
    "Toelichting",
    "Tevredenheid",
    "Grafiek tevredenheid",
    "NPS",
    "Evolutie",
    "Respons",
    "Klachten",
    "Uitspraken getoetst",
    "Meetinstrumenten",
    "Geplande metingen",
    "Parlementaire vraag",
    "Bevindingen",
    "Leveringen",
]
SYMBOL = re.compile(r"\[[cxzuprbe]\]")

Table = list[dict[str, Any]]


@pytest.fixture(scope="module")
def paths(house: Installation) -> dict[str, Path]:
    return house.workbooks()


@pytest.fixture(scope="module")
def books(paths: dict[str, Path]) -> dict[str, Workbook]:
    return {name: openpyxl.load_workbook(path) for name, path in paths.items()}


def table_of(sheet: Worksheet) -> Table:
    """The one table of a sheet, a dictionary a row."""
    (table,) = sheet.tables.values()
    left, top, right, bottom = range_boundaries(table.ref)
    header, *lines = sheet.iter_rows(top, bottom, left, right, values_only=True)
    return [dict(zip(header, line, strict=True)) for line in lines]


def cells(book: Workbook) -> Iterator[tuple[Worksheet, Any]]:
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                yield sheet, cell


def test_both_agencies_have_their_workbook(paths: dict[str, Path]) -> None:
    assert set(NAMES) <= set(paths)
    for name in NAMES:
        assert paths[name].parent.name == name.split("_")[0]


def test_no_agency_without_figures_has_a_workbook(paths: dict[str, Path]) -> None:
    agencies = {name.split("_")[0] for name in paths}
    assert not agencies & {
        "azg",
        "departement-wvg",
        "vlaamse-ombudsdienst",
        "vlaamse-overheid",
    }


def test_every_workbook_passes_the_audit(paths: dict[str, Path]) -> None:
    assert {name: audit(path) for name, path in paths.items()} == dict.fromkeys(
        paths, []
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_sheets_are_those_of_the_standard_workbook(
    books: dict[str, Workbook], name: str
) -> None:
    assert books[name].sheetnames == SHEETS


@pytest.mark.parametrize("name", NAMES)
def test_every_sheet_has_a_title_and_one_table_without_merged_or_blank_cells(
    books: dict[str, Workbook], name: str
) -> None:
    for sheet in books[name].worksheets:
        assert isinstance(sheet["A1"].value, str), sheet.title
        assert sheet["A1"].value.strip()
        assert not sheet.merged_cells.ranges
        if sheet.title == "Grafiek tevredenheid":
            assert not sheet.tables
            continue
        rows = table_of(sheet)
        assert rows, sheet.title
        blank = [row for row in rows for value in row.values() if value in (None, "")]
        assert not blank, sheet.title


@pytest.mark.parametrize("name", NAMES)
def test_every_symbol_that_is_used_is_explained(
    books: dict[str, Workbook], name: str
) -> None:
    used = {
        cell.value
        for sheet, cell in cells(books[name])
        if sheet.title != "Toelichting"
        and isinstance(cell.value, str)
        and SYMBOL.fullmatch(cell.value)
    }
    explained = {
        row["Symbool, begrip of kolom"] for row in table_of(books[name]["Toelichting"])
    }
    assert used
    assert used <= explained


@pytest.mark.parametrize("name", NAMES)
def test_every_code_that_is_shown_is_explained(
    books: dict[str, Workbook], name: str
) -> None:
    explained = {
        row["Symbool, begrip of kolom"] for row in table_of(books[name]["Toelichting"])
    }
    # Columns with codes of the house itself, several of them joined by a bar.
    coded = ("Perimeter", "Basis", "Oordeel", "Aandachtspunten", "Redenen", "Bewering")
    unexplained = {
        (sheet.title, column, code)
        for sheet in books[name].worksheets
        if sheet.tables and sheet.title not in ("Leveringen", "Toelichting")
        for row in table_of(sheet)
        for column in coded
        for code in str(row.get(column, "geen")).split("|")
        if re.fullmatch(r"[a-z_]+", code) and code not in explained | {"geen"}
    }
    assert not unexplained


@pytest.mark.parametrize("name", NAMES)
def test_the_language_is_dutch_of_belgium(paths: dict[str, Path], name: str) -> None:
    with zipfile.ZipFile(paths[name]) as archive:
        core = ElementTree.fromstring(archive.read("docProps/core.xml"))
        charts = [
            archive.read(part).decode()
            for part in archive.namelist()
            if part.startswith("xl/charts/chart")
        ]
    (language,) = [part.text for part in core.iter() if part.tag.endswith("}language")]
    assert language == "nl-BE"
    for chart in charts:
        assert set(re.findall(r'lang="([^"]+)"', chart)) <= {"nl-BE"}


def test_the_charts_have_an_alternative_text(paths: dict[str, Path]) -> None:
    with zipfile.ZipFile(paths["vutg_2023-H1_intern.xlsx"]) as archive:
        texts = [
            element.get("descr", "")
            for part in archive.namelist()
            if part.startswith("xl/drawings/drawing")
            for element in ElementTree.fromstring(archive.read(part)).iter()
            if element.tag.endswith("}cNvPr")
        ]
    # One a channel; of computed figures half-years and years.
    assert len(texts) == 2 + 2 * 2
    for text in texts:
        assert len(text) > 40
        assert "2023-H1" in text or "2023" in text


def test_the_satisfaction_sheet_shows_the_printed_figures_as_numbers(
    books: dict[str, Workbook],
) -> None:
    rows = [
        row
        for row in table_of(books["vutg_2023-H1_intern.xlsx"]["Tevredenheid"])
        if (row["Perimeter"], row["Basis"]) == ("current", "published")
    ]
    assert len(rows) == 16
    (row,) = [
        row
        for row in rows
        if (row["Kanaal"], row["Aspect"], row["Periode"])
        == ("telefoon", "aandacht", "2023-H1")
    ]
    assert (row["Tevreden"], row["Neutraal"], row["Ontevreden"]) == (
        0.6805,
        0.0728,
        0.2767,
    )
    assert (row["Score op 5"], row["Aantal antwoorden"]) == (3.71, "[x]")
    assert "sum_deviation" in row["Aandachtspunten"]


def test_the_complaint_sheet_of_departement_zorg_shows_its_predecessors_too(
    books: dict[str, Workbook],
) -> None:
    rows = table_of(books["departement-zorg_2023_intern.xlsx"]["Klachten"])
    own = {
        row["Periode"]: row["Ontvangen"]
        for row in rows
        if (row["Entiteit"], row["Perimeter"], row["Basis"])
        == ("departement-zorg", "as_reported", "published")
    }
    assert own == {"2021": 142, "2022": 159, "2023": 127}
    assert "departement-wvg" in {row["Entiteit"] for row in rows}
    assert "vlm" not in {row["Entiteit"] for row in rows}


@pytest.mark.parametrize("name", NAMES)
def test_the_parliamentary_sheet_answers_32_questions(
    books: dict[str, Workbook], name: str
) -> None:
    rows = table_of(books[name]["Parlementaire vraag"])
    assert len(rows) == 32
    assert all(len(str(row["Antwoord"])) > 10 for row in rows)


def test_an_agency_without_a_satisfaction_figure_is_told_so(
    paths: dict[str, Path],
) -> None:
    book = openpyxl.load_workbook(paths["vlm_2018_intern.xlsx"])
    rows = table_of(book["Tevredenheid"])
    assert len(rows) == 1
    assert "niet gemeten" in str(next(iter(rows[0].values()))).lower()


def test_no_cell_holds_a_formula_or_an_error(books: dict[str, Workbook]) -> None:
    for book in books.values():
        for sheet, cell in cells(book):
            assert cell.data_type not in ("f", "e"), f"{sheet.title}!{cell.coordinate}"


def test_libreoffice_opens_every_workbook(
    soffice: str, paths: dict[str, Path], tmp_path: Path
) -> None:
    process = subprocess.run(
        [
            soffice,
            f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}",
            "--headless",
            *("--convert-to", "pdf", "--outdir", str(tmp_path)),
            *(str(path) for path in paths.values()),
        ],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    for name in paths:
        pdf = (tmp_path / name).with_suffix(".pdf").read_bytes()
        assert pdf.startswith(b"%PDF-")
        assert len(re.findall(rb"/Type\s*/Page\b", pdf)) >= len(SHEETS), name
