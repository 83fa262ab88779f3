"""Every delivered row is read or named, whatever the file looks like."""

import codecs
import csv
import datetime
import gzip
import io
import itertools
import json
import os
import time
import zipfile
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from dagster_project import reading, reading_text
from dagster_project.reading import Block, Layout, LayoutColumn, Reading, Unreadable

FULL = os.environ.get("KLANTBEELD_TEST_FULL") == "1"
PROPERTY = settings(
    max_examples=3_000 if FULL else 70,
    deadline=None,
    database=None,
    derandomize=not FULL,
    suppress_health_check=list(HealthCheck),
)
NAMES = ("id", "datum", "dienst", "score", "opmerking")
HEADER = "id;datum;dienst;score;opmerking\n"
ROWS = [f"{i};2024-01-{i:02d};Zorgkas;{1 + i % 5};goed {i}\n" for i in range(1, 13)]


def columns(*names: str, **others: Any) -> tuple[LayoutColumn, ...]:
    """Required columns that are called what their title says."""
    return tuple(LayoutColumn(name, (name,), True, **others) for name in names)


LAYOUT = Layout(columns(*NAMES))


def rows_of(read: Reading) -> list[tuple[Any, ...]]:
    """What the door sees, with the count held against the engine's."""
    rows = duckdb.sql(f"select * from {read.relation} order by row_number").fetchall()
    assert len(rows) == read.row_count
    assert [row[0] for row in rows] == list(range(1, len(rows) + 1))
    if some := read.some_rows(range(2, len(rows) + 1, 3)):
        assert duckdb.sql(f"from {some}").fetchall() == rows[1::3]
    return rows


def cells_of(read: Reading) -> list[tuple[str | None, ...]]:
    """The cells alone."""
    return [row[3:] for row in rows_of(read)]


@pytest.fixture
def deliver(tmp_path: Path) -> Callable[..., Reading]:
    """Read bytes under a name, through the child process."""
    number = itertools.count()

    def read(content: bytes | str, layout: Layout, name: str = "mail.csv") -> Reading:
        folder = tmp_path / str(next(number))
        scratch = folder / "scratch"
        scratch.mkdir(parents=True)
        path = folder / name
        data = content.encode() if isinstance(content, str) else content
        path.write_bytes(data)
        return reading.read(path, layout, scratch)

    return read


class Here:
    """Reads in this process, thousands of times; each time with an empty scratch."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.scratch = folder / "scratch"
        self.scratch.mkdir()

    def __call__(
        self, content: bytes, layout: Layout, name: str = "mail.csv"
    ) -> Reading | None:
        for left in self.scratch.iterdir():
            left.unlink()
        path = self.folder / "delivered"
        path.write_bytes(content)
        request = reading.request_for(path, layout, self.scratch, name, path.stat())
        try:
            reply = reading.answer(request)
        except Unreadable as error:
            assert str(error).endswith(".")
            assert error.rule
            return None
        reply = json.loads(json.dumps(reply))
        reply["bad_rows"] = [reading.BadRow(*row) for row in reply["bad_rows"]]
        if "lines" in reply:
            reply["lines"] = reading.Lines(**reply["lines"])
        read = Reading(**reply)
        places = [(row[1], row[2]) for row in rows_of(read)]
        places += [(bad.sheet, bad.line) for bad in read.bad_rows]
        assert len(set(places)) == len(places)
        return read


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Here:
    """The reader without its wall."""
    return Here(tmp_path_factory.mktemp("reading"))


def with_row(number: int, row: str) -> str:
    """The file of twelve rows with another text for one of them."""
    return HEADER + "".join([*ROWS[: number - 1], row, *ROWS[number:]])


CLEAN = HEADER + "".join(ROWS)
DIRTY: dict[str, tuple[str | bytes, int, list[tuple[int, str]]]] = {
    "clean": (CLEAN, 12, []),
    "unbalanced quote": (
        with_row(5, '5;2024-01-05;Zorgkas;1;"zei: ik wacht\n'),
        11,
        [(6, "quotes")],
    ),
    "two unbalanced quotes": (
        with_row(5, '5;2024-01-05;Zorgkas;1;"zei: ik wacht\n').replace(
            "goed 9", '"te laat'
        ),
        10,
        [(6, "quotes"), (10, "quotes")],
    ),
    "text after a quote": (
        with_row(5, '5;2024-01-05;Zorgkas;1;"zei" hij\n'),
        11,
        [(6, "quotes")],
    ),
    "quote within a cell": (with_row(5, '5;2024-01-05;Zorgkas;1;2" te laat\n'), 12, []),
    "extra delimiter": (
        with_row(5, "5;2024-01-05;Zorgkas;1;te laat; slecht\n"),
        11,
        [(6, "width")],
    ),
    "short row": (with_row(5, "5;2024-01-05\n"), 11, [(6, "width")]),
    "NUL": (with_row(5, "5;2024-01-05;Zorgkas;1;ok\0\n"), 11, [(6, "nul")]),
    "long cell": (
        with_row(5, f"5;2024-01-05;Zorgkas;1;{'x' * 32_768}\n"),
        11,
        [(6, "long_cell")],
    ),
    "longest cell": (with_row(5, f"5;2024-01-05;Zorgkas;1;{'x' * 32_767}\n"), 12, []),
    "line of ten million": (
        with_row(5, f"5;2024-01-05;Zorgkas;1;{'x' * 10_000_000}\n"),
        11,
        [(6, "long_line")],
    ),
    "byte order mark": (codecs.BOM_UTF8 + CLEAN.encode(), 12, []),
    "cp1252": (CLEAN.replace("goed 5", "café ’s avonds").encode("cp1252"), 12, []),
    "UTF-16": (CLEAN.encode("utf-16"), 12, []),
    "UTF-16 BE": (codecs.BOM_UTF16_BE + CLEAN.encode("utf-16-be"), 12, []),
    "UTF-16 without mark": (CLEAN.encode("utf-16-le"), 12, []),
    "damaged UTF-8": (
        CLEAN.replace("goed", "één").encode().replace(b" 5", b"\xff5"),
        11,
        [(6, "encoding")],
    ),
    "damaged title lines": (
        "Rapport één\n".encode() + b"voor het \xff eerst\n" + CLEAN.encode(),
        12,
        [],
    ),
    "title lines": (
        "Rapport klanttevredenheid\nPeriode;2024\n\n" + CLEAN,
        12,
        [],
    ),
    "CR line ends": (CLEAN.replace("\n", "\r"), 12, []),
    "CRLF line ends": (CLEAN.replace("\n", "\r\n"), 12, []),
    "mixed line ends": (CLEAN.replace("6\n", "6\r\n").replace("7\n", "7\r"), 12, []),
    "sep line": ("sep=;\n" + CLEAN, 12, []),
    "row with #": (with_row(5, "# 5;2024-01-05;Zorgkas;1;x\n"), 12, []),
    "words for nothing": (with_row(5, "NA;2024-01-05;NULL;1;None\n"), 12, []),
    "raw line end": (
        with_row(5, "5;2024-01-05;Zorgkas;1;regel een\nregel twee\n"),
        12,
        [(7, "width")],
    ),
    "quoted line end": (
        with_row(5, '5;2024-01-05;Zorgkas;1;"regel een\nregel twee"\n'),
        12,
        [],
    ),
    "short row with a quoted line end": (
        with_row(5, '5;"regel een\nregel twee"\n'),
        11,
        [(6, "width")],
    ),
    "a cell that holds rows": (
        with_row(5, '5;2024-01-05;Zorgkas;1;"zei\n').replace("goed 8", 'goed 8"'),
        8,
        [(line, "quotes") for line in (6, 7, 8, 9)],
    ),
    "blank lines": (CLEAN.replace("goed 3\n", "goed 3\n\n;;;;\n  \n"), 12, []),
    "no last line end": (CLEAN[:-1], 12, []),
    "cut in the last row": (CLEAN[:-15], 11, [(13, "width")]),
    "header only": (HEADER, 0, []),
}


@pytest.mark.parametrize("name", DIRTY)
def test_no_row_of_a_dirty_file_is_lost(
    name: str, deliver: Callable[..., Reading]
) -> None:
    content, accepted, bad = DIRTY[name]
    read = deliver(content, LAYOUT)
    assert (read.row_count, [(b.line, b.rule) for b in read.bad_rows]) == (
        accepted,
        bad,
    )
    rows_of(read)
    data = content if isinstance(content, bytes) else content.encode()
    if read.details["encoding"] == "utf-8" and "damaged" not in name:
        text = data.decode("utf-8-sig")
        assert sum(read.details["pieces"].values()) == len(text)
        lines = io.StringIO(text, newline="").readlines()
        for row in rows_of(read):
            assert lines[row[2] - 1].startswith(row[3])


def test_values_are_those_of_the_csv_module(deliver: Callable[..., Reading]) -> None:
    cells = ["a\r\nb", "x\ry", '"', ";", " spatie ", "é€😀", "NULL", "#", "\\", "'"]
    rows = [
        [str(n), a, b, "", "z"] for n, (a, b) in enumerate(itertools.pairwise(cells))
    ]
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", quoting=csv.QUOTE_ALL)
    writer.writerows([NAMES, *rows])
    judge = list(csv.reader(io.StringIO(out.getvalue(), newline=""), delimiter=";"))
    read = deliver(out.getvalue(), LAYOUT)
    assert cells_of(read) == [tuple(c or None for c in row) for row in judge[1:]]


def test_lines_are_right_when_the_engine_reads_the_file_itself(
    deliver: Callable[..., Reading],
) -> None:
    body = "".join(
        f"{n};2024-01-01;Zorgkas;{n % 5};tekst {n}\n" for n in range(400_000)
    )
    read = deliver("Titel\n\n" + HEADER + body, LAYOUT)
    assert read.details["way"] == "direct"
    wrong = duckdb.sql(
        f"select count(*), count(*) filter (where cast(id as bigint) + 1 <> row_number"
        f" or line <> row_number + 3) from {read.relation}"
    ).fetchone()
    assert wrong == (400_000, 0)


def test_fifty_thousand_open_quotes_take_no_time(
    deliver: Callable[..., Reading],
) -> None:
    for line in ('1;"\n', 'x";"\n', '";"\n', '1;2;3;4;"a\n', '"""\n""\n'):
        started = time.perf_counter()
        read = deliver(HEADER + line * 50_000, LAYOUT)
        assert read.row_count + len(read.bad_rows) > 0
        assert time.perf_counter() - started < 10


def test_a_parser_that_loses_text_is_caught(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = csv.reader

    class Lossy:
        def __init__(self, lines: Any, **options: Any) -> None:
            self.reader = real(lines, **options)

        @property
        def line_num(self) -> int:
            return self.reader.line_num

        def __iter__(self) -> Iterator[list[str]]:
            for row in self.reader:
                yield [cell.removesuffix("7") for cell in row]

    monkeypatch.setattr(reading_text.csv, "reader", Lossy)
    with pytest.raises(AssertionError, match="not the text"):
        here(BASE, LAYOUT)


def test_missing_and_double_columns_refuse_the_file(
    deliver: Callable[..., Reading],
) -> None:
    layout = Layout(
        (*columns("Periode"), LayoutColumn("score", ("Score op 5", "Cijfer"), True))
    )
    with pytest.raises(Unreadable) as missing:
        deliver("Periode;Kanaal\n2024-H1;mail\n", layout, "mail_2024-H1.csv")
    assert str(missing.value) == (
        "mail_2024-H1.csv mist de kolom Score op 5. Gevonden kolommen: Periode, Kanaal."
    )
    with pytest.raises(Unreadable, match="meer dan één kolom Score op 5"):
        deliver("Periode;cijfer;SCORE  OP 5\n2024;1;2\n", layout)
    read = deliver('Periode;"score\nop   5";x\n2024;4,5;y\n', layout)
    assert cells_of(read) == [("2024", "4,5")]
    assert read.extra_columns == ("x",)
    assert rows_of(read)[0][2] == 3


def test_an_optional_column_may_be_absent(deliver: Callable[..., Reading]) -> None:
    layout = Layout((*columns("a"), LayoutColumn("b", ("b",), False), *columns("c")))
    for content in ("a;c\n1;2\n", 'a;c\n"1";2\n'):
        assert cells_of(deliver(content, layout)) == [("1", None, "2")]


def test_values_given_once_are_filled_down(deliver: Callable[..., Reading]) -> None:
    layout = Layout(
        (LayoutColumn("dienst", ("dienst",), True, fill_down=True), *columns("score"))
    )
    read = deliver("dienst;score\nA;1\n;2\nB;3\n;4\n", layout)
    assert cells_of(read) == [("A", "1"), ("A", "2"), ("B", "3"), ("B", "4")]


CELLS = st.text(st.characters(blacklist_categories=("Cs",)), max_size=12)
TRICKY = st.text(st.sampled_from('a;",\n\r\t|é 1'), max_size=8)


@PROPERTY
@given(st.binary(max_size=400))
def test_random_bytes(here: Here, content: bytes) -> None:
    here(content or b"x", LAYOUT)


@PROPERTY
@given(
    st.sampled_from([b"", codecs.BOM_UTF8, b"Titel\n\n", b"sep=;\n"]),
    st.sampled_from([b";", b",", b"\t", b"|"]),
    st.one_of(
        st.binary(max_size=300),
        st.text(st.sampled_from('a1;,"\n\r\t|\0é'), max_size=200).map(str.encode),
    ),
)
@example(b"", b";", b'1;2;3;4;"\n\n\n"\r')
def test_bytes_after_a_header(
    here: Here, before: bytes, mark: bytes, after: bytes
) -> None:
    header = mark.join(name.encode() for name in NAMES)
    if b"sep" in before:
        before = before.replace(b";", mark)
    read = here(before + header + b"\n" + after, LAYOUT)
    assert read is not None
    total = read.details["characters"]
    assert sum(read.details["pieces"].values()) == total


@PROPERTY
@given(
    st.lists(st.lists(CELLS | TRICKY, min_size=5, max_size=5), max_size=8),
    st.sampled_from(";,\t|"),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    st.sampled_from(["\r\n", "\n", "\r"]),
)
def test_what_is_written_is_read(
    here: Here,
    rows: list[list[str]],
    mark: str,
    encoding: str,
    quoting: Any,
    line_end: str,
) -> None:
    rows = [
        [f"r{n}", *(c.replace("\0", "") for c in row[1:])] for n, row in enumerate(rows)
    ]
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=mark, quoting=quoting, lineterminator="\r\n")
    writer.writerows([NAMES, *rows])
    text = out.getvalue()
    if line_end != "\r\n" and all(
        "\r" not in c and "\n" not in c for r in rows for c in r
    ):
        text = text.replace("\r\n", line_end)
    try:
        content = text.encode(encoding)
    except UnicodeEncodeError:
        return
    if encoding == "cp1252":
        try:
            content.decode()
        except UnicodeDecodeError:
            pass
        else:
            return
    layout = Layout(LAYOUT.columns, encoding=None)
    read = here(content, layout)
    assert read is not None
    assert cells_of(read) == [tuple(c or None for c in row) for row in rows]
    assert not read.bad_rows


BASE = (
    HEADER
    + "".join(
        f'{i};2024-01-{i:02d};"Zorg;kas";{1 + i % 5};"re\ngel {i}"\n'
        for i in range(1, 13)
    )
).encode()


@PROPERTY
@given(
    st.integers(0, len(BASE)),
    st.one_of(st.binary(max_size=4), st.sampled_from([b'"', b"\n", b";", b"\0"])),
    st.integers(0, 5),
)
def test_one_mutation_costs_a_few_rows(
    here: Here, place: int, put: bytes, cut: int
) -> None:
    read = here(BASE[:place] + put + BASE[place + cut :], LAYOUT)
    if read is None:
        assert place <= len(HEADER)
        return
    assert sum(read.details["pieces"].values()) == read.details["characters"]
    if place > len(HEADER):
        # A wound of a few characters touches two records at most.
        assert read.row_count >= 10
        assert 11 <= read.row_count + len({b.line for b in read.bad_rows}) <= 18


@PROPERTY
@given(
    st.lists(
        st.lists(
            st.text(st.sampled_from("ab1é ,.#\\'-"), max_size=6)
            | st.text(st.sampled_from('a ;\r,"'), max_size=3).map('"{}"'.format)
            | st.text(st.sampled_from("a ;,"), max_size=3).map('"{}"'.format),
            min_size=5,
            max_size=5,
        ),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
@example([["1", '"a;b"', "é", "", "x"]], "\n", False)
@example([["1", '"a;b"', "é", "", "x"]], "\r\n", True)
def test_both_ways_of_reading_agree(
    here: Here, rows: list[list[str]], line_end: str, ended: bool
) -> None:
    lines = [";".join(row) for row in [list(NAMES), *rows]]
    content = (line_end.join(lines) + line_end * ended).encode()
    direct = here(content, LAYOUT)
    assert direct is not None
    if rows == [["1", '"a;b"', "é", "", "x"]]:
        assert direct.details["way"] == "direct"
    seen = rows_of(direct), direct.bad_rows, direct.details["pieces"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading_text, "_prove", lambda *_: None)
        careful = here(content, LAYOUT)
    assert careful is not None
    assert (rows_of(careful), careful.bad_rows, careful.details["pieces"]) == seen


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(CELLS, inner, max_size=2)
    ),
    max_leaves=4,
)


@PROPERTY
@given(
    st.lists(
        st.one_of(
            st.fixed_dictionaries(dict.fromkeys(NAMES, JSON_VALUES)).map(json.dumps),
            st.text(max_size=20).map(lambda text: text.replace("\n", "")),
        ),
        max_size=8,
    )
)
def test_json_lines_are_read_or_refused(here: Here, lines: list[str]) -> None:
    known = json.dumps(dict.fromkeys(NAMES, "x"))
    content = "\n".join([known, *lines]).encode("utf-8", "surrogatepass")
    read = here(content, LAYOUT, "mail.jsonl")
    if read is not None:
        assert sum(read.details["pieces"].values()) == read.details["characters"]


def workbook(write: Callable[[openpyxl.Workbook, Any], object]) -> bytes:
    """The bytes of a workbook that openpyxl writes."""
    book = openpyxl.Workbook()
    write(book, book.active)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def repacked(content: bytes, changes: dict[bytes, bytes]) -> bytes:
    """A workbook with other bytes in its parts."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            part = source.read(name)
            for old, new in changes.items():
                part = part.replace(old, new)
            target.writestr(name, part)
    return out.getvalue()


@pytest.mark.parametrize("epoch", [None, CALENDAR_MAC_1904])
def test_cells_of_a_workbook_as_text(
    epoch: Any, deliver: Callable[..., Reading]
) -> None:
    def write(book: openpyxl.Workbook, sheet: Any) -> None:
        if epoch:
            book.epoch = epoch
        sheet.append(["a", "b"])
        for value in (1, 1.5, 0.1, 1e21, -0.001, True, False, " tekst ", "63,60%"):
            sheet.append([value, "x"])
        sheet.append([datetime.date(2024, 3, 15), "x"])
        sheet.append([datetime.datetime(2024, 3, 15, 10), "x"])
        sheet.append([datetime.time(10, 30), "x"])
        for value, shown in (
            (0.636, "0.00%"),
            (0.07, "0%"),
            (1, '0.0"%"'),
            (0.5, "0\\%"),
        ):
            sheet.append([value, "x"])
            sheet.cell(sheet.max_row, 1).number_format = shown

    read = deliver(workbook(write), Layout(columns("a", "b")), "boek.xlsx")
    assert [a for a, _ in cells_of(read)] == [
        "1",
        "1,5",
        "0,1",
        "1" + "0" * 21,
        "-0,001",
        "ja",
        "nee",
        " tekst ",
        "63,60%",
        "2024-03-15",
        "2024-03-15T10:00:00",
        "10:30:00",
        "63,6%",
        "7%",
        "1",
        "0,5",
    ]
    assert [row[1:3] for row in rows_of(read)[:2]] == [("Sheet", 2), ("Sheet", 3)]


def test_an_error_or_an_uncomputed_formula_is_no_blank(
    deliver: Callable[..., Reading],
) -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["a", "b"])
        sheet.write_formula(1, 0, "=1+1", None, 2)
        sheet.write_formula(1, 1, "=NA()", None, "#N/A")
        sheet.write_formula(2, 0, "=1/0", None, "#DIV/0!")
        sheet.write_formula(2, 1, '=""', None, "niets")
    # A formula whose stored value is the empty text, as Excel writes it.
    content = repacked(out.getvalue(), {b"<v>niets</v>": b"<v></v>"})
    read = deliver(content, Layout(columns("a", "b")), "boek.xlsx")
    assert cells_of(read) == [("2", "#N/A"), ("#DIV/0!", None)]

    def write(_: openpyxl.Workbook, sheet: Any) -> None:
        sheet.append(["a", "b"])
        sheet.append(["=1+1", "=A2"])
        sheet.append([1, "=A2"])

    read = deliver(workbook(write), Layout(columns("a", "b")), "boek.xlsx")
    marker = "#FORMULE_ZONDER_WAARDE"
    assert cells_of(read) == [(marker, marker), ("1", marker)]


def test_hidden_merged_titled_and_named(deliver: Callable[..., Reading]) -> None:
    def write(book: openpyxl.Workbook, sheet: Any) -> None:
        sheet.title = "Toelichting"
        data = book.create_sheet("Resultaten 2024")
        data.append(["Rapport"])
        data.append([])
        data.append(["Dienst", "Tevredenheid"])
        data.append([None, "Tevreden", "Ontevreden"])
        data.merge_cells("A3:A4")
        data.merge_cells("B3:C3")
        data.append(["Zorgkas", 0.9, 0.1])
        data.append([None, 0.8, 0.2])
        data.append([])
        data.append(["Loket", 0.7, 0.3])
        data.row_dimensions[6].hidden = True
        data.column_dimensions["C"].hidden = True
        secret = book.create_sheet("geheim")
        secret.sheet_state = "veryHidden"

    layout = Layout(
        (
            LayoutColumn("dienst", ("dienst",), True, fill_down=True),
            *columns("tevreden", "ontevreden"),
        ),
        sheet="resultaten  2024",
    )
    read = deliver(workbook(write), layout, "boek.xlsx")
    assert rows_of(read) == [
        (1, "Resultaten 2024", 5, "Zorgkas", "0,9", "0,1"),
        (2, "Resultaten 2024", 6, "Zorgkas", "0,8", "0,2"),
        (3, "Resultaten 2024", 8, "Loket", "0,7", "0,3"),
    ]
    assert read.notes == (
        "verborgen werkblad niet gelezen: geheim",
        "1 verborgen rij gewoon gelezen",
        "1 verborgen kolom gewoon gelezen",
        "3 rijen boven de kolomtitels",
    )
    with pytest.raises(Unreadable, match="mist het werkblad Elders"):
        deliver(workbook(write), Layout(layout.columns, sheet="Elders"), "boek.xlsx")


def test_blocks_on_one_sheet(deliver: Callable[..., Reading]) -> None:
    def write(_: openpyxl.Workbook, sheet: Any) -> None:
        sheet.append(["FONS"])
        for title, score in (("Resultaten  mail", 4.1), ("Resultaten telefoon", 4.3)):
            sheet.append([None, title])
            sheet.append([])
            sheet.append(["Aspect", "Score"])
            sheet.append(["Snelheid", score])
            sheet.append(["Duidelijkheid", score])
            sheet.append([])
            sheet.append(["voetnoot"])

    layout = Layout(
        columns("aspect", "score", "kanaal"),
        blocks=(
            Block("resultaten mail", {"kanaal": "mail", "entiteit": "vutg"}),
            Block("Resultaten telefoon", {"kanaal": "telefoon"}),
        ),
    )
    read = deliver(workbook(write), layout, "fons.xlsx")
    assert [row[2:] for row in rows_of(read)] == [
        (5, "Snelheid", "4,1", "mail", "vutg"),
        (6, "Duidelijkheid", "4,1", "mail", "vutg"),
        (12, "Snelheid", "4,3", "telefoon", None),
        (13, "Duidelijkheid", "4,3", "telefoon", None),
    ]
    lost = Layout(layout.columns, blocks=(*layout.blocks, Block("Resultaten chat", {})))
    with pytest.raises(Unreadable, match="mist het opschrift Resultaten chat"):
        deliver(workbook(write), lost, "fons.xlsx")


@PROPERTY
@given(
    st.lists(
        st.lists(
            st.one_of(
                st.none(),
                st.booleans(),
                st.integers(-(10**14), 10**14),
                st.floats(allow_nan=False, allow_infinity=False, width=32),
                st.text(
                    st.characters(min_codepoint=32, max_codepoint=0x2FF), max_size=8
                ),
            ),
            min_size=3,
            max_size=3,
        ),
        min_size=1,
        max_size=5,
    )
)
def test_workbook_values_against_openpyxl(here: Here, rows: list[list[Any]]) -> None:
    rows = [
        [None if isinstance(c, str) and c.startswith("=") else c for c in row]
        for row in rows
    ]
    content = workbook(
        lambda _, sheet: [sheet.append(r) for r in [["a", "b", "c"], *rows]]
    )
    judge = openpyxl.load_workbook(io.BytesIO(content), data_only=True).active
    read = here(content, Layout(columns("a", "b", "c")), "boek.xlsx")
    assert read is not None
    expected = []
    for cells in judge.iter_rows(min_row=2, values_only=True):
        if not any(str(c).strip() if c is not None else "" for c in cells):
            continue
        expected.append(cells)
    seen = cells_of(read)
    assert len(seen) == len(expected)
    for texts, cells in zip(seen, expected, strict=True):
        for text, cell in zip(texts, cells, strict=True):
            if cell is None or not str(cell).strip():
                # White space alone is no value, whoever reads it.
                assert not (text or "").strip()
            elif isinstance(cell, bool):
                assert text == ("ja" if cell else "nee")
            elif isinstance(cell, int | float):
                assert text is not None
                assert "e" not in text.lower()
                assert Decimal(text.replace(",", ".")) == Decimal(repr(cell))
            else:
                assert text == cell


def test_json_lines(deliver: Callable[..., Reading]) -> None:
    lines = [
        '{"ID": "1", "score": 4.50, "extra": 1}',
        "",
        '{"id": 12345678901234567890, "score": 1e-3}',
        '{"id": true, "score": null}',
        "[1, 2]",
        '{"id": "2", "id": "3"}',
        '{"id": {"a": [1.5]}, "score": "x"}',
        '{"id": "\\ud800", "score": 1}',
        '{"id": "\\u0000", "score": 1}',
        "[" * 100_000,
        '{"id": 1e999999999, "score": 1}',
    ]
    read = deliver("\n".join(lines), Layout(columns("id", "score")), "a.jsonl")
    assert [row[2:] for row in rows_of(read)] == [
        (1, "1", "4,5"),
        (3, "12345678901234567890", "0,001"),
        (4, "ja", None),
        (7, '{"a": [1.5]}', "x"),
        (11, "1E+999999999", "1"),
    ]
    assert [(b.line, b.rule) for b in read.bad_rows] == [
        (5, "json"),
        (6, "double_key"),
        (8, "encoding"),
        (9, "nul"),
        (10, "json"),
    ]
    assert read.extra_columns == ("extra",)
    with pytest.raises(Unreadable, match="mist de kolom datum"):
        deliver("\n".join(lines), Layout(columns("id", "datum")), "a.jsonl")


def test_parquet(deliver: Callable[..., Reading], tmp_path: Path) -> None:
    path = tmp_path / "made.parquet"
    duckdb.sql(
        "copy (select i as id, 1.5::double as score, 1e-7::double as klein,"
        " 12.50::decimal(9, 2) as prijs, i = 1 as ja, date '2024-03-15' as dag,"
        " timestamp '2024-03-15 10:00:00' as moment, case when i = 2 then"
        " repeat('x', 40000) else '' end as tekst, [1, 2] as lijst"
        f" from range(1, 4) as t(i)) to '{path}' (format parquet)"
    )
    names = ("id", "score", "klein", "prijs", "ja", "dag", "moment", "tekst", "lijst")
    read = deliver(path.read_bytes(), Layout(columns(*names)), "a.parquet")
    tail = ("2024-03-15", "2024-03-15T10:00:00", None, "[1,2]")
    assert [row[2:] for row in rows_of(read)] == [
        (1, "1", "1,5", "0,0000001", "12,50", "ja", *tail),
        (3, "3", "1,5", "0,0000001", "12,50", "nee", *tail),
    ]
    assert [(b.line, b.rule) for b in read.bad_rows] == [(2, "long_cell")]


def test_packed_files(deliver: Callable[..., Reading]) -> None:
    assert deliver(gzip.compress(CLEAN.encode()), LAYOUT, "a.csv.gz").row_count == 12
    for names, accepted in (
        (["a.csv"], True),
        (["a.csv", "b.csv"], False),
        ([], False),
    ):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for name in names:
                archive.writestr(name, CLEAN)
        if accepted:
            assert deliver(out.getvalue(), LAYOUT, "a.zip").row_count == 12
            continue
        with pytest.raises(Unreadable, match="precies één bestand"):
            deliver(out.getvalue(), LAYOUT, "a.zip")


def test_a_name_of_any_kind(deliver: Callable[..., Reading]) -> None:
    for name in ("a=b [1]*.csv", "mail'1.csv", "mail;drop.csv", "-x.csv"):
        assert len(rows_of(deliver(CLEAN, LAYOUT, name))) == 12


def test_header_row_and_delimiter_as_declared(
    deliver: Callable[..., Reading],
) -> None:
    content = "id,score\nid;score\n1;2\n"
    read = deliver(content, Layout(columns("id", "score"), header_row=2))
    assert cells_of(read) == [("1", "2")]
    with pytest.raises(Unreadable):
        deliver(content, Layout(columns("id", "score"), header_row=3))
    read = deliver("id^score\n1^2\n", Layout(columns("id", "score"), delimiter="^"))
    assert cells_of(read) == [("1", "2")]
