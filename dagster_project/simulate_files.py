"""What every sample file needs: its place, random numbers, texts and a writer.

Belongs here: writers that are fast with a million rows, days of a period, comments and
invented personal data. Does not belong here: what a file says (simulate.py,
simulate_complaints.py).
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
import xlsxwriter
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
Weights = NDArray[np.float64]

SIMULATED = "gesimuleerd"
NOTICE = "GESIMULEERDE VOORBEELDGEGEVENS, geen echte metingen of personen"


@dataclass(frozen=True)
class Written:
    """A file that was made: where, its rows, and how many of them the door refuses."""

    path: Path
    row_count: int
    refused_count: int = 0

    @property
    def feed(self) -> str:
        """The feed it belongs to: `vutg.mail_survey`."""
        return f"{self.path.parent.parent.name}.{self.path.parent.name}"


@dataclass(frozen=True)
class Making:
    """One run of the simulation."""

    folder: Path
    seed: int
    answers: dict[tuple[str, str], int]
    factor: float

    def random(self, name: str) -> np.random.Generator:
        """Random numbers of one file's own: another file never changes them."""
        return np.random.default_rng([self.seed, zlib.crc32(name.encode())])

    def place(self, name: str) -> Path:
        """Where a file goes; its folder is made."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path


def _bounds(period: str) -> tuple[date, date]:
    """First and last day of a year or half-year."""
    year = int(period[:4])
    first, last = {"": (1, 12), "-H1": (1, 6), "-H2": (7, 12)}[period[4:]]
    after = date(year + last // 12, last % 12 + 1, 1)
    return date(year, first, 1), after - timedelta(days=1)


def working_days(random: np.random.Generator, period: str, count: int) -> Numbers:
    """Working days of a period, in order, as days since 1 January 1970."""
    first, last = (np.datetime64(day) for day in _bounds(period))
    days = np.arange(first, last + 1)
    days = days[np.is_busday(days)]
    return np.sort(random.choice(days, count)).astype(np.int64)


def as_texts(values: Iterable[Any]) -> list[str]:
    """Numbers as text."""
    return list(map(str, values))


def as_dates(days: Numbers, form: str) -> list[str]:
    """Days as text; each day is written once, however often it occurs."""
    distinct, places = np.unique(days, return_inverse=True)
    shown = [
        (date(1970, 1, 1) + timedelta(days=int(d))).strftime(form) for d in distinct
    ]
    return [shown[place] for place in places.tolist()]


def picked(texts: Sequence[str], places: Numbers) -> list[str]:
    """The texts at these places, one per row."""
    return [texts[place] for place in places.tolist()]


def numbered(prefix: str, count: int) -> list[str]:
    """Identifiers from 1 upward."""
    return [f"{prefix}{number:07d}" for number in range(1, count + 1)]


def write_csv(
    path: Path,
    titles: Sequence[str],
    columns: Sequence[Sequence[str]],
    *,
    delimiter: str,
    encoding: str,
    before: Sequence[str] = (),
) -> None:
    """A text as office programs write it: CRLF, quotes only where they are needed."""
    quoted = [_quoted(column, delimiter) for column in columns]
    lines = [*before, delimiter.join(_quoted(titles, delimiter))]
    lines += map(delimiter.join, zip(*quoted, strict=True))
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode(encoding))


def _quoted(column: Sequence[str], delimiter: str) -> Sequence[str]:
    marks = (delimiter, '"', "\n")
    cells = {cell for cell in set(column) if any(mark in cell for mark in marks)}
    shown = {cell: '"' + cell.replace('"', '""') + '"' for cell in cells}
    return [shown.get(cell, cell) for cell in column] if cells else column


@dataclass(frozen=True)
class Dated:
    """A column of dates for a workbook, as days since 1 January 1970."""

    days: Sequence[int]


# How workbooks count 1 January 1970.
EXCEL_EPOCH = 25569


def write_workbook(
    path: Path,
    sheet_name: str,
    before: Sequence[str],
    titles: Sequence[str],
    columns: Sequence[Sequence[Any] | Dated],
) -> None:
    """A sheet with title rows, an empty row, a header and typed cells.

    XlsxWriter makes the workbook with its first row; the others are added to the sheet
    column by column, which is ten times as fast.
    """
    cells = [
        [day + EXCEL_EPOCH for day in column.days]
        if isinstance(column, Dated)
        else column
        for column in columns
    ]
    top = len(before) + 1
    skeleton = io.BytesIO()
    with xlsxwriter.Workbook(skeleton, {"in_memory": True}) as book:
        book.set_properties({"comments": NOTICE, "created": datetime(2024, 1, 1)})
        sheet = book.add_worksheet(sheet_name)
        bold = book.add_format({"bold": True})
        dated = book.add_format({"num_format": "dd/mm/yyyy"})
        for row, text in enumerate(before):
            sheet.write_string(row, 0, text, bold)
        for place, title in enumerate(titles):
            sheet.write_string(top, place, title, bold)
            is_date = isinstance(columns[place], Dated)
            value = cells[place][0]
            if is_date:
                sheet.write_number(top + 1, place, value, dated)
            elif isinstance(value, str):
                sheet.write_string(top + 1, place, value)
            else:
                sheet.write_number(top + 1, place, value)
    rows = _Rows(top + 3, cells, [isinstance(c, Dated) for c in columns])
    with zipfile.ZipFile(skeleton) as made, zipfile.ZipFile(path, "w") as book:
        for part in made.infolist():
            content = made.read(part)
            if part.filename == "xl/worksheets/sheet1.xml":
                content = rows.added_to(content.decode()).encode()
            info = zipfile.ZipInfo(part.filename)
            info.compress_type = zipfile.ZIP_DEFLATED
            book.writestr(info, content, compresslevel=3)


@dataclass(frozen=True)
class _Rows:
    """The rows of a sheet after its first one; `start` counts from 1."""

    start: int
    columns: Sequence[Sequence[Any]]
    are_dates: Sequence[bool]

    def added_to(self, sheet: str) -> str:
        """The sheet's XML with these rows."""
        found = re.search(rf' r="[A-Z]+{self.start - 1}" (s="\d+")', sheet)
        style = f" {found[1]}" if found else ""
        letters = [chr(ord("A") + place) for place in range(len(self.columns))]
        written = [
            self._cells(letter, column[1:], style if is_date else "")
            for letter, column, is_date in zip(
                letters, self.columns, self.are_dates, strict=True
            )
        ]
        rows = map("".join, zip(*written, strict=True))
        body = "".join(
            f'<row r="{number}">{row}</row>'
            for number, row in enumerate(rows, self.start)
        )
        last = f"{letters[-1]}{self.start + len(self.columns[0]) - 2}"
        sheet = re.sub(r'<dimension ref="[^"]*"', f'<dimension ref="A1:{last}"', sheet)
        return sheet.replace("</sheetData>", body + "</sheetData>")

    def _cells(self, letter: str, values: Sequence[Any], style: str) -> list[str]:
        numbered = enumerate(values, self.start)
        if any(isinstance(value, str) for value in values[:1]):
            shown = {text: escape(text) for text in set(values)}
            return [
                f'<c r="{letter}{row}" t="inlineStr"><is><t>{shown[text]}</t></is></c>'
                if text
                else ""
                for row, text in numbered
            ]
        return [f'<c r="{letter}{row}"{style}><v>{n}</v></c>' for row, n in numbered]


# -- comments ----------------------------------------------------------------------

FIRST_NAMES = ("An", "Bart", "Fatima", "Jan", "Lieve", "Mehmet", "Sofie", "Tom")
LAST_NAMES = ("Voorbeeld", "Fictief", "Testpersoon", "Van Nergens", "De Proef")
# Account numbers that Belgian documentation prints as an example.
ACCOUNTS = ("BE68 5390 0754 7034", "BE71 0961 2345 6769")
GOOD = (
    "Zeer vriendelijk geholpen, dank u.",
    "Snel en duidelijk antwoord gekregen.",
    "Prima, mijn vraag was meteen opgelost.",
    "De medewerker nam echt de tijd voor mijn vraag.",
    "Alles was in één keer in orde; daar ben ik blij mee.",
)
BAD = (
    "Ik heb drie weken op een antwoord moeten wachten.",
    "Het antwoord was een standaardtekst en zei niets over mijn situatie.",
    "Ik begrijp nog altijd niet waarom het bedrag lager is.",
    "Niemand belt terug, ook al werd dat beloofd.",
    "De brief is onduidelijk; ik weet niet welk formulier ik nodig heb.",
    "Telkens een andere medewerker, en telkens een ander antwoord.",
    "Aan de telefoon stond ik 25 minuten in de wacht; dan werd ik afgebroken.",
)
PERSONAL = (
    "Bel mij terug op {phone} a.u.b.",
    "U kunt mailen naar {mail}.",
    "Mijn rijksregisternummer is {national}.",
    "Stort het op {account} zoals gevraagd.",
    "Ik sprak met mevrouw {last} en zij beloofde een antwoord.",
    "Met vriendelijke groeten, {first} {last}, Voorbeeldstraat {house}, 9999 Nergens",
)


def comments(random: np.random.Generator, sentences: Sequence[str]) -> list[str]:
    """A stock of comments, a third of them with invented personal data."""
    stock = []
    for number in range(120):
        parts = [str(random.choice(sentences))]
        if number % 4 == 0:
            parts.append(str(random.choice(sentences)))
        if number % 3 == 0:
            parts.append(personal(random))
        stock.append(" ".join(dict.fromkeys(parts)))
    return stock


def personal(random: np.random.Generator) -> str:
    """A sentence with personal data of nobody."""
    first, last = str(random.choice(FIRST_NAMES)), str(random.choice(LAST_NAMES))
    return str(random.choice(PERSONAL)).format(
        first=first,
        last=last,
        mail=f"{first}.{last}@example.org".replace(" ", "").lower(),
        phone=f"0470 00 00 {random.integers(10, 100)}",
        account=random.choice(ACCOUNTS),
        house=random.integers(1, 200),
        national=_national_number(random),
    )


def _national_number(random: np.random.Generator) -> str:
    """A valid number of somebody born in 1900 or 1901."""
    born = date(1900, 1, 1) + timedelta(days=int(random.integers(0, 600)))
    serial = int(random.integers(1, 998))
    check = 97 - int(f"{born:%y%m%d}{serial:03d}") % 97
    return f"{born:%y.%m.%d}-{serial:03d}.{check:02d}"


def commented(
    random: np.random.Generator, pleased: NDArray[np.bool_], share: float
) -> list[str]:
    """A comment or nothing for each respondent, after how pleased they are."""
    stock = ["", *comments(random, GOOD), *comments(random, BAD)]
    half = (len(stock) - 1) // 2
    places = random.integers(1, half + 1, len(pleased)) + np.where(pleased, 0, half)
    return picked(stock, np.where(random.random(len(pleased)) < share, places, 0))
