"""Tables and charts to one styled, accessible .xlsx; and the audit of such a file.

Belongs here: what a sheet looks like, what may stand in a cell, what a released
workbook may not contain. Does not belong here: which sheets there are, where rows
come from, Dagster, DuckDB or dbt (exports.py knows those).
"""

import datetime
import io
import math
import re
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, cast
from xml.etree import ElementTree

import openpyxl
import xlsxwriter
from openpyxl.utils import range_boundaries
from openpyxl.worksheet.worksheet import Worksheet as ReadWorksheet
from xlsxwriter.chart import Chart as WrittenChart
from xlsxwriter.format import Format
from xlsxwriter.packager import Packager
from xlsxwriter.utility import xl_range_abs, xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

LANGUAGE = "nl-BE"
AUTHOR = "Klantbeeld"
ONE_TABLE = "Dit werkblad bevat één tabel."
NO_TABLE = "Dit werkblad bevat geen tabel"
NOT_AVAILABLE = "[x]"
NOT_APPLICABLE = "[z]"
DATE_FORMAT = "dd/mm/yyyy"

# The same content must give the same bytes: no clock may enter the file.
CREATED = datetime.datetime(2024, 1, 1)
LONGEST_TEXT = 32_767
CUT_MARK = " [… ingekort]"
MOST_ROWS = 1_048_576
# What XML 1.0 forbids, and lone surrogates, which cannot be encoded.
FORBIDDEN_CHARACTERS = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]"
)

# Arial lies on every desktop and LibreOffice has a font of the same widths.
FONT = "Arial"
FONT_SIZE = 10
LINE_PIXELS = 17
CELL_PADDING = 12
INDENT = 9
FILTER_BUTTON = 20
NARROWEST = 44
# A text wraps beyond these widths: tried in turn until the table prints legibly.
WIDEST_TEXTS = (480, 400, 320, 260, 200, 150)
WIDEST_TABLE = 1700
PAGE_WIDTH = 1000
WIDEST_COLUMN = 1700
TALLEST_ROW = 545
CHART_SIZE = (840, 480)
# Rows under each heading of a form with several tables.
FORM_ROWS = 40
FORM_COLUMN = 130
EARLIEST_DATE = datetime.date(1900, 1, 1)
# What Excel shows when a cell is chosen is cut beyond this.
LONGEST_MESSAGE = 255
MOST_LABELS = 30

HEADER_COLOUR = "#1F3864"
LINE_COLOUR = "#BFBFBF"
GRID_COLOUR = "#E3E3E3"
LINK_COLOUR = "#0B4EA2"
# Wong's palette; the fill tells the series apart where the colour does not.
SERIES_FILLS = (
    ("#0072B2", None),
    ("#D55E00", "wide_upward_diagonal"),
    ("#009E73", "small_grid"),
    ("#E69F00", "wide_downward_diagonal"),
    ("#CC79A7", "horizontal_brick"),
    ("#56B4E9", "percent_50"),
)
MARKERS = ("circle", "square", "triangle", "diamond", "x", "plus")
DASHES = ("solid", "dash", "round_dot", "long_dash", "dash_dot", "square_dot")

# Widths of Arial in thousandths of its size, by the characters that share them.
CHARACTER_WIDTHS = {
    character: width
    for characters, width in (
        ("'", 191),
        ("ijl", 222),
        ("|", 260),
        (" !,./:;I[\\]ft", 278),
        ("()-`r{}", 333),
        ('"', 355),
        ("*", 389),
        ("^", 469),
        ("Jckszvxy", 500),
        ("#$?0123456789_Labdeghnopqu", 556),
        ("+<=>~", 584),
        ("FTZ", 611),
        ("&ABEKPSVXY", 667),
        ("CDHNRUw", 722),
        ("GOQ", 778),
        ("Mm", 833),
        ("%", 889),
        ("W", 944),
    )
    for character in characters
}


@dataclass(frozen=True)
class Column:
    """One column of a table: its title, number format and what stands for nothing."""

    header: str
    number_format: str | None = None
    empty: str = NOT_AVAILABLE


@dataclass(frozen=True)
class Formatted:
    """A number whose format differs from that of its column."""

    value: Any
    number_format: str


@dataclass(frozen=True)
class Link:
    """A text that leads to cell A1 of another sheet of the same workbook."""

    text: str
    sheet: str


@dataclass(frozen=True)
class TableSheet:
    """One sheet with one table.

    `lines` stand between the title and the table. A table without rows gets one row
    that says `when_empty`.
    """

    name: str
    title: str
    table_name: str
    columns: tuple[Column, ...]
    rows: Sequence[Sequence[Any]]
    lines: tuple[str, ...] = ()
    when_empty: str = "Geen gegevens."

    @property
    def header_row(self) -> int:
        """The row of the column titles, counted from 0."""
        return 2 + len(self.lines)


@dataclass(frozen=True)
class Series:
    """Cells of one table that are drawn in one colour; `rows` count from 0."""

    name: str
    category_column: int
    value_column: int
    rows: tuple[int, ...]


@dataclass(frozen=True)
class Chart:
    """A native chart over cells of the table on another sheet."""

    title: str
    alt_text: str
    of: str
    kind: Literal["column", "column_stacked", "bar", "bar_stacked", "line"]
    series: tuple[Series, ...]
    category_title: str
    value_title: str
    number_format: str
    value_minimum: float | None = None
    value_maximum: float | None = None


@dataclass(frozen=True)
class ChartSheet:
    """One sheet with charts; without charts the lines say why."""

    name: str
    title: str
    lines: tuple[str, ...]
    charts: tuple[Chart, ...] = ()


@dataclass(frozen=True)
class FormColumn:
    """One column to fill in: its title, what a cell may hold, what is said about it.

    `allowed` bounds numbers and dates (None: no bound on that side). `choices` counts
    the rows of another sheet's table, from 0, whose last column is the drop-down list;
    `only_choices` warns about any other value. `width` in pixels wraps the text.
    """

    header: str
    message: str
    is_required: bool = False
    number_format: str = "@"
    kind: Literal["text", "integer", "decimal", "date"] = "text"
    allowed: tuple[float | None, float | None] = (None, None)
    choices: tuple[int, int] | None = None
    only_choices: bool = True
    width: int | None = None


@dataclass(frozen=True)
class FormSheet:
    """A sheet that somebody fills in: titles, drop-down lists and what is given.

    `header_row` counts from 1. With `headings` there is one table under each of them,
    of `FORM_ROWS` rows. `lists` names the sheet whose table has the choices. `rows` are
    the first cells of each row, in a form without headings.
    """

    name: str
    columns: tuple[FormColumn, ...]
    header_row: int = 1
    headings: tuple[str, ...] = ()
    lists: str | None = None
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Document:
    """A workbook: its title, what is printed at the edges of a page, its sheets."""

    title: str
    subject: str
    header: str
    footer: str
    sheets: tuple[TableSheet | ChartSheet | FormSheet, ...]


def write_workbook(path: Path, document: Document) -> None:
    """Write the workbook; the same document always gives the same bytes.

    Raises:
        ValueError: a table has more rows than a worksheet holds.
    """
    book = _Book(
        path,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "default_format_properties": {"font_name": FONT, "font_size": FONT_SIZE},
            "default_row_height": LINE_PIXELS,
        },
    )
    book.set_properties(
        {
            "title": clean(document.title),
            "subject": clean(document.subject),
            "author": AUTHOR,
            "created": CREATED,
        }
    )
    book.set_size(2400, 1500)
    styles = _Styles(book)
    tables = {
        sheet.name: sheet for sheet in document.sheets if isinstance(sheet, TableSheet)
    }
    for sheet in document.sheets:
        worksheet = book.add_worksheet(sheet.name)
        if isinstance(sheet, FormSheet):
            _write_form(worksheet, sheet, tables, styles)
            continue
        _set_up_page(worksheet, document, sheet.title)
        worksheet.write_string(0, 0, clean(sheet.title), styles.title)
        worksheet.set_row_pixels(0, 28)
        if isinstance(sheet, TableSheet):
            _write_table(worksheet, sheet, styles)
        else:
            _write_charts(book, worksheet, sheet, tables, styles)
    book.close()


def clean(text: str) -> str:
    """The text as a cell can hold it: no control characters, a visible cut."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = FORBIDDEN_CHARACTERS.sub("", text)
    # Excel counts UTF-16 units: a character outside the basic plane is two.
    units = text.encode("utf-16-le")
    if len(units) <= 2 * LONGEST_TEXT:
        return text
    kept = units[: 2 * (LONGEST_TEXT - len(CUT_MARK))]
    return kept.decode("utf-16-le", errors="ignore") + CUT_MARK


def dutch_number(value: float, number_format: str) -> str:
    """The number as Excel shows it in Dutch: `63,60%` for 0.636 and `0.00%`."""
    decimals = len(match[1]) if (match := re.search(r"\.(0+)", number_format)) else 0
    group = "," if "#,##" in number_format else ""
    percent = "%" in number_format
    text = f"{value * 100 if percent else value:{group}.{decimals}f}"
    text = text.replace(",", " ").replace(".", ",").replace(" ", ".")
    return text + ("%" if percent else "")


# How the file is packed.


class _Packager(Packager):
    """Adds what XlsxWriter does not write: the language of document and charts."""

    def _create_package(self) -> list[tuple[Any, str, bool]]:
        return [
            (self._in_language(content, name), name, is_binary)
            for content, name, is_binary in super()._create_package()
        ]

    @staticmethod
    def _in_language(content: Any, name: str) -> Any:
        if name == "docProps/core.xml":
            end = "</cp:coreProperties>"
            language = f"<dc:language>{LANGUAGE}</dc:language>"
            return io.StringIO(content.getvalue().replace(end, language + end))
        if name.startswith("xl/charts/"):
            text = content.getvalue().replace('lang="en-US"', f'lang="{LANGUAGE}"')
            return io.StringIO(
                text.replace('<c:lang val="en-US"/>', f'<c:lang val="{LANGUAGE}"/>')
            )
        return content


class _Book(xlsxwriter.Workbook):
    def _get_packager(self) -> _Packager:
        return _Packager()


class _Styles:
    """The formats of one workbook, each made once."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._cells: dict[tuple[str | None, bool], Format] = {}
        self.title = book.add_format({"bold": True, "font_size": 15})
        self.line = book.add_format({"font_color": "#404040"})
        self.header = book.add_format(
            {
                "bold": True,
                "font_color": "#FFFFFF",
                "bg_color": HEADER_COLOUR,
                "border": 1,
                "border_color": LINE_COLOUR,
                "text_wrap": True,
                "valign": "top",
            }
        )
        self.optional_header = book.add_format(
            {
                "bg_color": GRID_COLOUR,
                "border": 1,
                "border_color": LINE_COLOUR,
                "text_wrap": True,
                "valign": "top",
            }
        )
        self.link = book.add_format(
            {
                "font_color": LINK_COLOUR,
                "underline": 1,
                "bottom": 1,
                "bottom_color": LINE_COLOUR,
                "valign": "top",
            }
        )

    def cell(self, number_format: str | None, right: bool) -> Format:
        """The format of a cell of a table."""
        key = (number_format, right)
        if key not in self._cells:
            words: dict[str, Any] = {
                "bottom": 1,
                "bottom_color": LINE_COLOUR,
                "right": 1,
                "right_color": GRID_COLOUR,
                "valign": "top",
                "align": "right" if right else "left",
                "text_wrap": not right,
                "indent": 1 if right else 0,
            }
            if number_format:
                words["num_format"] = number_format
            self._cells[key] = self._book.add_format(words)
        return self._cells[key]

    def entry(self, number_format: str, wraps: bool = False) -> Format:
        """The format of a cell that is still to be filled in."""
        words: dict[str, Any] = {"num_format": number_format, "valign": "top"}
        return self._book.add_format(words | ({"text_wrap": True} if wraps else {}))


def _set_up_page(worksheet: Worksheet, document: Document, title: str) -> None:
    worksheet.hide_gridlines(2)
    worksheet.set_landscape()
    worksheet.set_paper(9)
    worksheet.set_margins(left=0.4, right=0.4, top=0.75, bottom=0.75)
    worksheet.set_header(f"&L&8{_page_text(document.header)}&R&8{_page_text(title)}")
    worksheet.set_footer(f"&L&8{_page_text(document.footer)}&R&8Pagina &P van &N")


def _page_text(text: str) -> str:
    # A header holds 255 characters in all, and an ampersand starts a code in it.
    # A space keeps a leading digit from being read as part of the font size.
    return " " + clean(text)[:80].replace("&", "&&")


# Tables.


def _write_table(worksheet: Worksheet, sheet: TableSheet, styles: _Styles) -> None:
    lines = (ONE_TABLE, *sheet.lines)
    rows: Sequence[Sequence[Any]] = sheet.rows
    columns = sheet.columns
    if not rows:
        others = [NOT_APPLICABLE] * (len(columns) - 1)
        rows = [[sheet.when_empty, *others]]
    header_row = sheet.header_row
    if header_row + 1 + len(rows) > MOST_ROWS:
        raise ValueError(f"{sheet.name}: {len(rows)} rows do not fit on a worksheet")

    for row, line in enumerate(lines, start=1):
        worksheet.write_string(row, 0, clean(line), styles.line)
    cells = [
        [_cell(value, column) for value, column in zip(row, columns, strict=True)]
        for row in rows
    ]
    widths = _column_widths(columns, cells, lines)
    for index, width in enumerate(widths):
        worksheet.set_column_pixels(index, index, width)

    headers = [clean(column.header) for column in columns]
    worksheet.add_table(
        header_row,
        0,
        header_row + len(rows),
        len(columns) - 1,
        {
            "name": sheet.table_name,
            "style": None,
            "description": clean(sheet.title),
            "columns": [
                {"header": header, "header_format": styles.header} for header in headers
            ],
        },
    )
    header_lines = max(
        _line_count(header, width, bold=True)
        for header, width in zip(headers, widths, strict=True)
    )
    # The filter button gets a line of its own, below the words.
    worksheet.set_row_pixels(header_row, header_lines * LINE_PIXELS + FILTER_BUTTON)

    for offset, row_cells in enumerate(cells, start=1):
        row = header_row + offset
        height = 1
        for index, cell in enumerate(row_cells):
            _write_cell(worksheet, row, index, cell, styles)
            if cell.wraps:
                height = max(height, _line_count(cell.shown, widths[index]))
        if height > 1:
            pixels = min(height * LINE_PIXELS + 2, TALLEST_ROW)
            worksheet.set_row_pixels(row, pixels)

    worksheet.freeze_panes(header_row + 1, 0)
    worksheet.repeat_rows(0, header_row)
    worksheet.fit_to_pages(1, 0)


@dataclass(frozen=True)
class _Cell:
    """A value as it is written and the text that a reader sees."""

    value: str | float | datetime.datetime | Link
    shown: str
    number_format: str | None
    right: bool

    @property
    def wraps(self) -> bool:
        return isinstance(self.value, str) and not self.right


def _cell(value: Any, column: Column) -> _Cell:
    number_format = column.number_format
    if isinstance(value, Formatted):
        value, number_format = value.value, value.number_format
    right = number_format is not None
    if isinstance(value, Link):
        return _Cell(value, clean(value.text), None, right=False)
    if isinstance(value, bool):
        return _Cell("ja" if value else "nee", "nee", None, right=False)
    if isinstance(value, (int, float, Decimal)):
        number = float(value)
        if not math.isfinite(number):
            return _Cell(column.empty, column.empty, None, right)
        number_format = number_format or "General"
        shown = str(value) if number_format == "General" else ""
        shown = shown or dutch_number(number, number_format)
        return _Cell(number, shown, number_format, right=True)
    if isinstance(value, datetime.datetime):
        # A cell knows no time zone: the hour is shown as it was stored.
        return _Cell(
            value.replace(tzinfo=None), "00/00/0000 00:00", "dd/mm/yyyy hh:mm", True
        )
    if isinstance(value, datetime.date):
        midnight = datetime.datetime.combine(value, datetime.time())
        return _Cell(midnight, "00/00/0000", number_format or DATE_FORMAT, right=True)
    text = "" if value is None else clean(str(value))
    if not text.strip():
        return _Cell(column.empty, column.empty, None, right)
    # A sentence in a column of numbers (the row of an empty table) has to wrap.
    return _Cell(text, text, None, right and len(text) < 20)


def _write_cell(
    worksheet: Worksheet, row: int, column: int, cell: _Cell, styles: _Styles
) -> None:
    if isinstance(cell.value, Link):
        target = cell.value.sheet.replace("'", "''")
        worksheet.write_url(
            row, column, f"internal:'{target}'!A1", styles.link, string=cell.shown
        )
        return
    style = styles.cell(cell.number_format, cell.right)
    if isinstance(cell.value, str):
        worksheet.write_string(row, column, cell.value, style)
    elif isinstance(cell.value, datetime.datetime):
        worksheet.write_datetime(row, column, cell.value, style)
    else:
        worksheet.write_number(row, column, cell.value, style)


def _column_widths(
    columns: Sequence[Column], cells: Sequence[Sequence[_Cell]], lines: Sequence[str]
) -> list[int]:
    shown = [
        {(row[index].shown, row[index].wraps) for row in cells}
        for index in range(len(columns))
    ]
    widths: list[int] = []
    for widest in WIDEST_TEXTS:
        widths = [
            _column_width(clean(column.header), texts, widest)
            for column, texts in zip(columns, shown, strict=True)
        ]
        if sum(widths) <= WIDEST_TABLE:
            break
    # What the page still holds goes to the columns whose text wraps.
    for index, texts in enumerate(shown):
        if (spare := PAGE_WIDTH - sum(widths)) > 0:
            whole = _column_width("", texts, WIDEST_COLUMN)
            widths[index] += min(max(whole - widths[index], 0), spare)
    # The lines above the table run on over its columns: they may not run off it.
    missing = max(_pixels(line) for line in lines) + CELL_PADDING - sum(widths)
    widths[-1] += max(missing, 0)
    return widths


def _column_width(header: str, texts: set[tuple[str, bool]], widest: int) -> int:
    """Pixels for the longest word of the header and for every text, up to a limit."""
    longest = max((_pixels(word, bold=True) for word in header.split()), default=0)
    needed = [NARROWEST, longest, min(_pixels(header, bold=True) // 3, widest)]
    for text, wraps in texts:
        width = max(_pixels(line) for line in text.split("\n"))
        needed.append(min(width, widest) if wraps else width + INDENT)
        if wraps and width > widest:
            # Words stay whole; codes joined by signs may be broken.
            words = (word for word in text.split() if word.strip(".,;:?!()").isalpha())
            needed.append(max((_pixels(word) for word in words), default=0))
    width = max(needed) + CELL_PADDING
    # A row is at most 409 points tall: a longer text needs a wider column.
    while width < WIDEST_COLUMN and any(
        _line_count(text, width) * LINE_PIXELS + 2 > TALLEST_ROW
        for text, wraps in texts
        if wraps
    ):
        width = min(width * 5 // 4, WIDEST_COLUMN)
    return width


def _pixels(text: str, bold: bool = False) -> int:
    return math.ceil(_width(text, bold))


@lru_cache(maxsize=65_536)
def _width(text: str, bold: bool = False) -> float:
    """Pixels that the text takes on one line, on the safe side."""
    units = 0
    for character in text:
        if (width := CHARACTER_WIDTHS.get(character)) is None:
            base = unicodedata.normalize("NFD", character)[0]
            width = CHARACTER_WIDTHS.get(base, 1000)
        units += width
    return units / 1000 * FONT_SIZE * 96 / 72 * (1.12 if bold else 1.05)


@lru_cache(maxsize=65_536)
def _line_count(text: str, width: int, bold: bool = False) -> int:
    """Lines that the text takes in a column of so many pixels."""
    room = max(width - CELL_PADDING, 1)
    space = _width(" ", bold)
    count = 0
    for line in text.split("\n"):
        count += 1
        used = 0.0
        for word in line.split(" "):
            needed = _width(word, bold)
            # A rounding error of the sum may not cost a line.
            if used and used + space + needed <= room + 0.01:
                used += space + needed
                continue
            if used:
                count += 1
            # A word that is wider than the column is broken where it ends.
            count += max(0, math.ceil(needed / room - 0.001) - 1)
            used = needed % room if needed > room else needed
    return count


# Forms.


def _write_form(
    worksheet: Worksheet,
    sheet: FormSheet,
    tables: dict[str, TableSheet],
    styles: _Styles,
) -> None:
    for index, column in enumerate(sheet.columns):
        width = _pixels(column.header, bold=True) + CELL_PADDING
        entry = styles.entry(column.number_format, wraps=column.width is not None)
        width = column.width or max(width, FORM_COLUMN)
        worksheet.set_column_pixels(index, index, width, entry)
    row = sheet.header_row - 1
    # Codes such as 1700 are text on purpose: no green corner on them.
    last_column = len(sheet.columns) - 1
    everywhere = f"A1:{xl_rowcol_to_cell(MOST_ROWS - 1, last_column)}"
    worksheet.ignore_errors({"number_stored_as_text": everywhere})
    for heading in sheet.headings or (None,):
        if heading is not None:
            worksheet.write_string(row, 0, clean(heading), styles.title)
            row += 1
        last = row + FORM_ROWS if heading is not None else MOST_ROWS - 1
        for index, column in enumerate(sheet.columns):
            style = styles.header if column.is_required else styles.optional_header
            worksheet.write_string(row, index, clean(column.header), style)
            rule = _form_rule(column, tables[sheet.lists] if sheet.lists else None)
            worksheet.data_validation(row + 1, index, last, index, rule)
        # An empty row ends a table.
        row = last + 2
    for number, given in enumerate(sheet.rows, start=sheet.header_row):
        lines = 1
        for column, (index, text) in zip(sheet.columns, enumerate(given), strict=False):
            worksheet.write_string(number, index, clean(text))
            if column.width:
                lines = max(lines, _line_count(text, column.width))
        worksheet.set_row_pixels(number, min(lines * LINE_PIXELS, TALLEST_ROW))
    worksheet.set_landscape()
    worksheet.set_paper(9)
    worksheet.fit_to_pages(1, 0)
    if not sheet.headings:
        worksheet.freeze_panes(sheet.header_row, 0)


def _form_rule(column: FormColumn, lists: TableSheet | None) -> dict[str, Any]:
    """What Excel checks in a cell, and what it says when the cell is chosen."""
    rule: dict[str, Any] = {
        "validate": "any",
        "input_title": clean(column.header)[:32],
        "input_message": clean(column.message)[:LONGEST_MESSAGE],
        "error_title": clean(column.header)[:32],
        "error_message": clean(column.message)[:LONGEST_MESSAGE],
        "error_type": "warning",
    }
    if column.choices is not None and lists is not None:
        first, last = (lists.header_row + 1 + row for row in column.choices)
        place = len(lists.columns) - 1
        cells = xl_range_abs(first, place, last, place)
        sheet_name = lists.name.replace("'", "''")
        rule |= {"validate": "list", "source": f"='{sheet_name}'!{cells}"}
        rule |= {"show_error": column.only_choices}
    elif column.kind == "date":
        rule |= {"validate": "date", "criteria": ">=", "value": EARLIEST_DATE}
    elif column.kind != "text":
        low, high = column.allowed
        rule["validate"] = column.kind
        if low is not None and high is not None:
            rule |= {"criteria": "between", "minimum": low, "maximum": high}
        elif high is not None:
            rule |= {"criteria": "<=", "value": high}
        else:
            rule |= {"criteria": ">=", "value": -1e15 if low is None else low}
    return rule


# Charts.


def _write_charts(
    book: xlsxwriter.Workbook,
    worksheet: Worksheet,
    sheet: ChartSheet,
    tables: dict[str, TableSheet],
    styles: _Styles,
) -> None:
    for row, line in enumerate(sheet.lines, start=1):
        worksheet.write_string(row, 0, clean(line), styles.line)
    width, height = CHART_SIZE
    first = len(sheet.lines) + 2
    rows_each = math.ceil(height / LINE_PIXELS) + 2
    for index, chart in enumerate(sheet.charts):
        row = first + index * rows_each
        drawn = _draw(book, chart, tables[chart.of])
        drawn.set_size({"width": width, "height": height})
        worksheet.insert_chart(
            row, 0, drawn, {"description": clean(chart.alt_text), "object_position": 2}
        )
    # One chart a page. A chart is as wide as a page by its size: Excel ignores breaks
    # on a sheet that is fitted to pages.
    worksheet.set_h_pagebreaks(
        [first - 1 + index * rows_each for index in range(1, len(sheet.charts))]
    )


def _draw(book: xlsxwriter.Workbook, chart: Chart, table: TableSheet) -> WrittenChart:
    kind, _, stacked = chart.kind.partition("_")
    options = {"type": kind} | ({"subtype": "stacked"} if stacked else {})
    drawn = cast("WrittenChart", book.add_chart(options))
    points = sum(len(series.rows) for series in chart.series)
    for index, series in enumerate(chart.series):
        colour, pattern = SERIES_FILLS[index % len(SERIES_FILLS)]
        words: dict[str, Any] = {
            "name": clean(series.name),
            "categories": _reference(table, series.category_column, series.rows),
            "values": _reference(table, series.value_column, series.rows),
        }
        if kind == "line":
            words["line"] = {
                "color": colour,
                "width": 2.25,
                "dash_type": DASHES[index % len(DASHES)],
            }
            words["marker"] = {
                "type": MARKERS[index % len(MARKERS)],
                "size": 8,
                "fill": {"color": colour},
                "border": {"color": colour},
            }
        else:
            words["border"] = {"color": colour}
            words["gap"] = 60
            if pattern:
                words["pattern"] = {
                    "pattern": pattern,
                    "fg_color": colour,
                    "bg_color": "#FFFFFF",
                }
            else:
                words["fill"] = {"color": colour}
        if points <= MOST_LABELS:
            words["data_labels"] = {
                "value": True,
                "num_format": chart.number_format,
                "font": {"name": FONT, "size": 9},
            }
            if stacked:
                words["data_labels"]["fill"] = {"color": "#FFFFFF"}
        drawn.add_series(words)
    drawn.set_title(
        {"name": clean(chart.title), "name_font": {"name": FONT, "size": 13}}
    )
    small, bold = {"name": FONT, "size": 10}, {"name": FONT, "size": 10, "bold": True}
    categories: dict[str, Any] = {
        "name": clean(chart.category_title),
        "name_font": bold,
        "num_font": small,
    }
    numbers: dict[str, Any] = {
        "name": clean(chart.value_title),
        "name_font": bold,
        "num_font": small,
        "num_format": re.sub(r"\.0+", "", chart.number_format),
        "min": chart.value_minimum,
        "max": chart.value_maximum,
        "major_gridlines": {"visible": True, "line": {"color": GRID_COLOUR}},
    }
    if kind == "bar":
        # Of a bar chart the x axis holds the numbers; the first category comes on top.
        drawn.set_x_axis(numbers)
        drawn.set_y_axis(
            categories | {"reverse": True, "major_gridlines": {"visible": False}}
        )
    else:
        drawn.set_x_axis(categories)
        drawn.set_y_axis(numbers)
    drawn.set_legend({"position": "bottom", "font": small})
    return drawn


def _reference(table: TableSheet, column: int, rows: Sequence[int]) -> str:
    """The cells of the rows; runs of neighbours become one range."""
    name = "'" + table.name.replace("'", "''") + "'"
    first = table.header_row + 1
    runs: list[list[int]] = []
    for row in rows:
        if runs and row == runs[-1][1] + 1:
            runs[-1][1] = row
        else:
            runs.append([row, row])
    parts = [
        f"{name}!{xl_range_abs(first + start, column, first + end, column)}"
        for start, end in runs
    ]
    return "=" + (parts[0] if len(parts) == 1 else f"({','.join(parts)})")


# The audit.


def audit(path: Path) -> list[str]:
    """What is wrong with a finished workbook; an empty list releases it.

    The file is read anew, by another library than the one that wrote it, and by
    its parts: nothing that the writer believes about it is trusted.
    """
    try:
        content = path.read_bytes()
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        book = openpyxl.load_workbook(io.BytesIO(content))
    except Exception as error:  # noqa: BLE001 - whatever a reader stumbles on
        return [f"the file cannot be read: {error}"]
    findings = [*_audit_parts(parts), *_audit_properties(parts)]
    for sheet in book.worksheets:
        findings += [f"{sheet.title}: {text}" for text in _audit_sheet(sheet)]
    return findings


def _audit_parts(parts: dict[str, bytes]) -> Iterator[str]:
    for name, content in sorted(parts.items()):
        lower = name.lower()
        for word in ("externallink", "vbaproject", "activex", "embeddings", "oleobj"):
            if word in lower:
                yield f"{name}: {word} is not allowed"
        if lower.startswith(("xl/connections", "customxml/")):
            yield f"{name}: is not allowed"
        if lower.endswith(".rels") and b'TargetMode="External"' in content:
            yield f"{name}: link to outside the workbook"
        if lower.startswith("xl/worksheets/") and re.search(rb"<f[\s/>]", content):
            yield f"{name}: formula"
        if lower.startswith("xl/worksheets/") and re.search(rb'\st="e"', content):
            yield f"{name}: cell with an error value"
        if lower.startswith("xl/tables/") and b"Formula>" in content:
            yield f"{name}: column with a formula"
        if lower.startswith("xl/drawings/") and lower.endswith(".xml"):
            for element in ElementTree.fromstring(content).iter():
                is_drawing = element.tag.endswith("}cNvPr")
                if is_drawing and not element.get("descr", "").strip():
                    yield f"{name}: {element.get('name')} has no alternative text"
        if lower.startswith("xl/charts/") and b"en-US" in content:
            yield f"{name}: language is not {LANGUAGE}"


def _audit_properties(parts: dict[str, bytes]) -> Iterator[str]:
    core = ElementTree.fromstring(parts.get("docProps/core.xml", b"<none/>"))
    found = {element.tag.rpartition("}")[2]: element.text for element in core}
    if found.get("language") != LANGUAGE:
        yield f"document: language is {found.get('language')}, not {LANGUAGE}"
    if not (found.get("title") or "").strip():
        yield "document: no title"
    for name in ("creator", "lastModifiedBy"):
        if found.get(name) != AUTHOR:
            yield f"document: {name} is {found.get(name)}, not {AUTHOR}"


def _audit_sheet(sheet: ReadWorksheet) -> Iterator[str]:
    if sheet.sheet_state != "visible":
        yield "hidden sheet"
    for letter, dimension in sheet.column_dimensions.items():
        if dimension.hidden:
            yield f"column {letter} is hidden"
    for number, dimension in sheet.row_dimensions.items():
        if dimension.hidden:
            yield f"row {number} is hidden"
    for merged in str(sheet.merged_cells).split():
        yield f"merged cells {merged}"
    if not isinstance(sheet["A1"].value, str) or not sheet["A1"].value.strip():
        yield "no title in A1"
    if sheet.sheet_view.selection and any(
        selection.activeCell not in (None, "A1")
        for selection in sheet.sheet_view.selection
    ):
        yield "the cursor is not in A1"
    # The links of a contents sheet stay inside: they have a location, no target.
    for row in sheet.iter_rows():
        for cell in row:
            if cell.hyperlink is not None and cell.hyperlink.target:
                yield f"link to {cell.hyperlink.target} in {cell.coordinate}"
    yield from _audit_tables(sheet)


def _audit_tables(sheet: ReadWorksheet) -> Iterator[str]:
    second = sheet["A2"].value
    if not sheet.tables:
        if not isinstance(second, str) or not second.startswith(NO_TABLE):
            yield "no table, and A2 does not say so"
        if sheet.max_column > 1:
            yield "cells outside column A on a sheet without a table"
        return
    if len(sheet.tables) > 1:
        yield f"{len(sheet.tables)} tables on one sheet"
    if second != ONE_TABLE:
        yield f"A2 does not say '{ONE_TABLE}'"
    for table in sheet.tables.values():
        left, top, right, bottom = cast(
            "tuple[int, int, int, int]", range_boundaries(table.ref)
        )
        if left != 1:
            yield f"{table.name} does not start in column A"
        if (sheet.max_column, sheet.max_row) != (right, bottom):
            yield f"cells beside or below {table.name}"
        for row in sheet.iter_rows(top, bottom, left, right):
            for cell in row:
                if cell.value is None or not str(cell.value).strip():
                    yield f"{table.name}: {cell.coordinate} is blank"
