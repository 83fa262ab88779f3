"""From delimited text and JSON lines to rows of text.

Belongs here: encodings, where rows begin and end, and the proof that none is lost. Does
not belong here: other formats, and the wall around all of them (reading.py).

Every character of a text is counted in exactly one kind of piece (row, bad, preamble,
header or blank), because parsers lose rows before anyone counts them. Files that a
count of bytes proves to be plain are left to DuckDB as they are; all others are read
record by record and written again as one plain table.
"""

import bisect
import codecs
import contextlib
import csv
import io
import itertools
import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

from dagster_project.reading import (
    BAD_ROW_REASONS,
    CSV_OPTIONS,
    HEADER_SEARCH_ROWS,
    MAX_CELL,
    MAX_COLUMNS,
    MAX_RECORD,
    Lines,
    Request,
    TextTable,
    Titles,
    match_titles,
    number_text,
    place_of,
    plain,
    shown_title,
)
from dagster_project.sql import identifier, quote

HEAD_BYTES = 1 << 20
WINDOW_BYTES = 1 << 20
TRANSCODE_FROM = 4 << 20
DELIMITERS = (";", ",", "\t", "|")
# Stands for bytes that are no text in the encoding: a lone surrogate, so that it can
# neither come from a valid file nor be written to one.
UNDECODED = "\udcff"


@dataclass(frozen=True)
class Encoding:
    """How the bytes of a text are read; `start` is the length of the byte order mark.

    `damaged`: some bytes are no text, and the rows that hold them are bad.
    """

    codec: str
    start: int
    damaged: bool = False


def _mark_undecoded(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return UNDECODED, error.end


codecs.register_error("mark_undecoded", _mark_undecoded)


def _find_encoding(stream: BinaryIO, request: Request) -> Encoding:
    head = stream.read(HEAD_BYTES)
    for mark, codec in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if head.startswith(mark):
            if codec != "utf-8":
                request.notes.append("herkend als UTF-16")
            damaged = not _decodes(stream, codec, len(mark))
            return Encoding(codec, len(mark), damaged)
    if request.layout.encoding:
        try:
            codec = codecs.lookup(request.layout.encoding).name
        except LookupError as error:
            raise ValueError(f"unknown encoding {request.layout.encoding}") from error
        codec = {"utf-16": "utf-16-le", "utf-8-sig": "utf-8"}.get(codec, codec)
        return Encoding(codec, 0, not _decodes(stream, codec, 0))
    sample = head[:4000]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if even + odd > len(sample) // 4:
        if min(even, odd) * 8 > max(even, odd):
            raise request.refuse("bevat geen tekst maar binaire gegevens.", "binary")
        request.notes.append("herkend als UTF-16 zonder byte order mark")
        codec = "utf-16-le" if odd > even else "utf-16-be"
        return Encoding(codec, 0, not _decodes(stream, codec, 0))
    if _decodes(stream, "utf-8", 0):
        return Encoding("utf-8", 0)
    valid, invalid = _count_utf8(stream)
    if valid > invalid:
        request.notes.append(
            f"UTF-8 met {invalid} plaatsen die het niet zijn: die rijen zijn geweigerd"
        )
        return Encoding("utf-8", 0, damaged=True)
    request.notes.append(
        "herkend als Windows-1252 (geen UTF-8): controleer letters met accenten"
    )
    return Encoding("cp1252", 0, not _decodes(stream, "cp1252", 0))


def _decodes(stream: BinaryIO, codec: str, start: int) -> bool:
    """Whether all bytes are text in this encoding."""
    decoder = codecs.getincrementaldecoder(codec)()
    stream.seek(start)
    plain_so_far = codec == "utf-8"
    try:
        while chunk := stream.read(WINDOW_BYTES):
            if plain_so_far and chunk.isascii():
                continue
            plain_so_far = False
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _count_utf8(stream: BinaryIO) -> tuple[int, int]:
    """Characters above ASCII that are good UTF-8, and places that are not."""
    decoder = codecs.getincrementaldecoder("utf-8")("mark_undecoded")
    stream.seek(0)
    valid = invalid = 0
    more = True
    while more:
        chunk = stream.read(WINDOW_BYTES)
        more = bool(chunk)
        text = decoder.decode(chunk, final=not more)
        broken = text.count(UNDECODED)
        invalid += broken
        valid += len(re.sub(r"[\x00-\x7f]+", "", text)) - broken
    return valid, invalid


def _windows(
    stream: BinaryIO, encoding: Encoding, size: int = WINDOW_BYTES
) -> Iterator[tuple[str, bool]]:
    """The text in pieces of whole lines; true marks a part of an endless line."""
    decoder = codecs.getincrementaldecoder(encoding.codec)("mark_undecoded")
    stream.seek(encoding.start)
    carry: list[str] = []
    carried = 0
    endless = False
    final = False
    while not final:
        chunk = stream.read(size)
        final = not chunk
        text = decoder.decode(chunk, final=final)
        # A carriage return at the end may be half of a line end.
        cut = len(text) if final else max(text.rfind("\n"), text.rfind("\r", 0, -1)) + 1
        if endless and cut:
            first = re.search(r"\r\n|\r|\n", text)
            stop = first.end() if first else len(text)
            yield "".join([*carry, text[:stop]]), True
            carry, carried, endless = [], 0, False
            text, cut = text[stop:], cut - stop
        if cut or final:
            whole = "".join([*carry, text[:cut]])
            if whole:
                yield whole, endless
            carry, carried = [text[cut:]], len(text) - cut
            continue
        carry.append(text)
        carried += len(text)
        if carried > 2 * MAX_RECORD:
            yield "".join(carry), True
            carry, carried, endless = [], 0, True


def _record_pattern(delimiter: str) -> re.Pattern[str]:
    """As many fields as follow each other; it never tries a character twice."""
    mark = re.escape(delimiter)
    cell = rf'(?:"(?:[^"]++|"")*+"|[^"{mark}\r\n][^{mark}\r\n]*+)?+'
    return re.compile(rf"(?:{cell}{mark})*+{cell}")


def _line_end(text: str, place: int) -> int | None:
    """Where the line end at this place stops; None if there is none."""
    if place >= len(text):
        return place
    if text.startswith("\r\n", place):
        return place + 2
    return place + 1 if text[place] in "\r\n" else None


def _split_record(text: str, delimiter: str) -> list[str]:
    rows = list(
        csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    )
    return rows[0] if rows else []


@dataclass(frozen=True)
class Header:
    """Where the titles of a text stand: characters before and in them, and lines."""

    start: int
    stop: int
    line: int
    last_line: int
    delimiter: str
    titles: Titles


def _find_header(head: str, request: Request) -> Header:
    """The record that carries the most titles, the first such one, with no one missing.

    Raises:
        Unreadable: there is none, or a required column is missing.
    """
    layout = request.layout
    given = layout.delimiter
    if given in ("\\t", "tab"):
        given = "\t"
    declared = re.match(r'"?sep=([^"\r\n])"?[;,\t]*(?:\r\n|\r|\n|\Z)', head, re.I)
    if declared and not given:
        given = declared[1]
    delimiters = (given,) if given else DELIMITERS
    lines = list(io.StringIO(head, newline=""))
    best: Header | None = None
    best_score = (False, -1)
    tries = range(min(len(lines), HEADER_SEARCH_ROWS))
    if layout.header_row:
        tries = range(layout.header_row - 1, min(len(lines), layout.header_row))
    places = list(itertools.accumulate(map(len, lines), initial=0))
    for number in tries:
        if declared and number == 0 and not layout.header_row:
            continue
        for delimiter in delimiters:
            matched = _record_pattern(delimiter).match(head, places[number])
            end = _line_end(head, matched.end()) if matched else None
            if matched is None or end is None:
                continue
            try:
                cells = _split_record(matched[0], delimiter)
            except csv.Error:
                continue
            if len(cells) > MAX_COLUMNS:
                continue
            titles = match_titles(cells, layout)
            score = (not titles.missing, titles.found)
            if not any(map(plain, cells)):
                continue
            # Where nothing is recognised, the delimiter that cuts most is shown.
            more = (
                best is not None
                and best.line == number + 1
                and titles.found == 0
                and best.titles.width < len(cells)
            )
            if score > best_score or (score == best_score and more):
                last = bisect.bisect_left(places, end)
                best = Header(places[number], end, number + 1, last, delimiter, titles)
                best_score = score
    if best is None:
        raise request.refuse("bevat geen rij met kolomtitels.", "no_header")
    best.titles.check(request)
    return best


def _tell_cells(above: str, delimiter: str, request: Request) -> None:
    """Read the cells that the layout asks for in the lines down to the titles."""
    lines = above.splitlines()
    for cell in request.layout.cells:
        row, column = place_of(cell)
        if row < len(lines):
            with contextlib.suppress(csv.Error, IndexError):
                request.cells[cell] = _split_record(lines[row], delimiter)[column]


def read_delimited(stream: BinaryIO, request: Request) -> dict[str, Any]:
    """Read text with one delimiter.

    Raises:
        Unreadable: the delivery is refused as a whole.
    """
    encoding = _find_encoding(stream, request)
    size = os.fstat(stream.fileno()).st_size
    stream.seek(encoding.start)
    decoder = codecs.getincrementaldecoder(encoding.codec)("mark_undecoded")
    head_bytes = stream.read(HEAD_BYTES)
    complete = len(head_bytes) < HEAD_BYTES
    head = decoder.decode(head_bytes, final=complete)
    if not complete:
        head = head[: max(head.rfind("\n"), head.rfind("\r", 0, -1)) + 1]
    header = _find_header(head, request)
    _tell_cells(head[: header.stop], header.delimiter, request)
    if header.line > 1:
        count = header.line - 1
        word = "regel" if count == 1 else "regels"
        request.notes.append(f"{count} {word} boven de kolomtitels")
    details: dict[str, Any] = {
        "format": "csv",
        "encoding": encoding.codec,
        "delimiter": header.delimiter,
        "header_line": header.line,
    }
    table = TextTable(request)
    table.pieces["preamble"] = header.start
    table.pieces["header"] = header.stop - header.start
    source = request.path
    above = head[: header.stop]
    if (
        not encoding.damaged
        and not table.filled
        and _engine_can_skip(above.encode(), header)
    ):
        if encoding.codec != "utf-8" and size > TRANSCODE_FROM:
            source = _transcode(stream, encoding, request)
        if encoding.codec == "utf-8" or source != request.path:
            start = encoding.start if source == request.path else 0
            skipped = start + len(above.encode())
            if proved := _prove(source, skipped, header):
                table.row_count, table.pieces["row"], quoted = proved
                details |= {"way": "direct", "characters": sum(table.pieces.values())}
                relation, lines = _read_directly(
                    source, skipped, header, quoted, request
                )
                replied = table.reply(header.titles.extra, details, relation)
                return replied | {"lines": asdict(lines)}
    table.start(header.titles)
    reader = _CarefulReader(table, header)
    total = reader.read(_windows(stream, encoding))
    table.must_hold(total)
    details |= {"way": "careful", "characters": total}
    return table.reply(header.titles.extra, details)


def _engine_can_skip(above: bytes, header: Header) -> bool:
    """Whether DuckDB finds the end of the titles where they end.

    It skips lines by their line feeds, and loses its way in a quote that is left open.
    """
    bare = _quoted_cell(header.delimiter.encode()).sub(b"", above)
    return above.count(b"\n") == header.last_line and b'"' not in bare


def _transcode(stream: BinaryIO, encoding: Encoding, request: Request) -> Path:
    target = request.scratch / "text.csv"
    with target.open("wb") as out:
        for text, _ in _windows(stream, encoding):
            out.write(text.encode())
    return target


def _quoted_cell(mark: bytes) -> re.Pattern[bytes]:
    """A whole cell in quotes, without a quote or a line end inside."""
    edge = re.escape(mark) + rb"\r\n"
    return re.compile(rb'"(?<![^' + edge + rb']")[^"\r\n]*"(?![^' + edge + rb"])")


def _prove(path: Path, start: int, header: Header) -> tuple[int, int, bool] | None:
    """Count rows and characters if every line is one plain row; None where not.

    Cells in quotes are taken away, then all bytes but the delimiter, line ends, quotes
    and NUL; what is left must be the same few bytes for each line. No parser is asked.
    The last of the three says whether there were quotes.
    """
    width, mark = header.titles.width, header.delimiter.encode()
    if width < 2 or len(mark) != 1:
        return None
    kept = mark + b'\r\n"\0'
    other = bytes(byte for byte in range(256) if byte not in kept)
    rows = characters = 0
    consumed = start
    carry = b""
    unit = b""
    quoted = False
    quoted_cell = _quoted_cell(mark)
    with path.open("rb") as stream:
        stream.seek(start)
        while True:
            chunk = stream.read(WINDOW_BYTES)
            if not chunk:
                if not carry:
                    break
                # The last line may lack its line end.
                text, carry = carry, b""
                ended = text + (unit[width - 1 :] or b"\n")
            else:
                text = carry + chunk
                cut = text.rfind(b"\n") + 1
                text, carry = text[:cut], text[cut:]
                if len(carry) > MAX_CELL:
                    return None
                if not cut:
                    continue
                ended = text
            unit = unit or mark * (width - 1) + (
                b"\r\n" if ended[: ended.find(b"\n")].endswith(b"\r") else b"\n"
            )
            if not _short_lines(ended):
                return None
            bare = ended
            if b'"' in ended:
                quoted = True
                # Most are cells without content; twice, since neighbours share a mark.
                for _ in range(2):
                    bare = bare.replace(mark + b'""' + mark, mark + mark)
            if _has_blank_line(bare, unit):
                return None
            if b'"' in bare:
                bare = quoted_cell.sub(b"", bare)
            left = bare.translate(None, other)
            count = len(left) // len(unit)
            if left != unit * count:
                return None
            rows += count
            consumed += len(text)
            characters += len(text) if text.isascii() else len(text.decode())
        size = os.fstat(stream.fileno()).st_size
    if consumed != size:
        raise AssertionError(f"{size} bytes in the file, {consumed} in its pieces")
    return rows, characters, quoted


def _has_blank_line(text: bytes, unit: bytes) -> bool:
    """Whether a line holds nothing but cells without content, in quotes or not."""
    marks = unit.rstrip(b"\r\n")
    if not text.startswith((marks, b'""' + marks)) and not any(
        b"\n" + start + marks in text for start in (b"", b'""')
    ):
        return False
    text = text.replace(b'""', b"")
    return text.startswith(unit) or b"\n" + unit in text


def _short_lines(text: bytes) -> bool:
    place = 0
    while place < len(text):
        end = text.rfind(b"\n", place, place + MAX_CELL)
        if end < 0:
            return False
        place = end + 1
    return True


def _read_directly(
    path: Path, start: int, header: Header, quoted: bool, request: Request
) -> tuple[str, Lines]:
    """The file as it came, read by DuckDB with nothing left to guess."""
    # A name of our own: the engine takes some characters of a name for a pattern.
    link, some = request.scratch / "delivered.csv", request.scratch / "some.csv"
    link.symlink_to(path)
    types = {f"c{n}": "varchar" for n in range(header.titles.width)}
    picks = [*header.titles.picks]
    picks += [None] * (len(request.layout.names) - len(picks))
    cells = ", ".join(
        f"{'null::varchar' if pick is None else f'c{pick}'} as {identifier(name)}"
        for name, pick in zip(request.layout.names, picks, strict=True)
    )
    mark = "'\"'" if quoted else "''"
    place = (
        "row_number, cast(null as varchar) as sheet,"
        f" row_number + {header.last_line} as line"
    )

    def texts(file: Path, skip: int, types: dict[str, str]) -> str:
        return (
            f"read_csv({quote(os.fspath(file))},"
            f" delim = {quote(header.delimiter)}, quote = {mark}, escape = {mark},"
            f" {CSV_OPTIONS}, skip = {skip}, columns = {types})"
        )

    numbered = texts(some, 0, {"row_number": "bigint"} | types)
    lines = Lines(
        path=os.fspath(path),
        start=start,
        delimiter=header.delimiter,
        some=os.fspath(some),
        relation=f"(select {place}, {cells} from {numbered})",
    )
    relation = (
        f"(select {place}, {cells} from (select row_number() over () as row_number, *"
        f" from {texts(link, header.last_line, types)}))"
    )
    return relation, lines


class _CarefulReader:
    """Cuts a text into records that tile it, whatever is wrong with some of them."""

    def __init__(self, table: TextTable, header: Header) -> None:
        self.table = table
        self.delimiter = header.delimiter
        self.width = header.titles.width
        self.pattern = _record_pattern(header.delimiter)
        self.empty = [""] * self.width
        self.skip = header.stop
        self.line = header.last_line + 1

    def read(self, windows: Iterator[tuple[str, bool]]) -> int:
        """Read all windows; the number of characters in them."""
        total = 0
        tail = ""
        endless = 0
        window = next(windows, None)
        while window is not None:
            text, part = window
            following = next(windows, None)
            total += len(text)
            skipped = min(self.skip, len(text))
            self.skip -= skipped
            text = text[skipped:]
            if part:
                if tail:
                    self._window(tail, final=True)
                    tail = ""
                endless += len(text)
                if following is None or not following[1]:
                    self._bad(
                        self.line, endless, "long_line", BAD_ROW_REASONS["long_line"]
                    )
                    self.table.pieces["bad"] += endless
                    self.line += 1
                    endless = 0
            else:
                final = following is None or following[1]
                tail = self._window(tail + text, final)
            window = following
        return total

    def _bad(self, line: int, length: int, rule: str, reason: str) -> None:
        self.table.add_bad(line, length, rule, reason)

    def _window(self, text: str, final: bool) -> str:
        """Read whole lines; what is returned has to be read with what follows."""
        lines = list(io.StringIO(text, newline=""))
        if not lines:
            return ""
        clean = (
            "\0" not in text
            and UNDECODED not in text
            and max(map(len, lines)) <= MAX_CELL
        )
        if clean and self._all_plain(text, lines):
            return ""
        return self._by_record(text, lines, final, clean)

    def _all_plain(self, text: str, lines: list[str]) -> bool:
        reader = csv.reader(lines, delimiter=self.delimiter, strict=True)
        try:
            rows = list(reader)
        except csv.Error:
            return False
        if (
            len(rows) != len(lines)
            or set(map(len, rows)) != {self.width}
            or self.empty in rows
        ):
            return False
        self._accept(text, rows, range(self.line, self.line + len(rows)))
        self.line += len(lines)
        return True

    def _accept(self, raw: str, rows: list[list[str]], numbers: Iterable[int]) -> None:
        """Take rows in, after holding their cells against the text they came from."""
        cells = "".join(itertools.chain.from_iterable(rows))
        if _weight(raw) != _weight(cells) + len(rows) * (self.width - 1):
            raise AssertionError("the cells are not the text that they came from")
        self.table.pieces["row"] += len(raw)
        self.table.add(rows, numbers)

    def _by_record(self, text: str, lines: list[str], final: bool, clean: bool) -> str:
        places = list(itertools.accumulate(map(len, lines), initial=0))
        rows: list[list[str]] = []
        numbers: list[int] = []
        raws: list[str] = []
        # How much may be read in vain looking for the other quote of a pair.
        budget = 4 * len(text)
        at = 0
        while at < len(lines):
            if clean and budget > 0:
                reader = csv.reader(
                    _from(lines, at), delimiter=self.delimiter, strict=True
                )
                begun, seen = at, 0
                try:
                    for row in reader:
                        if reader.line_num != seen + 1 or len(row) != self.width:
                            break
                        if row == self.empty:
                            break
                        rows.append(row)
                        numbers.append(self.line + at)
                        raws.append(lines[at])
                        at += 1
                        seen += 1
                except csv.Error:
                    pass
                budget -= places[begun + reader.line_num] - places[at]
                if at >= len(lines):
                    break
            record = self._record(text, lines, places, at, final, budget > 0)
            if record is None:
                break
            count, cells, spent = record
            budget -= spent
            if cells is not None:
                rows.append(cells)
                numbers.append(self.line + at)
                raws.append(text[places[at] : places[at + count]])
            at += count
        self._accept("".join(raws), rows, numbers)
        self.line += at
        return text[places[at] :]

    def _record(
        self,
        text: str,
        lines: list[str],
        places: list[int],
        at: int,
        final: bool,
        over_lines: bool,
    ) -> tuple[int, list[str] | None, int] | None:
        """Lines taken, the cells of a good row, characters read in vain.

        None: the record goes on behind this window.
        """
        start, line = places[at], lines[at]
        if self._is_blank(line):
            self.table.pieces["blank"] += len(line)
            return 1, None, 0
        stop = min(len(text), start + MAX_RECORD) if over_lines else places[at + 1]
        matched = self.pattern.match(text, start, stop)
        end = matched.end() if matched else start
        line_end = _line_end(text, end)
        if line_end is None:
            unclosed = text.startswith('"', end)
            if (
                unclosed
                and over_lines
                and not final
                and len(text) - start < MAX_RECORD
                and _unclosed(text, end)
            ):
                return None
            reason = (
                "een aanhalingsteken sluit niet"
                if unclosed
                else "tekst na een gesloten aanhalingsteken"
            )
            return self._refuse(lines, at, 1, "quotes", reason, end - start)
        try:
            cells = _split_record(text[start:line_end], self.delimiter)
        except csv.Error:
            return self._refuse(
                lines, at, 1, "quotes", "aanhalingstekens kloppen niet", end - start
            )
        count = bisect.bisect_left(places, line_end) - at
        looks_like_rows = any(map(self._is_row_like, lines[at + 1 : at + count]))
        if len(cells) != self.width:
            return self._refuse(
                lines,
                at,
                1 if looks_like_rows else count,
                "width",
                f"{len(cells)} kolommen in plaats van {self.width}",
                end - start,
            )
        raw = text[start:line_end]
        if looks_like_rows:
            for number in range(at, at + count):
                self._refuse(
                    lines,
                    number,
                    1,
                    "quotes",
                    "een aanhalingsteken opent een cel die volledige rijen omvat",
                    0,
                )
            return count, None, 0
        for rule, holds in (
            ("nul", "\0" in raw),
            ("encoding", UNDECODED in raw),
            ("long_cell", max(map(len, cells)) > MAX_CELL),
        ):
            if holds:
                return self._refuse(lines, at, count, rule, BAD_ROW_REASONS[rule], 0)
        if cells == self.empty:
            self.table.pieces["blank"] += len(raw)
            return count, None, 0
        return count, cells, 0

    def _refuse(
        self,
        lines: list[str],
        at: int,
        count: int,
        rule: str,
        reason: str,
        spent: int,
    ) -> tuple[int, None, int]:
        length = sum(map(len, lines[at : at + count]))
        self.table.pieces["bad"] += length
        self._bad(self.line + at, length, rule, reason)
        return count, None, spent

    def _is_blank(self, line: str) -> bool:
        content = line.rstrip("\r\n")
        if self.delimiter in content:
            return not content.replace(self.delimiter, "")
        return not content.strip()

    def _is_row_like(self, line: str) -> bool:
        """A line inside a quoted cell that is itself a row, mostly filled in."""
        cells = line.split(self.delimiter)
        if self.width < 3 or '"' in line or len(cells) != self.width:
            return False
        return bool(cells[0].strip()) and 2 * sum(
            bool(cell.strip()) for cell in cells
        ) >= len(cells)


def _weight(text: str) -> int:
    """Characters other than quotes and line ends."""
    return len(text) - text.count('"') - text.count("\n") - text.count("\r")


def _unclosed(text: str, place: int) -> bool:
    matched = re.compile(r'"(?:[^"]++|"")*+').match(text, place)
    return matched is not None and matched.end() == len(text)


def _from(lines: list[str], at: int) -> Iterator[str]:
    while at < len(lines):
        yield lines[at]
        at += 1


def read_json_lines(stream: BinaryIO, request: Request) -> dict[str, Any]:
    """Read one object a line.

    Raises:
        Unreadable: the delivery is refused as a whole.
    """
    encoding = _find_encoding(stream, request)
    table = TextTable(request)
    reader = _JsonReader(table, request)
    total = endless = 0
    for text, part in _windows(stream, encoding):
        total += len(text)
        if part:
            endless += len(text)
            continue
        reader.close_endless(endless)
        endless = 0
        reader.window(text)
    reader.close_endless(endless)
    reader.check()
    table.must_hold(total)
    details = {"format": "jsonl", "encoding": encoding.codec, "characters": total}
    return table.reply(map(shown_title, reader.extra), details)


class _BadObjectError(ValueError):
    """A line that is no row; the argument is the rule."""


class _JsonReader:
    """One object a line; keys are held against the titles of the layout."""

    def __init__(self, table: TextTable, request: Request) -> None:
        layout = request.layout
        self.table, self.request = table, request
        self.width = len(layout.columns)
        self.places: dict[str, int | None] = {}
        self.seen: set[int] = set()
        self.extra: dict[str, None] = {}
        self.line = 0
        self.decoder = json.JSONDecoder(
            object_pairs_hook=_object_without_double_keys,
            parse_float=lambda text: number_text(Decimal(text), layout.decimal_char),
            parse_int=str,
        )
        table.start(Titles(self.width, tuple(range(self.width)), (), (), (), ()))

    def close_endless(self, length: int) -> None:
        """Count a line that was too long to be kept."""
        if length:
            self.line += 1
            self._refuse(length, "long_line")

    def window(self, text: str) -> None:
        """Read whole lines."""
        rows: list[list[str]] = []
        numbers: list[int] = []
        for line in io.StringIO(text, newline=""):
            self.line += 1
            content = line.strip("\ufeff \t\r\n")
            if not content:
                self.table.pieces["blank"] += len(line)
                continue
            try:
                rows.append(self._row(content))
            except _BadObjectError as error:
                self._refuse(len(line), error.args[0])
                continue
            except (ValueError, ArithmeticError, RecursionError):
                self._refuse(len(line), "json")
                continue
            numbers.append(self.line)
            self.table.pieces["row"] += len(line)
        self.table.add(rows, numbers)

    def _refuse(self, length: int, rule: str) -> None:
        self.table.pieces["bad"] += length
        self.table.add_bad(self.line, length, rule, BAD_ROW_REASONS[rule])

    def _row(self, content: str) -> list[str]:
        found = self.decoder.decode(content)
        if not isinstance(found, dict):
            raise _BadObjectError("json")
        row = [""] * self.width
        filled: set[int] = set()
        for key, value in found.items():
            if key not in self.places:
                self._place(key)
            place = self.places[key]
            if place is None:
                continue
            if place in filled:
                raise _BadObjectError("double_key")
            filled.add(place)
            if isinstance(value, str):
                row[place] = value
            elif value is not None:
                row[place] = self._text(value, content, key)
        joined = "".join(row)
        if "\0" in joined:
            raise _BadObjectError("nul")
        if not joined.isascii() and re.search("[\ud800-\udfff]", joined):
            raise _BadObjectError("encoding")
        if len(joined) > MAX_CELL and max(map(len, row)) > MAX_CELL:
            raise _BadObjectError("long_cell")
        if len(joined) > MAX_RECORD:
            raise _BadObjectError("long_line")
        self.seen |= filled
        return row

    def _text(self, value: object, content: str, key: str) -> str:
        if isinstance(value, bool):
            return "ja" if value else "nee"
        if isinstance(value, float):
            return str(value)
        # Once more with plain numbers: the cell is the JSON text of what stands there.
        return json.dumps(json.loads(content)[key], ensure_ascii=False)

    def _place(self, key: str) -> None:
        titles = match_titles([key], self.request.layout)
        picks = [number for number, pick in enumerate(titles.picks) if pick == 0]
        self.places[key] = picks[0] if picks else None
        if not picks:
            self.extra[key] = None
        if len(self.places) > MAX_COLUMNS:
            raise self.request.refuse(
                f"heeft meer dan {MAX_COLUMNS} kolommen.", "too_many_columns"
            )

    def check(self) -> None:
        """Refuse the delivery if a required column is nowhere."""
        titles = match_titles(list(self.places), self.request.layout)
        missing = tuple(
            column.title
            for number, column in enumerate(self.request.layout.columns)
            if column.required and number not in self.seen
        )
        replace(titles, twice=(), missing=missing).check(self.request)


def _object_without_double_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _BadObjectError("double_key")
    return found
