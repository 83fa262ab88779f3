"""From a delivered workbook (.xlsx, .xlsm) to rows of text.

Belongs here: the look into the zip before anything is parsed, what the two halves of a
workbook say about a cell (its value, and how it is shown), sheets and their blocks.
Does not belong here: anything about other formats (reading.py).

Values come from calamine, which is fast but gives nothing for an error cell or for a
formula that was never computed, and does not say that a number is shown as a
percentage. A search through the bytes of the sheet tells whether it has any of these;
only then is its XML read a second time for them.
"""

import datetime
import functools
import posixpath
import re
import zipfile
import zlib
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, BinaryIO
from xml.parsers import expat

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
    ZipError,
)

from dagster_project.reading import (
    BAD_ROW_REASONS,
    HEADER_SEARCH_ROWS,
    MAX_CELL,
    MAX_COLUMNS,
    MAX_RECORD,
    MAX_UNPACKED,
    RATIO_FROM,
    Block,
    Request,
    TextTable,
    Titles,
    match_titles,
    number_text,
    place_of,
    plain,
    shown_title,
)

MAX_PARTS = 5_000
# Up to here the shortest way to write a whole number has all its figures.
MAX_WHOLE = 1e15
MAX_PART_RATIO = 150
NOT_COMPUTED = "#FORMULE_ZONDER_WAARDE"
UNKNOWN_ERROR = "#VALUE!"
BUILT_IN_PERCENT = (9, 10)

Cell = Any


def is_workbook(stream: BinaryIO, request: Request) -> bool:
    """Look at the directory of a zip; whether it says that it is a workbook.

    Raises:
        Unreadable: it is damaged, protected, or not what it seems.
    """
    try:
        archive = zipfile.ZipFile(stream)
        parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise request.refuse(
            "is beschadigd of niet volledig aangekomen.", "damaged"
        ) from error
    names = [part.filename for part in parts]
    if len(parts) > MAX_PARTS:
        raise request.refuse("bestaat uit te veel onderdelen.", "too_many_parts")
    if len({name.lower() for name in names}) != len(names):
        raise request.refuse("bevat een onderdeel dat er twee keer in zit.", "twice")
    if any(map(_leaves_the_file, names)):
        raise request.refuse(
            "bevat een onderdeel met een naam die buiten het bestand wijst.",
            "traversal",
        )
    if any(part.flag_bits & 1 for part in parts):
        raise request.refuse("is met een wachtwoord beveiligd.", "password")
    if sum(part.file_size for part in parts) > MAX_UNPACKED or any(
        part.file_size > RATIO_FROM
        and part.file_size > MAX_PART_RATIO * max(part.compress_size, 1)
        for part in parts
    ):
        raise request.refuse(
            "pakt uit tot veel meer dan het zelf groot is (zipbom?).", "zip_bomb"
        )
    stream.seek(0)
    return "[Content_Types].xml" in names and "xl/workbook.xml" in names


def _leaves_the_file(name: str) -> bool:
    return (
        name.startswith("/")
        or "\\" in name
        or "\0" in name
        or ".." in name.split("/")
        or name[1:2] == ":"
    )


def read_workbook(stream: BinaryIO, request: Request) -> dict[str, Any]:
    """Read one sheet of a workbook.

    Raises:
        Unreadable: the delivery is refused as a whole.
    """
    try:
        with zipfile.ZipFile(stream) as archive:
            for part in archive.infolist():
                if part.filename.lower().endswith((".xml", ".rels", ".vml")):
                    with archive.open(part) as xml:
                        _refuse_declarations(xml.read(4096), request)
            stream.seek(0)
            workbook = CalamineWorkbook.from_filelike(stream)
            name = _choose_sheet(workbook, request)
            sheet = workbook.get_sheet_by_name(name)
            marks = _Marks(archive, name, request)
            grid = _Grid(sheet, marks, request)
    except PasswordError as error:
        raise request.refuse("is met een wachtwoord beveiligd.", "password") from error
    except (
        CalamineError,
        ZipError,
        zipfile.BadZipFile,
        zlib.error,
        expat.ExpatError,
        EOFError,
        NotImplementedError,
        OSError,
        KeyError,
        ValueError,
    ) as error:
        raise request.refuse("is een beschadigde Excel-werkmap.", "damaged") from error
    return _SheetReader(grid, name, request).read()


def _refuse_declarations(head: bytes, request: Request) -> None:
    if (
        b"<!DOCTYPE" in head
        or b"<!ENTITY" in head
        or head.startswith((b"\xff\xfe", b"\xfe\xff"))
        or b"\0" in head
    ):
        raise request.refuse(
            "bevat XML met eigen declaraties of een vreemde codering.", "declarations"
        )


def _choose_sheet(workbook: CalamineWorkbook, request: Request) -> str:
    sheets = [
        sheet
        for sheet in workbook.sheets_metadata
        if sheet.typ == SheetTypeEnum.WorkSheet
    ]
    hidden = [s.name for s in sheets if s.visible != SheetVisibleEnum.Visible]
    wanted = request.layout.sheet
    chosen = None
    if wanted is None:
        chosen = next((s.name for s in sheets if s.name not in hidden), None)
    else:
        names = [sheet.name for sheet in sheets]
        same = [name for name in names if plain(name) == plain(wanted)]
        chosen = wanted if wanted in names else next(iter(same), None)
    if chosen is None:
        found = ", ".join(shown_title(sheet.name) for sheet in sheets) or "geen"
        what = f"het werkblad {wanted}" if wanted else "een zichtbaar werkblad"
        raise request.refuse(f"mist {what}. Gevonden werkbladen: {found}.", "sheet")
    if chosen in hidden:
        request.notes.append(f"het werkblad {shown_title(chosen)} is verborgen")
    skipped = [shown_title(name) for name in hidden if name != chosen]
    if skipped:
        request.notes.append("verborgen werkblad niet gelezen: " + ", ".join(skipped))
    return chosen


class _Elements:
    """The start tags of a small XML part, with their names without prefix."""

    def __init__(self, archive: zipfile.ZipFile, name: str, request: Request) -> None:
        self.found: list[tuple[str, dict[str, str]]] = []
        parser = _parser(request)
        parser.StartElementHandler = self._start
        with archive.open(name) as xml:
            parser.ParseFile(xml)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self.found.append((tag.rpartition(":")[2], attributes))


def _parser(request: Request) -> expat.XMLParserType:
    parser = expat.ParserCreate()

    def refuse(*_: Any) -> None:
        raise request.refuse("bevat XML met eigen declaraties.", "declarations")

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.buffer_text = True
    return parser


def _sheet_part(archive: zipfile.ZipFile, sheet: str, request: Request) -> str:
    identifier = None
    for tag, attributes in _Elements(archive, "xl/workbook.xml", request).found:
        if tag == "sheet" and attributes.get("name") == sheet:
            identifier = next(
                (v for k, v in attributes.items() if k.rpartition(":")[2] == "id"), None
            )
            break
    for tag, attributes in _Elements(
        archive, "xl/_rels/workbook.xml.rels", request
    ).found:
        if tag == "Relationship" and attributes.get("Id") == identifier:
            target = attributes["Target"]
            # Excel writes a path from the part, others one from the root.
            path = posixpath.join("/xl", target)
            return posixpath.normpath(path).lstrip("/")
    raise KeyError(sheet)


def _percent_styles(archive: zipfile.ZipFile, request: Request) -> set[int]:
    """The cell styles whose number format shows a percentage."""
    if "xl/styles.xml" not in archive.namelist():
        return set()
    formats = set(BUILT_IN_PERCENT)
    styles: set[int] = set()
    inside = False
    number = 0
    for tag, attributes in _Elements(archive, "xl/styles.xml", request).found:
        if tag == "numFmt":
            shown = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]', "", attributes["formatCode"])
            (formats.add if "%" in shown else formats.discard)(
                int(attributes["numFmtId"])
            )
        elif tag == "cellXfs":
            inside = True
        elif tag in ("cellStyles", "cellStyleXfs", "dxfs"):
            inside = False
        elif tag == "xf" and inside:
            if int(attributes.get("numFmtId", 0)) in formats:
                styles.add(number)
            number += 1
    return styles


class _Marks:
    """Cells of one sheet that need more than their value, and what is hidden.

    `texts` gives the text that stands for a cell, `percent` the cells shown as a
    percentage, by row and column from 0.
    """

    def __init__(self, archive: zipfile.ZipFile, sheet: str, request: Request) -> None:
        self.texts: dict[tuple[int, int], str] = {}
        self.percent: list[tuple[int, int]] = []
        self.styles = _percent_styles(archive, request)
        self.hidden = {"row": 0, "col": 0}
        part = _sheet_part(archive, sheet, request)
        if self._may_have_any(archive, part):
            self._read(archive, part, request)

    def _may_have_any(self, archive: zipfile.ZipFile, part: str) -> bool:
        signs = [b'"e"', b"hidden="]
        signs += [b's="%d"' % style for style in self.styles]
        if 0 in self.styles:
            signs.append(b"<")
        carry = b""
        with archive.open(part) as xml:
            while chunk := xml.read(1 << 20):
                chunk = carry + chunk
                if any(sign in chunk for sign in signs) or (
                    b"<f" in chunk and re.search(rb"<f[\s/>]", chunk)
                ):
                    return True
                # Single quotes or names with a prefix: another hand wrote this sheet.
                if not carry and re.search(rb"='|<[\w.-]+:worksheet\b", chunk):
                    return True
                carry = chunk[-16:]
        return False

    def _read(self, archive: zipfile.ZipFile, part: str, request: Request) -> None:
        parser = _parser(request)
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        self.row = self.column = -1
        self.kind = self.value = None
        self.style = 0
        self.formula = self.in_value = False
        with archive.open(part) as xml:
            parser.ParseFile(xml)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if ":" in tag:
            tag = tag.rpartition(":")[2]
        if tag == "c":
            place = attributes.get("r")
            self.column = self.column + 1 if place is None else _column(place)
            self.kind = attributes.get("t")
            self.style = int(attributes.get("s", 0))
            self.formula = False
            self.value = None
        elif tag == "v":
            self.in_value, self.value = True, ""
        elif tag == "f":
            self.formula = True
        elif tag == "row":
            self.row = int(attributes.get("r", self.row + 2)) - 1
            self.column = -1
            self.hidden["row"] += attributes.get("hidden") in ("1", "true")
        elif tag == "col" and attributes.get("hidden") in ("1", "true"):
            first, last = int(attributes["min"]), int(attributes["max"])
            self.hidden["col"] += last - first + 1

    def _text(self, text: str) -> None:
        if self.in_value:
            self.value = (self.value or "") + text

    def _end(self, tag: str) -> None:
        if ":" in tag:
            tag = tag.rpartition(":")[2]
        if tag == "v":
            self.in_value = False
        elif tag == "c":
            place = (self.row, self.column)
            value = self.value.strip() if self.value else self.value
            if self.kind == "e":
                self.texts[place] = value or UNKNOWN_ERROR
            elif self.formula and not value and (self.kind != "str" or value is None):
                self.texts[place] = NOT_COMPUTED
            elif self.style in self.styles and self.kind in (None, "n"):
                self.percent.append(place)


def _column(place: str) -> int:
    number = 0
    for letter in place:
        if not letter.isalpha():
            break
        number = number * 26 + ord(letter.upper()) - 64
    return number - 1


class _Grid:
    """The cells of a sheet from its first to its last row with anything in it."""

    def __init__(self, sheet: CalamineSheet, marks: _Marks, request: Request) -> None:
        self.decimal_char = request.layout.decimal_char
        if sheet.width > MAX_COLUMNS:
            raise request.refuse(
                f"heeft meer dan {MAX_COLUMNS} kolommen.", "too_many_columns"
            )
        self.rows: list[list[Cell]] = sheet.to_python(skip_empty_area=True)
        self.first_row, self.first_column = sheet.start or (0, 0)
        self.merged = list(sheet.merged_cell_ranges or [])
        for row, column in marks.percent:
            cell = self.at(row, column)
            if isinstance(cell, float | int) and not isinstance(cell, bool):
                text = number_text(Decimal(repr(cell)) * 100, self.decimal_char)
                self._put(row, column, text + "%")
        for (row, column), text in marks.texts.items():
            self._put(row, column, text)
        width = max(map(len, self.rows), default=0)
        if marks.texts:
            for cells in self.rows:
                cells.extend([""] * (width - len(cells)))
        self.width = width
        for kind, (one, many) in {
            "row": ("rij", "rijen"),
            "col": ("kolom", "kolommen"),
        }.items():
            if count := marks.hidden[kind]:
                word = one if count == 1 else many
                request.notes.append(f"{count} verborgen {word} gewoon gelezen")

    def at(self, row: int, column: int) -> Cell:
        """The cell at a row and column of the sheet, from 0."""
        down, right = row - self.first_row, column - self.first_column
        if 0 <= down < len(self.rows) and 0 <= right < len(self.rows[down]):
            return self.rows[down][right]
        return ""

    def _put(self, row: int, column: int, text: str) -> None:
        """Set a cell; calamine leaves out rows and columns without any value."""
        if not self.rows:
            self.first_row, self.first_column = row, column
        if row < self.first_row:
            self.rows[:0] = [[] for _ in range(self.first_row - row)]
            self.first_row = row
        if column < self.first_column:
            more = [""] * (self.first_column - column)
            self.rows = [more + cells for cells in self.rows]
            self.first_column = column
        down, right = row - self.first_row, column - self.first_column
        self.rows.extend([] for _ in range(down + 1 - len(self.rows)))
        cells = self.rows[down]
        cells.extend([""] * (right + 1 - len(cells)))
        cells[right] = text

    def text(self, cell: Cell) -> str:
        """A cell as text: numbers exact, dates in ISO order, booleans ja or nee."""
        kind = type(cell)
        if kind is str:
            return cell
        if kind is float:
            if cell.is_integer() and abs(cell) < MAX_WHOLE:
                return str(int(cell))
            return number_text(Decimal(repr(cell)), self.decimal_char)
        if kind is bool:
            return "ja" if cell else "nee"
        if kind is int:
            return str(cell)
        if kind is datetime.datetime:
            midnight = cell.time() == datetime.time()
            return cell.date().isoformat() if midnight else cell.isoformat()
        if kind is datetime.timedelta:
            minutes, seconds = divmod(round(abs(cell.total_seconds())), 60)
            sign = "-" if cell.days < 0 else ""
            return f"{sign}{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
        if kind in (datetime.date, datetime.time):
            return cell.isoformat()
        return "" if cell is None else str(cell)

    def texts(self, cells: Sequence[Cell]) -> Sequence[str | int]:
        """Many cells as text; a column of whole numbers is left as it is."""
        kinds = set(map(type, cells))
        if kinds == {str}:
            return cells
        if kinds == {float}:
            try:
                whole = tuple(map(int, cells))
            except (OverflowError, ValueError):
                whole = ()
            if whole == cells and -MAX_WHOLE < min(whole) <= max(whole) < MAX_WHOLE:
                return whole
        if bool in kinds:
            return [self.text(cell) for cell in cells]
        known = {cell: self.text(cell) for cell in dict.fromkeys(cells)}
        return [known[cell] for cell in cells]

    def titles(self, number: int) -> list[str]:
        """A row as titles: a cell merged with cells above it has their text."""
        titles = list(map(self.text, self.rows[number]))
        row = number + self.first_row
        for (top, left), (bottom, _) in self.merged:
            place = left - self.first_column
            if top < row <= bottom and 0 <= place < len(titles) and not titles[place]:
                titles[place] = self.text(self.at(top, left))
        return titles

    def is_empty(self, number: int) -> bool:
        """Whether no cell of the row has anything but white space."""
        return not any(
            cell.strip() if isinstance(cell, str) else cell is not None
            for cell in self.rows[number]
        )


class _SheetReader:
    """Rows of one sheet, or of the blocks on it, to the table of texts."""

    def __init__(self, grid: _Grid, sheet: str, request: Request) -> None:
        self.grid = grid
        self.sheet = sheet
        self.request = request
        self.table = TextTable(request)
        self.extra: list[str] = []
        self.pieces = self.table.pieces

    def read(self) -> dict[str, Any]:
        """Read what the layout asks for."""
        details: dict[str, Any] = {"format": "xlsx", "sheet": self.sheet}
        for cell in self.request.layout.cells:
            self.request.cells[cell] = self.grid.text(self.grid.at(*place_of(cell)))
        count = len(self.grid.rows)
        if self.request.layout.blocks:
            self._read_blocks()
        else:
            header, titles = self._find_header()
            details["header_line"] = header + 1 + self.grid.first_row
            if above := header + self.grid.first_row:
                word = "rij" if above == 1 else "rijen"
                self.request.notes.append(f"{above} {word} boven de kolomtitels")
            self.pieces["preamble"] += header
            self.pieces["header"] += 1
            self._rows(titles, range(header + 1, count))
        self.table.must_hold(count)
        return self.table.reply(self.extra, {**details, "pieces_count": "rows"})

    def _find_header(self) -> tuple[int, Titles]:
        layout = self.request.layout
        tries: Sequence[int] = range(min(len(self.grid.rows), HEADER_SEARCH_ROWS))
        if layout.header_row:
            number = layout.header_row - 1 - self.grid.first_row
            tries = [number] if 0 <= number < len(self.grid.rows) else []
        best: tuple[tuple[bool, int], int, Titles] | None = None
        for number in tries:
            if self.grid.is_empty(number):
                continue
            titles = match_titles(self.grid.titles(number), layout)
            score = (not titles.missing, titles.found)
            if best is None or score > best[0]:
                best = score, number, titles
        if best is None:
            raise self.request.refuse("bevat geen rij met kolomtitels.", "no_header")
        best[2].check(self.request)
        return best[1], best[2]

    def _read_blocks(self) -> None:
        blocks = {plain(b.after): b for b in self.request.layout.blocks}
        opened: set[str] = set()
        block: Block | None = None
        titles: Titles | None = None
        body: list[int] = []
        for number in range(len(self.grid.rows)):
            if self.grid.is_empty(number):
                self.pieces["blank"] += 1
                if titles:
                    self._close(block, titles, body)
                    block, titles, body = None, None, []
                continue
            texts = map(self.grid.text, self.grid.rows[number])
            heading = next(
                (t for t in map(plain, texts) if t in blocks and t not in opened), None
            )
            if heading is not None:
                if titles:
                    self._close(block, titles, body)
                block, titles, body = blocks[heading], None, []
                opened.add(heading)
                self.pieces["preamble"] += 1
            elif block is None:
                self.pieces["preamble"] += 1
            elif titles is None:
                titles = match_titles(
                    self.grid.titles(number), self.request.layout, block.sets
                )
                titles.check(self.request, f"onder {block.after} ")
                self.pieces["header"] += 1
            else:
                body.append(number)
        if titles:
            self._close(block, titles, body)
        elif block:
            raise self.request.refuse(
                f"heeft geen kolomtitels onder {block.after}.", "no_header"
            )
        absent = [b.after for text, b in blocks.items() if text not in opened]
        if absent:
            raise self.request.refuse(
                f"mist de opschriften {'; '.join(absent)}."
                if len(absent) > 1
                else f"mist het opschrift {absent[0]}.",
                "missing_heading",
            )

    def _close(self, block: Block | None, titles: Titles, body: list[int]) -> None:
        self._rows(titles, body, block.sets if block else None)

    def _rows(
        self,
        titles: Titles,
        numbers: Sequence[int],
        sets: dict[str, str] | None = None,
    ) -> None:
        """Hand over the rows of one table, column by column."""
        grid = self.grid
        self.extra += titles.extra
        self.table.start(titles, sets)
        if not grid.width:
            return
        blank = {
            number
            for number in numbers
            if not (first := grid.rows[number])
            or (type(first[0]) is str and not first[0].strip())
            and grid.is_empty(number)
        }
        self.pieces["blank"] += len(blank)
        kept = [number for number in numbers if number not in blank]
        for start in range(0, len(kept), 50_000):
            self._chunk(kept[start : start + 50_000])

    def _chunk(self, numbers: list[int]) -> None:
        grid = self.grid
        cells = [grid.rows[number] for number in numbers]
        lines = [number + grid.first_row + 1 for number in numbers]
        columns = list(zip(*cells, strict=True))
        texts = functools.cache(lambda place: grid.texts(columns[place]))
        longest = [_longest(texts(place)) for place in self.table.places]
        if max(longest, default=0) > MAX_CELL or sum(longest) > MAX_RECORD:
            self._without_long_cells(cells, lines)
            return
        self.pieces["row"] += len(lines)
        self.table.add_columns(texts, lines, self.sheet)

    def _without_long_cells(self, cells: list[list[Cell]], lines: list[int]) -> None:
        good = []
        for line, row in zip(lines, cells, strict=True):
            sizes = [len(self.grid.text(row[place])) for place in self.table.places]
            if max(sizes) <= MAX_CELL and sum(sizes) <= MAX_RECORD:
                good.append((line, row))
                continue
            self.pieces["bad"] += 1
            reason = BAD_ROW_REASONS["long_cell"]
            self.table.add_bad(line, sum(sizes), "long_cell", reason, self.sheet)
        if good:
            self.pieces["row"] += len(good)
            columns = list(zip(*(row for _, row in good), strict=True))
            self.table.add_columns(
                lambda place: self.grid.texts(columns[place]),
                [line for line, _ in good],
                self.sheet,
            )


def _longest(texts: Sequence[str | int]) -> int:
    # A column has texts or whole numbers, never both.
    return 0 if type(texts[0]) is int else max(map(len, map(str, texts)))
