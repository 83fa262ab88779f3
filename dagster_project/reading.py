"""From the bytes of a delivered file to rows of text, each with its place.

Belongs here: what a reader has to know of a file (a small layout), the wall around
parsing (a look at the outside first, then a child process with limits), what is packed
in `.zip` or `.gz`, titles, the table that is handed over, and Parquet. Text is in
reading_text.py, workbooks in reading_workbook.py. Does not belong here: types, codes
and rules of a contract (checks.py), and which delivery counts (feeds.py).
"""

import contextlib
import csv
import errno
import functools
import gc
import gzip
import importlib.util
import itertools
import json
import operator
import os
import re
import resource
import stat
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

from dagster_project.sql import identifier, quote

MAX_CELL = 32_767
MAX_COLUMNS = 16_384
# With four bytes a character this stays within the line length that DuckDB accepts.
MAX_RECORD = 500_000
MAX_BAD_ROWS = 1_000_000
# Powers of ten beyond this are not written out.
MAX_EXPONENT = 400
BAD_ROW_REASONS = {
    "double_key": "een kolom staat er twee keer in",
    "encoding": "er staan tekens in die niet te lezen zijn",
    "json": "dit is geen JSON-object",
    "long_cell": f"een cel heeft meer dan {MAX_CELL} tekens",
    "long_line": "de regel is te lang",
    "nul": "er staat een NUL-teken in",
}
MAX_FILE = 8 << 30
MAX_UNPACKED = 8 << 30
MAX_RATIO = 200
RATIO_FROM = 8 << 20
HEADER_SEARCH_ROWS = 100
ENDINGS = {
    "csv": "csv",
    "txt": "csv",
    "tsv": "csv",
    "xlsx": "xlsx",
    "xlsm": "xlsx",
    "jsonl": "jsonl",
    "ndjson": "jsonl",
    "json": "jsonl",
    "parquet": "parquet",
    "zip": "zip",
    "gz": "gz",
}
FORMAT_NAMES = {
    "csv": "een tekstbestand (CSV)",
    "xlsx": "een Excel-werkmap",
    "jsonl": "JSON-regels",
    "parquet": "een Parquet-bestand",
    "zip": "een zip-bestand",
    "gz": "een gz-bestand",
}


@dataclass(frozen=True)
class Block:
    """One of several tables on one sheet.

    `after` is the heading that opens it, `sets` gives the columns that this heading
    stands for, the same in all its rows.
    """

    after: str
    sets: dict[str, str]


@dataclass(frozen=True)
class LayoutColumn:
    """A column of the contract and the titles that it has had, the current one first.

    Titles are compared without regard to capitals, white space and line breaks.
    `fill_down` gives an empty cell the value above it (merged cells).
    """

    name: str
    headers: tuple[str, ...]
    required: bool
    fill_down: bool = False

    @property
    def title(self) -> str:
        """The name by which a sender knows the column."""
        return self.headers[0] if self.headers else self.name


@dataclass(frozen=True)
class Layout:
    """What the reader has to know of a file.

    `format` is csv, xlsx, jsonl or parquet; None: by content and ending. `sheet` None:
    the first visible one. `header_row` counts from 1; None: the row that carries the
    required titles. `delimiter` and `encoding` None: recognised. `decimal_char` is what
    typed numbers are written with. `cells` are places (B2) whose text is told apart.
    """

    columns: tuple[LayoutColumn, ...]
    format: str | None = None
    sheet: str | None = None
    header_row: int | None = None
    blocks: tuple[Block, ...] = ()
    delimiter: str | None = None
    encoding: str | None = None
    decimal_char: str = ","
    cells: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of the relation: those of the layout, then what blocks set."""
        sets = itertools.chain.from_iterable(block.sets for block in self.blocks)
        return tuple(dict.fromkeys([*(c.name for c in self.columns), *sets]))


class Unreadable(Exception):  # noqa: N818 - the word that the house uses
    """The delivery is refused as a whole; the message can be mailed as it is."""

    def __init__(self, message: str, rule: str) -> None:
        """Refuse with a Dutch sentence, under the name of a rule."""
        super().__init__(message)
        self.rule = rule


@dataclass(frozen=True)
class BadRow:
    """A row that could not be parsed: its place and length, never its text."""

    sheet: str | None
    line: int
    length: int
    rule: str
    reason_nl: str


@dataclass(frozen=True)
class Lines:
    """A text of which each line is one row, from the byte `start` on.

    `relation` has the rows of the file `some`, where each line begins with its number.
    """

    path: str
    start: int
    delimiter: str
    some: str
    relation: str


@dataclass(frozen=True)
class Reading:
    """What a file holds, as text.

    `relation` can stand in FROM: `row_number` (1..n in the order of the file), `sheet`
    (null for text), `line` (1-based place in the file or row on the sheet), then one
    varchar a column of the layout, null where the cell is empty. `row_count` is counted
    on the file and not by the engine that reads the relation: compare the two. `cells`
    has the text of the places that the layout asks for, where they have any.
    """

    relation: str
    bad_rows: list[BadRow]
    row_count: int
    extra_columns: tuple[str, ...]
    notes: tuple[str, ...]
    cells: dict[str, str]
    details: dict[str, Any]
    lines: Lines | None = None

    def some_rows(self, numbers: Iterable[int]) -> str | None:
        """The relation with these rows alone, in ascending order of their numbers.

        None: their lines cannot be told apart without reading the relation.
        """
        if self.lines is None:
            return None
        mark = self.lines.delimiter.encode()
        passed = 0
        with (
            Path(self.lines.path).open("rb") as source,
            Path(self.lines.some).open("wb") as some,
        ):
            source.seek(self.lines.start)
            for number in numbers:
                line = next(itertools.islice(source, number - passed - 1, None))
                some.write(b"%d%s%s" % (number, mark, line))
                passed = number
        return self.lines.relation


def read(
    path: Path, layout: Layout, scratch: Path, *, name: str | None = None
) -> Reading:
    """Read a delivered file in a child process with limits.

    Args:
        path: a regular file; nothing else is opened.
        layout: what is expected of it.
        scratch: a folder of one's own; the relation refers to files in it.
        name: the name to call the file by, if that is not the name of `path`.

    Raises:
        Unreadable: the delivery is refused as a whole.
    """
    name = name or path.name
    before = _look_at_outside(path, name)
    request = request_for(path, layout, scratch, name, before)
    told = _in_child(request, before.st_size, name)
    if "unpacked" in told:
        # Another child, whose limits follow from what the file really holds.
        inner = scratch.absolute() / "unpacked"
        status = inner.lstat()
        request |= {
            "path": os.fspath(inner),
            "name": f"{name} > {told['unpacked']}",
            "identity": [status.st_dev, status.st_ino],
            "packed": True,
        }
        told = _in_child(request, status.st_size, request["name"])
    after = path.lstat()
    if (before.st_ino, before.st_size, before.st_mtime_ns) != (
        after.st_ino,
        after.st_size,
        after.st_mtime_ns,
    ):
        raise Unreadable(
            f"{_shown(name)} veranderde terwijl het gelezen werd.", "changed"
        )
    if "machine" in told:
        # Never the file's fault: a refusal would stand long after the disk has room.
        raise OSError(errno.ENOSPC, told["machine"])
    if "unreadable" in told:
        raise Unreadable(told["unreadable"], told["rule"])
    return Reading(
        relation=told["relation"],
        bad_rows=[BadRow(*row) for row in told["bad_rows"]],
        row_count=told["row_count"],
        extra_columns=tuple(told["extra_columns"]),
        notes=tuple(told["notes"]),
        cells=told["cells"],
        details=told["details"],
        lines=Lines(**told["lines"]) if "lines" in told else None,
    )


def request_for(
    path: Path, layout: Layout, scratch: Path, name: str, status: os.stat_result
) -> dict[str, Any]:
    """What the child is asked, as plain words that can be written as JSON."""
    return {
        "path": os.fspath(path.absolute()),
        "name": name,
        "scratch": os.fspath(scratch.absolute()),
        "layout": asdict(layout),
        "identity": [status.st_dev, status.st_ino],
    }


def _look_at_outside(path: Path, name: str) -> os.stat_result:
    try:
        status = path.lstat()
    except (OSError, ValueError) as error:
        raise Unreadable(f"{_shown(name)} is niet te openen.", "open") from error
    if not stat.S_ISREG(status.st_mode):
        raise Unreadable(f"{_shown(name)} is geen gewoon bestand.", "regular_file")
    if status.st_size == 0:
        raise Unreadable(f"{_shown(name)} is leeg (0 bytes).", "empty")
    if status.st_size > MAX_FILE:
        raise Unreadable(
            f"{_shown(name)} is groter dan {MAX_FILE >> 30} GB.", "too_large"
        )
    return status


def _in_child(request: dict[str, Any], size: int, name: str) -> dict[str, Any]:
    memory, seconds = _limits(size, name)
    command = [sys.executable, "-I", "-S", "-c", CHILD, str(memory), str(seconds)]
    command += _import_places()
    try:
        done = subprocess.run(
            command,
            input=json.dumps(request).encode("ascii"),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=request["scratch"],
            # Without this glibc reserves address space for every thread.
            env={"MALLOC_ARENA_MAX": "2"},
            timeout=15 + 4 * seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Unreadable(
            f"{_shown(name)} is niet te lezen: het lezen duurde te lang.", "time"
        ) from error
    try:
        return json.loads(done.stdout)
    except ValueError:
        pass
    raise Unreadable(
        f"{_shown(name)} is niet te lezen: het bestand is beschadigd, of het vraagt "
        "meer geheugen of rekentijd dan een bestand van deze grootte mag kosten.",
        "limits",
    )


CHILD = (
    "import sys; sys.path += sys.argv[3:]; from dagster_project.reading import serve;"
    " serve(int(sys.argv[1]), int(sys.argv[2]))"
)


def _limits(size: int, name: str) -> tuple[int, int]:
    """Address space in bytes and processor seconds for an honest file of this size."""
    megabytes = size / 1e6
    if name.lower().endswith((".csv", ".txt", ".tsv", ".jsonl", ".ndjson", ".json")):
        return 400 << 20, round(4 + megabytes * 0.6)
    beyond = max(0.0, megabytes - 1)
    return (470 << 20) + round(beyond * 80e6), round(4 + beyond * 6)


def _import_places() -> list[str]:
    """Where a bare interpreter finds this package and the two readers it needs."""
    places = [os.fspath(Path(__file__).resolve().parents[1])]
    for package in ("duckdb", "python_calamine"):
        found = importlib.util.find_spec(package)
        if found and found.origin:
            places.append(os.fspath(Path(found.origin).parents[1]))
    return list(dict.fromkeys(places))


def serve(memory: int, seconds: int) -> None:
    """Answer one request from standard input; the main function of the child."""
    for limit, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_FSIZE, MAX_UNPACKED),
    ):
        resource.setrlimit(limit, (value, value))
    # Millions of cells and no cycles: looking for those would cost a quarter.
    gc.disable()
    told = reply(json.load(sys.stdin.buffer))
    # A surrogate in a text cannot be written as UTF-8; JSON escapes it.
    sys.stdout.buffer.write(json.dumps(told).encode("ascii"))
    sys.stdout.buffer.flush()
    # Nothing is left to tidy up, and freeing millions of cells takes time.
    os._exit(0)


def reply(request: dict[str, Any]) -> dict[str, Any]:
    """What the child answers, whatever the file does to its reader."""
    name = request["name"]
    try:
        return answer(request)
    except Unreadable as error:
        # A reader that could not write takes that for a fault of the file.
        if _is_full_disk(error.__cause__):
            return {"machine": str(error.__cause__)}
        return {"unreadable": str(error), "rule": error.rule}
    except MemoryError:
        return {
            "unreadable": f"{_shown(name)} is niet te lezen: het vraagt meer geheugen "
            "dan een bestand van deze grootte mag kosten.",
            "rule": "limits",
        }
    except AssertionError:
        return {
            "unreadable": f"{_shown(name)} is niet overgenomen: de controle dat elke "
            "rij gelezen is, klopt niet.",
            "rule": "conservation",
        }
    except BaseException as error:  # noqa: BLE001 - the wall: whatever a parser raises
        if _is_full_disk(error):
            return {"machine": str(error)}
        return {
            "unreadable": f"{_shown(name)} is niet te lezen: het bestand is "
            f"beschadigd ({type(error).__name__}).",
            "rule": "damaged",
        }


def _is_full_disk(error: BaseException | None) -> bool:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    # DuckDB and pyarrow have no number for it, only the words of the system.
    return os.strerror(errno.ENOSPC) in str(error)


@dataclass
class Request:
    """One file to read, as the child sees it."""

    path: Path
    name: str
    scratch: Path
    layout: Layout
    notes: list[str] = field(default_factory=list)
    cells: dict[str, str] = field(default_factory=dict)
    closing: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    @property
    def shown(self) -> str:
        """The name as it stands in sentences."""
        return _shown(self.name)

    def refuse(self, rest: str, rule: str) -> Unreadable:
        """The refusal that says `rest` about the file."""
        return Unreadable(f"{self.shown} {rest}", rule)


def answer(message: dict[str, Any]) -> dict[str, Any]:
    """Read the file that a request names; what the child does, without its limits."""
    request = Request(
        Path(message["path"]),
        message["name"],
        Path(message["scratch"]),
        _layout(message["layout"]),
    )
    csv.field_size_limit(MAX_RECORD + 1)
    descriptor = os.open(request.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    status = os.fstat(descriptor)
    with request.closing, os.fdopen(descriptor, "rb") as stream:
        if [status.st_dev, status.st_ino] != message["identity"]:
            raise request.refuse("veranderde terwijl het gelezen werd.", "changed")
        return _dispatch(stream, request, bool(message.get("packed")))


def _layout(message: dict[str, Any]) -> Layout:
    columns = [
        LayoutColumn(headers=tuple(column.pop("headers")), **column)
        for column in message.pop("columns")
    ]
    blocks = [Block(**block) for block in message.pop("blocks")]
    cells = tuple(message.pop("cells"))
    return Layout(columns=tuple(columns), blocks=tuple(blocks), cells=cells, **message)


def _dispatch(stream: BinaryIO, request: Request, packed: bool) -> dict[str, Any]:
    head = stream.read(4096)
    stream.seek(0)
    content = _content(stream, head, request)
    ending = ENDINGS.get(request.name.lower().rpartition(".")[2])
    declared = request.layout.format
    if content in ("zip", "gz"):
        if packed:
            raise request.refuse("bevat een ingepakt bestand in een ander.", "packed")
        if ending in ENDINGS.values() and ending != content:
            raise request.refuse(
                f"is {FORMAT_NAMES[content]}, maar heet anders.", "wrong_ending"
            )
        return {"unpacked": _unpack(stream, content, request)}
    if content == "text":
        wanted = declared or ending
        content = wanted if wanted in ("csv", "jsonl") else "csv"
        if wanted is None and head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
            content = "jsonl"
        elif wanted not in (None, "csv", "jsonl"):
            raise request.refuse(
                f"is geen {FORMAT_NAMES[wanted].partition(' ')[2]}, maar tekst.",
                "wrong_ending",
            )
    for expected, where in ((ending, "heet"), (declared, "wordt verwacht als")):
        if expected and expected != content and not (packed and where == "heet"):
            raise request.refuse(
                f"is {FORMAT_NAMES[content]}, maar {where} "
                + ("anders." if where == "heet" else f"{FORMAT_NAMES[expected]}."),
                "wrong_ending",
            )
    # Each reader is loaded where it is needed: the child has to start quickly.
    if content == "xlsx":
        from dagster_project.reading_workbook import read_workbook

        return read_workbook(stream, request)
    if content == "parquet":
        return _read_parquet(request)
    from dagster_project.reading_text import read_delimited, read_json_lines

    return (read_json_lines if content == "jsonl" else read_delimited)(stream, request)


def _content(stream: BinaryIO, head: bytes, request: Request) -> str:
    """What the first bytes say: zip, gz, xlsx, parquet or text."""
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        directory = head + stream.read(1 << 20)
        stream.seek(0)
        if "EncryptedPackage".encode("utf-16-le") in directory:
            raise request.refuse("is met een wachtwoord beveiligd.", "password")
        raise request.refuse(
            "is een oud binair Office-bestand (.xls); bewaar het als .xlsx.", "old_xls"
        )
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        from dagster_project.reading_workbook import is_workbook

        return "xlsx" if is_workbook(stream, request) else "zip"
    if head.startswith(b"\x1f\x8b"):
        return "gz"
    if head.startswith(b"PAR1"):
        return "parquet"
    if re.match(rb"(\xef\xbb\xbf)?\s*<(!doctype|html|\?xml|table)", head, re.I):
        raise request.refuse("is een webpagina of XML, geen tabel.", "markup")
    if head.startswith((b"%PDF", b"{\\rtf")):
        raise request.refuse("is een document, geen tabel.", "document")
    return "text"


def _unpack(stream: BinaryIO, kind: str, request: Request) -> str:
    """Write the one file inside to the scratch folder; the name that it had."""
    if kind == "gz":
        inner_name = request.name[:-3] if request.name.endswith(".gz") else request.name
        opened: Callable[[], Any] = functools.partial(gzip.GzipFile, fileobj=stream)
        packed_size = os.fstat(stream.fileno()).st_size
    else:
        archive = zipfile.ZipFile(stream)
        parts = [
            part
            for part in archive.infolist()
            if not part.is_dir()
            and not part.filename.startswith("__MACOSX/")
            and not part.filename.rpartition("/")[2].startswith(".")
        ]
        if len(parts) != 1:
            raise request.refuse(
                f"moet precies één bestand bevatten, maar bevat er {len(parts)}.",
                "zip_parts",
            )
        inner_name = parts[0].filename.rpartition("/")[2]
        opened = functools.partial(archive.open, parts[0])
        packed_size = parts[0].compress_size
    target = request.scratch / "unpacked"
    written = 0
    try:
        with opened() as source, target.open("wb") as out:
            while chunk := source.read(1 << 20):
                written += len(chunk)
                if written > MAX_UNPACKED or (
                    written > RATIO_FROM and written > MAX_RATIO * packed_size
                ):
                    raise request.refuse(
                        "pakt uit tot veel meer dan het zelf groot is (zipbom?).",
                        "zip_bomb",
                    )
                out.write(chunk)
    except (
        zlib.error,
        EOFError,
        OSError,
        ValueError,
        zipfile.BadZipFile,
        RuntimeError,
    ) as error:
        raise request.refuse(
            "is een beschadigd of beveiligd ingepakt bestand.", "damaged"
        ) from error
    if not written:
        raise request.refuse("bevat een leeg bestand.", "empty")
    return inner_name


def place_of(cell: str) -> tuple[int, int]:
    """Row and column, from 0, of a place as Excel names it (B2)."""
    letters = cell.rstrip("0123456789")
    column = functools.reduce(lambda n, letter: 26 * n + ord(letter) - 64, letters, 0)
    return int(cell[len(letters) :]) - 1, column - 1


def plain(text: str) -> str:
    """A title for comparison: white space collapsed, without capitals."""
    return " ".join(text.replace("\ufeff", "").split()).casefold()


def _shown(text: str, length: int = 60) -> str:
    """A text of others as it may stand in a sentence: one line, printable, cut."""
    line = "".join(c if c.isprintable() else " " for c in text[: 4 * length])
    line = " ".join(line.split())
    return line if len(line) <= length else line[: length - 1] + "…"


def shown_title(title: str) -> str:
    """A title in a sentence; what looks like a person's data is not repeated."""
    if "@" in title or sum(map(str.isdigit, title)) >= 9:
        return "(een waarde)"
    return _shown(title, 40)


@dataclass(frozen=True)
class Titles:
    """A row of titles held against the columns of a layout.

    `picks` has the position of each column of the layout, None where it is absent.
    """

    width: int
    picks: tuple[int | None, ...]
    missing: tuple[str, ...]
    twice: tuple[str, ...]
    extra: tuple[str, ...]
    shown: tuple[str, ...]

    @property
    def found(self) -> int:
        """How many columns of the layout the row carries."""
        return sum(pick is not None for pick in self.picks)

    def check(self, request: Request, where: str = "") -> None:
        """Refuse the delivery if a column is missing or stands there twice."""
        shown = ", ".join(self.shown[:40]) or "geen"
        if self.missing:
            word = "kolom" if len(self.missing) == 1 else "kolommen"
            raise request.refuse(
                f"mist {where}de {word} {', '.join(self.missing)}. "
                f"Gevonden kolommen: {shown}.",
                "missing_column",
            )
        if self.twice:
            raise request.refuse(
                f"heeft {where}meer dan één kolom {', '.join(self.twice)}. "
                f"Gevonden kolommen: {shown}.",
                "double_column",
            )
        if not self.found:
            raise request.refuse(
                f"heeft {where}geen enkele gevraagde kolom. Gevonden kolommen: "
                f"{shown}.",
                "missing_column",
            )


def match_titles(
    titles: Sequence[str], layout: Layout, sets: Iterable[str] = ()
) -> Titles:
    """Hold a row of titles against a layout; what a block sets need not be there."""
    wanted = {
        plain(header): number
        for number, column in reversed(list(enumerate(layout.columns)))
        for header in (*column.headers[::-1],)
    }
    places: dict[int, list[int]] = {}
    extra = []
    for place, title in enumerate(titles):
        number = wanted.get(plain(title))
        if number is not None:
            places.setdefault(number, []).append(place)
        elif plain(title):
            extra.append(shown_title(title))
    given = set(sets)
    return Titles(
        width=len(titles),
        picks=tuple(
            places[number][0] if number in places else None
            for number in range(len(layout.columns))
        ),
        missing=tuple(
            column.title
            for number, column in enumerate(layout.columns)
            if column.required and number not in places and column.name not in given
        ),
        twice=tuple(
            layout.columns[number].title
            for number, found in sorted(places.items())
            if len(found) > 1
        ),
        extra=tuple(extra),
        shown=tuple(shown_title(title) for title in titles if plain(title)),
    )


def number_text(number: Decimal, decimal_char: str) -> str:
    """A number written out, without a power of ten and without noughts at its end."""
    if not number.is_finite() or (number and abs(number.adjusted()) > MAX_EXPONENT):
        return str(number)
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.replace(".", decimal_char)


CSV_OPTIONS = (
    "auto_detect = false, header = false, strict_mode = true, null_padding = false,"
    " ignore_errors = false, comment = '', nullstr = '', compression = 'none',"
    " hive_partitioning = false, max_line_size = 2097152"
)


class TextTable:
    """The accepted rows, written as one plain CSV file.

    `pieces` counts the characters of each kind of piece of the file.
    """

    def __init__(self, request: Request) -> None:
        """Open the table in the scratch folder."""
        self.request = request
        self.path = request.scratch / "rows.csv"
        self.names = request.layout.names
        self.row_count = 0
        self.sheet: str | None = None
        self.bad_rows: list[tuple[str | None, int, int, str, str]] = []
        self.pieces = dict.fromkeys(("row", "bad", "preamble", "header", "blank"), 0)
        self.filled = [
            number for number, c in enumerate(request.layout.columns) if c.fill_down
        ]
        self.above: dict[int, Any] = {}
        self._stream = request.closing.enter_context(
            self.path.open("w", encoding="utf-8", newline="")
        )
        # All texts in quotes: the writer would leave a bare carriage return outside.
        self._writer = csv.writer(
            self._stream, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC
        )

    def start(self, titles: Titles, sets: dict[str, str] | None = None) -> None:
        """Say where the cells of the rows to come stand, and what is constant."""
        sets = sets or {}
        self.above = {}
        picks = [
            None if name in sets else titles.picks[number]
            for number, name in enumerate(c.name for c in self.request.layout.columns)
        ]
        picks += [None] * (len(self.names) - len(picks))
        self._picks = picks
        self.places = [pick for pick in picks if pick is not None]
        self._constants = [sets.get(name, "") for name in self.names]
        self._pick: Callable[[Sequence[Any]], Sequence[Any]] = self._pick_some
        if len(self.places) == len(picks) > 1:
            self._pick = operator.itemgetter(*self.places)

    def _pick_some(self, cells: Sequence[Any]) -> Sequence[Any]:
        return [
            constant if place is None else cells[place]
            for place, constant in zip(self._picks, self._constants, strict=True)
        ]

    def add(self, rows: Sequence[Sequence[str]], lines: Iterable[int]) -> None:
        """Add rows of cells, in the order of the file."""
        picked: Iterable[Sequence[str]] = map(self._pick, rows)
        if self.filled:
            picked = map(self._fill_down, picked)
        self._writer.writerows(
            (line, *cells) for line, cells in zip(lines, picked, strict=False)
        )
        self.row_count += len(rows)

    def add_columns(
        self,
        texts: Callable[[int], Sequence[str | int]],
        lines: Sequence[int],
        sheet: str,
    ) -> None:
        """Add rows of which `texts` gives a column by its place."""
        count = len(lines)
        columns = [
            itertools.repeat(constant, count) if place is None else texts(place)
            for place, constant in zip(self._picks, self._constants, strict=True)
        ]
        cells: Iterable[Sequence[Any]] = zip(*columns, strict=True)
        if self.filled:
            columns = list(zip(*map(self._fill_down, cells), strict=True))
        self.sheet = sheet
        self._writer.writerows(zip(lines, *columns, strict=True))
        self.row_count += count

    def _fill_down(self, cells: Sequence[Any]) -> list[Any]:
        filled = list(cells)
        for number in self.filled:
            if str(filled[number]).strip():
                self.above[number] = filled[number]
            else:
                filled[number] = self.above.get(number, "")
        return filled

    def add_bad(
        self, line: int, length: int, rule: str, reason: str, sheet: str | None = None
    ) -> None:
        """Keep the place of a row that could not be parsed."""
        self.bad_rows.append((sheet, line, length, rule, reason))
        if len(self.bad_rows) > MAX_BAD_ROWS:
            raise self.request.refuse(
                f"heeft meer dan {MAX_BAD_ROWS} onleesbare rijen.", "too_many_bad_rows"
            )

    def must_hold(self, total: int) -> None:
        """Hold the pieces against all there was to read."""
        counted = sum(self.pieces.values())
        if counted != total:
            raise AssertionError(f"{total} in the file, {counted} in its pieces")

    def reply(
        self, extra: Iterable[str], details: dict[str, Any], relation: str | None = None
    ) -> dict[str, Any]:
        """What the child answers."""
        self._stream.close()
        return {
            "relation": relation or self._relation(),
            "bad_rows": self.bad_rows,
            "row_count": self.row_count,
            "extra_columns": list(dict.fromkeys(extra)),
            "notes": self.request.notes,
            "cells": self.request.cells,
            "details": {**details, "pieces": self.pieces},
        }

    def _relation(self) -> str:
        types = ["bigint", *["varchar"] * len(self.names)]
        columns = ", ".join(f"'c{n}': '{kind}'" for n, kind in enumerate(types))
        titles = ("line", *map(identifier, self.names))
        picked = ", ".join(f"c{n} as {title}" for n, title in enumerate(titles))
        sheet = "null" if self.sheet is None else quote(self.sheet)
        # Cells may hold line ends: one thread never has to guess where a row begins.
        return (
            f"(select row_number() over () as row_number, cast({sheet} as varchar) as"
            f" sheet, {picked} from read_csv({quote(os.fspath(self.path))},"
            f" delim = ',', quote = '\"', escape = '\"', new_line = '\\n',"
            f" {CSV_OPTIONS}, parallel = false, columns = {{{columns}}}))"
        )


def _read_parquet(request: Request) -> dict[str, Any]:
    import duckdb

    link = request.scratch / "delivered.parquet"
    link.symlink_to(request.path)
    source = f"read_parquet({quote(os.fspath(link))}, file_row_number = true)"
    try:
        with duckdb.connect() as connection:
            for setting in (
                "threads = 1",
                "memory_limit = '256MB'",
                f"temp_directory = {quote(os.fspath(request.scratch))}",
                "autoinstall_known_extensions = false",
                "autoload_known_extensions = false",
                f"allowed_directories = [{quote(os.fspath(request.scratch))}]",
                f"allowed_paths = [{quote(os.path.realpath(link))}]",
                "enable_external_access = false",
                "lock_configuration = true",
            ):
                connection.execute(f"set {setting}")
            described = connection.execute(f"describe select * from {source}")
            types = {row[0]: row[1] for row in described.fetchall()}
            del types["file_row_number"]
            titles = match_titles(list(types), request.layout)
            titles.check(request)
            return _copy_parquet(connection, source, types, titles, request)
    except duckdb.Error as error:
        raise request.refuse("is een beschadigd Parquet-bestand.", "damaged") from error


def _copy_parquet(
    connection: Any,
    source: str,
    types: dict[str, str],
    titles: Titles,
    request: Request,
) -> dict[str, Any]:
    originals = list(types)
    mark = request.layout.decimal_char
    cells = dict.fromkeys(request.layout.names, "cast(null as varchar)")
    for column, pick in zip(request.layout.columns, titles.picks, strict=True):
        if pick is not None:
            original = originals[pick]
            cells[column.name] = _as_text(identifier(original), types[original], mark)
    texts = ", ".join(f"{cell} as {identifier(name)}" for name, cell in cells.items())
    rows = f"(select file_row_number + 1 as line, {texts} from {source})"
    lengths = [f"coalesce(length({identifier(name)}), 0)" for name in cells]
    whole = " + ".join(lengths)
    nul = " or ".join(
        f"coalesce(contains({identifier(name)}, chr(0)), false)" for name in cells
    )
    rule = (
        f"case when greatest({', '.join(lengths)}, 0) > {MAX_CELL} or {whole} >"
        f" {MAX_RECORD} then 'long_cell' when {nul} then 'nul' end"
    )
    target = quote(os.fspath(request.scratch / "rows.parquet"))
    connection.execute(
        f"copy (select row_number() over () as row_number, * from {rows}"
        f" where ({rule}) is null) to {target} (format parquet)"
    )
    table = TextTable(request)
    bad = connection.execute(
        f"select line, {whole}, {rule} from {rows} where ({rule}) is not null"
        f" limit {MAX_BAD_ROWS + 1}"
    )
    for line, length, why in bad.fetchall():
        table.add_bad(line, length, why, BAD_ROW_REASONS[why])
    delivered, written = connection.execute(
        f"select (select count(*) from {source}), (select count(*) from {target})"
    ).fetchone()
    if delivered != written + len(table.bad_rows):
        raise AssertionError(f"{delivered} rows in the file, {written} read")
    table.row_count = written
    table.pieces |= {"row": written, "bad": len(table.bad_rows)}
    named = ", ".join(map(identifier, cells))
    relation = (
        "(select row_number, cast(null as varchar) as sheet, line,"
        f" {named} from read_parquet({target}))"
    )
    details = {"format": "parquet", "pieces_count": "rows"}
    return table.reply(titles.extra, details, relation)


def _as_text(column: str, kind: str, decimal_char: str) -> str:
    """SQL that writes a typed column as text."""
    text = f"cast({column} as varchar)"
    mark = quote(decimal_char)
    if kind in ("DOUBLE", "FLOAT"):
        # Powers of ten are written out; only far beyond any measurement they stay.
        long = f"rtrim(cast(try_cast({text} as decimal(38, 15)) as varchar), '0')"
        whole = f"case when contains({text}, 'e') then coalesce({long}, {text})"
        whole += f" else {text} end"
        return f"replace(regexp_replace({whole}, '\\.0?$', ''), '.', {mark})"
    if kind.startswith("DECIMAL"):
        return f"replace({text}, '.', {mark})"
    if kind == "BOOLEAN":
        return f"case when {column} then 'ja' when not {column} then 'nee' end"
    if kind.startswith("TIMESTAMP"):
        return f"replace({text}, ' ', 'T')"
    if kind.endswith("]") or kind.startswith(("STRUCT", "MAP", "UNION")):
        return f"cast(to_json({column}) as varchar)"
    return f"nullif({text}, '')"
