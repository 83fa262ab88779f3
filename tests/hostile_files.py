"""Files that try to break a reader: workbooks, texts and their mutations.

Belongs here: making them, and reading them one by one in a process of its own, so that
the peak memory of the children that it starts can be told. `make FOLDER COUNT SEED`
writes them, `read FOLDER` prints what became of them as one JSON document.
"""

import gzip
import io
import itertools
import json
import os
import random
import resource
import sys
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import xlsxwriter
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from dagster_project.reading import Layout, LayoutColumn, Unreadable, read

LAYOUT = Layout(tuple(LayoutColumn(name, (name,), True) for name in ("datum", "score")))
SHEET = "xl/worksheets/sheet1.xml"
MAIN = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
HEADER_ROW = (
    b'<row r="1"><c r="A1" t="inlineStr"><is><t>datum</t></is></c>'
    b'<c r="B1" t="inlineStr"><is><t>score</t></is></c></row>'
)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def _book(write: Callable[[openpyxl.Workbook, Any], object]) -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["datum", "score"])
    write(book, book.active)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


PLAIN = _book(lambda _, sheet: sheet.append(["2024-01-31", 4]))


def _packed(
    change: dict[str, bytes | Iterable[bytes]] | None = None,
    add: Iterable[tuple[str, bytes]] = (),
    source: bytes = PLAIN,
) -> bytes:
    """A workbook with other parts; a part may be given in pieces."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(source)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as new,
    ):
        for name in old.namelist():
            content = (change or {}).get(name, old.read(name))
            with new.open(name, "w", force_zip64=True) as part:
                for piece in [content] if isinstance(content, bytes) else content:
                    part.write(piece)
        for name, content in add:
            new.writestr(name, content)
    return out.getvalue()


def _sheet(*rows: bytes, before: bytes = b"") -> bytes:
    body = b"".join((HEADER_ROW, *rows))
    return (
        before
        + b"<worksheet "
        + MAIN
        + b"><sheetData>"
        + body
        + b"</sheetData></worksheet>"
    )


def _text_row(text: bytes) -> bytes:
    return b'<row r="2"><c r="A2" t="inlineStr"><is><t>' + text + b"</t></is></c></row>"


def _part(name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(PLAIN)) as archive:
        return archive.read(name)


def _bomb(piece: bytes, megabytes: int, inside: bytes) -> Iterable[bytes]:
    before, after = _sheet(inside).split(b"@")
    yield before
    for _ in range(megabytes * 1_000_000 // len(piece)):
        yield piece
    yield after


def _cached_formulas() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["datum", "score"])
        sheet.write_formula(1, 0, "=NA()", None, "#N/A")
        sheet.write_formula(1, 1, "=1/0", None, "#DIV/0!")
    return out.getvalue()


def _macros() -> bytes:
    types = _part("[Content_Types].xml").replace(
        b"openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
        b"ms-excel.sheet.macroEnabled.main+xml",
    )
    return _packed(
        {"[Content_Types].xml": types}, [("xl/vbaProject.bin", OLE + b"\0" * 400)]
    )


def _twice() -> bytes:
    out = io.BytesIO(PLAIN)
    with zipfile.ZipFile(out, "a") as archive:
        archive.filelist[0].filename = "[content_types].xml"
        archive.writestr("xl/WORKSHEETS/sheet1.xml", _sheet())
    return out.getvalue()


def _encrypted_part() -> bytes:
    # The first flag bit of the central directory and of the local header.
    content = bytearray(PLAIN)
    for mark, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        place = content.find(mark)
        content[place + offset] |= 1
    return bytes(content)


def hostile_files() -> dict[str, tuple[bytes, str]]:
    """Name to content and the rule that refuses it, or `accepted`, or `either`."""
    entities = b"".join(
        b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10)
    )
    laughs = b'<!DOCTYPE l [<!ENTITY a0 "lol">' + entities + b"]>"
    square = b'<!DOCTYPE l [<!ENTITY a "' + b"x" * 200_000 + b'">]>'
    outside = b'<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    deep = b"<x>" * 300_000 + b"</x>" * 300_000
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    uncomputed = b'<row r="1048576"><c r="XFD1048576"><f>1</f></c></row>'
    wide = b"".join(b"<c><v>%d</v></c>" % n for n in range(1_000_000))
    cells = b'<row r="2"><c r="A2"><v>1</v></c></row>'
    rels = "xl/_rels/workbook.xml.rels"
    formulas = _book(lambda _, sheet: sheet.append(["=A1", "=1/0"]))
    text = "datum;score\n2024-01-31;4\n"

    def hidden(book: openpyxl.Workbook, sheet: Any) -> None:
        sheet.append(["2024-01-31", 4])
        sheet.row_dimensions[2].hidden = True
        book.create_sheet("geheim").sheet_state = "veryHidden"

    def merged(_: openpyxl.Workbook, sheet: Any) -> None:
        sheet.append(["2024-01-31", 4])
        sheet.append([None, 5])
        sheet.merge_cells("A2:A3")

    def old_dates(book: openpyxl.Workbook, sheet: Any) -> None:
        book.epoch = CALENDAR_MAC_1904
        sheet.append(["2024-01-31", 4])

    unzipped = io.BytesIO()
    with zipfile.ZipFile(unzipped, "w") as archive:
        archive.writestr("../../weg.csv", text)
    nested = io.BytesIO()
    with zipfile.ZipFile(nested, "w") as archive:
        archive.writestr("in.zip", b"PK\x05\x06" + b"\0" * 18)
    return {
        "plain.xlsx": (PLAIN, "accepted"),
        "old_dates.xlsx": (_book(old_dates), "accepted"),
        "merged.xlsx": (_book(merged), "accepted"),
        "hidden.xlsx": (_book(hidden), "accepted"),
        "not_computed.xlsx": (formulas, "accepted"),
        "error_cells.xlsx": (_cached_formulas(), "accepted"),
        "macros.xlsm": (_macros(), "accepted"),
        "far_dimension.xlsx": (
            _packed(
                {SHEET: _part(SHEET).replace(b'ref="A1:B2"', b'ref="A1:XFD1048576"')}
            ),
            "accepted",
        ),
        "link_outside.xlsx": (
            _packed(add=[("xl/externalLinks/externalLink1.xml", b"<externalLink/>")]),
            "accepted",
        ),
        "far_cell.xlsx": (_packed({SHEET: _sheet(far)}), "limits"),
        "far_formula.xlsx": (_packed({SHEET: _sheet(uncomputed)}), "either"),
        "million_columns.xlsx": (
            _packed({SHEET: _sheet(b'<row r="2">' + wide + b"</row>")}),
            "too_many_columns",
        ),
        "cell_of_ten_million.xlsx": (
            _packed({SHEET: _sheet(_text_row(os.urandom(5_000_000).hex().encode()))}),
            "accepted",
        ),
        "laughs.xlsx": (
            _packed({SHEET: _sheet(_text_row(b"&a9;"), before=laughs)}),
            "declarations",
        ),
        "quadratic.xlsx": (
            _packed({SHEET: _sheet(_text_row(b"&a;" * 20_000), before=square)}),
            "declarations",
        ),
        "outside_entity.xlsx": (
            _packed({SHEET: _sheet(_text_row(b"&x;"), before=outside)}),
            "declarations",
        ),
        "late_doctype.xlsx": (
            _packed(
                {
                    SHEET: _sheet(
                        _text_row(b"&a9;"),
                        before=b"<!--" + b"x" * 9000 + b"-->" + laughs,
                    )
                }
            ),
            "either",
        ),
        "deep.xlsx": (_packed({SHEET: _sheet(deep)}), "either"),
        "row_bomb.xlsx": (
            _packed({SHEET: _bomb(cells * 20_000, 60, b"@")}),
            "zip_bomb",
        ),
        "text_bomb.xlsx": (
            _packed({SHEET: _bomb(b"x" * 1_000_000, 80, _text_row(b"@"))}),
            "zip_bomb",
        ),
        "bad_text_number.xlsx": (
            _packed({SHEET: _sheet(b'<row r="2"><c r="A2" t="s"><v>99</v></c></row>')}),
            "either",
        ),
        "cut_xml.xlsx": (
            _packed({SHEET: _part(SHEET)[: len(_part(SHEET)) // 2]}),
            "either",
        ),
        "no_relation.xlsx": (
            _packed({rels: _part(rels).replace(b"sheet1", b"sheet9")}),
            "damaged",
        ),
        "utf16_xml.xlsx": (
            _packed({SHEET: _sheet().decode().encode("utf-16")}),
            "declarations",
        ),
        "traversal.xlsx": (
            _packed(add=[("../../../../evil.txt", b"x")]),
            "traversal",
        ),
        "twice.xlsx": (_twice(), "twice"),
        "many_parts.xlsx": (
            _packed(add=[(f"xl/{n}.xml", b"") for n in range(6_000)]),
            "too_many_parts",
        ),
        "encrypted_part.xlsx": (_encrypted_part(), "password"),
        "password.xlsx": (
            OLE + b"\0" * 2000 + "EncryptedPackage".encode("utf-16-le"),
            "password",
        ),
        "old.xls": (OLE + b"\0" * 4096, "old_xls"),
        "cut.xlsx": (PLAIN[: len(PLAIN) * 2 // 3], "damaged"),
        "empty.xlsx": (b"", "empty"),
        "text.xlsx": (text.encode(), "wrong_ending"),
        "page.xls": (b"<html><table><tr><td>1</td></tr></table></html>", "markup"),
        "workbook.csv": (PLAIN, "wrong_ending"),
        "document.csv": (b"%PDF-1.7 ...", "document"),
        "noise.csv": (random.Random(1).randbytes(3000), "either"),
        "noughts.csv": (b"\0" * 5000, "binary"),
        "wide.csv": (b";".join(b"%d" % n for n in range(1_000_000)), "either"),
        "wide_row.csv": (text.encode() + b";4" * 1_000_000 + b"\n", "accepted"),
        "long_cell.csv": (text.encode() + b"x" * 10_000_000, "accepted"),
        "surrogates.csv": (text.encode() + b"\xed\xa0\x80;4\n", "accepted"),
        "surrogates_utf16.csv": (
            (text + "\ud800;4\n").encode("utf-16", "surrogatepass"),
            "accepted",
        ),
        "quotes.csv": (text.encode() + b'x";"\n' * 100_000, "accepted"),
        "bomb.csv.gz": (
            gzip.compress(text.encode() + b"x" * 60_000_000, 9),
            "zip_bomb",
        ),
        "cut.csv.gz": (gzip.compress(text.encode() * 1000)[:-20], "damaged"),
        "traversal.zip": (unzipped.getvalue(), "traversal"),
        "nested.zip": (nested.getvalue(), "packed"),
        "deep.jsonl": (b'{"datum":' * 200_000, "missing_column"),
        "power.jsonl": (b'{"datum": 1e999999999, "score": -1e-999999999}', "accepted"),
        "cut.parquet": (b"PAR1" + b"\xff" * 500 + b"PAR1", "damaged"),
    }


def _bases() -> dict[str, bytes]:
    text = 'datum;score\n2024-01-31;4\n"1;2";"x\ny"\nünïcode;5\n' * 3
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("a.csv", text)
    lines = '{"datum": "2024-01-31", "score": 4.5}\n' * 5
    parquet = Path(os.environ.get("TMPDIR", "/tmp")) / f"hostile-{os.getpid()}.parquet"
    duckdb.sql(
        "copy (select date '2024-01-31' as datum, i as score from range(50) as t(i))"
        f" to '{parquet}' (format parquet)"
    )
    content = parquet.read_bytes()
    parquet.unlink()
    return {
        "a.xlsx": PLAIN,
        "b.xlsx": _book(lambda _, sheet: sheet.append(["=A1", 0.5])),
        "c.xlsm": _macros(),
        "a.csv": text.encode(),
        "b.csv": text.encode("utf-16"),
        "c.csv": text.encode("cp1252"),
        "a.zip": zipped.getvalue(),
        "a.csv.gz": gzip.compress(text.encode()),
        "a.jsonl": lines.encode(),
        "a.parquet": content,
    }


def _wounded(content: bytes, chance: random.Random) -> bytes:
    data = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(data) + 1)
        length = chance.choice((1, 1, 4, 50))
        kind = chance.randrange(6)
        if kind == 0 and place < len(data):
            data[place] ^= 1 << chance.randrange(8)
        elif kind == 1:
            data[place:place] = chance.randbytes(length)
        elif kind == 2:
            del data[place : place + length]
        elif kind == 3:
            data[place : place + length] = b"\0" * length
        elif kind == 4:
            data[place:place] = data[place : place + length] * 20
        elif kind == 5 and chance.random() < 0.3:
            del data[place:]
    return bytes(data)


def mutations(count: int, seed: int) -> Iterable[tuple[str, bytes]]:
    """Mutated files under a name with their number, the same for the same seed."""
    chance = random.Random(seed)
    bases = list(_bases().items())
    for number in range(count):
        name, content = chance.choice(bases)
        if name.endswith(("xlsx", "xlsm")) and chance.random() < 0.6:
            # Within a part: behind the checksums of the zip.
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                part = chance.choice([SHEET, SHEET, *archive.namelist()])
                wounded = _wounded(archive.read(part), chance)
            content = _packed({part: wounded}, source=content)
        else:
            content = _wounded(content, chance)
        if chance.random() < 0.1:
            name = chance.choice(bases)[0]
        yield f"{number}_{name}", content


def _cpu_seconds() -> float:
    """Of the children: the clock also runs for whoever shares the machine."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _outcome(path: Path, scratch: Path) -> dict[str, Any]:
    started = _cpu_seconds()
    try:
        found = read(path, LAYOUT, scratch)
    except Unreadable as error:
        result = {"class": error.rule, "sentence": str(error)}
    else:
        result = {"class": "accepted", "sentence": ""}
        rows = duckdb.sql(f"select count(*) from {found.relation}").fetchone()
        result["counted"] = rows == (found.row_count,)
    return result | {"name": path.name, "seconds": _cpu_seconds() - started}


def make(folder: Path, count: int, seed: int) -> None:
    """Write the corpus and so many mutations, each in a folder of its own."""
    files = [(name, *found) for name, found in hostile_files().items()]
    more = ((name, content, "either") for name, content in mutations(count, seed))
    for number, (name, content, expected) in enumerate(itertools.chain(files, more)):
        place = folder / f"{number:05}"
        place.mkdir(parents=True)
        (place / name).write_bytes(content)
        (place / "expected").write_text(expected)


def read_all(folder: Path) -> dict[str, Any]:
    """Read them all; what became of each, and the peak memory of a child."""
    outcomes = []
    for place in sorted(folder.iterdir()):
        expected = (place / "expected").read_text()
        (place / "expected").unlink()
        (path,) = place.iterdir()
        before = path.read_bytes()
        scratch = place / "scratch"
        scratch.mkdir()
        outcome = _outcome(path, scratch)
        kept = {path, scratch} == set(place.iterdir()) and path.read_bytes() == before
        outcomes.append(outcome | {"expected": expected, "kept": kept})
        for entry in scratch.iterdir():
            entry.unlink()
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    return {"outcomes": outcomes, "peak_megabytes": peak}


if __name__ == "__main__":
    # A child counts what its parent held when it was started: make and read apart.
    if sys.argv[1] == "make":
        make(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
    else:
        print(json.dumps(read_all(Path(sys.argv[2]))))
