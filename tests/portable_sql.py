"""Names what a model or macro says that not every engine understands, by file and line.

A program on folders or files, part of `make lint`: prints what it found, ends with 1.
Belongs here: the words of the engines. Does not belong here: style (sqlfluff's).
"""

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

# Functions that DuckDB and Spark both have, with the same arguments and meaning. One
# more is looked up in both manuals and added, or goes into a macro that dispatches.
FUNCTIONS = set(
    re.findall(
        r"\w+",
        """
        abs any_value avg bool_and bool_or cast ceil chr coalesce concat concat_ws
        count count_if date_trunc dense_rank exp extract first_value floor greatest
        grouping lag last_day last_value lead least left length ln lower ltrim
        make_date max max_by md5 median min min_by month ntile nullif percent_rank pi
        position power quarter rank regexp_extract repeat replace reverse right round
        row_number rtrim sign split split_part sqrt stddev_pop stddev_samp substring
        sum translate trim try_cast upper var_pop var_samp year
        """,
    )
)
# Words before a bracket that are no function; `jinja` is what a value of its leaves.
SYNTAX = set(
    re.findall(
        r"\w+",
        """
        all and any as asc between by case cross cube decimal desc distinct else end
        except exists filter following from full group having in inner intersect
        interval into is jinja join like limit not nulls offset on or order over
        partition preceding rollup rows select set sets then union using values when
        where with
        """,
    )
)
PHRASES = (
    ("qualify",),
    ("union", "by", "name"),
    ("union", "all", "by", "name"),
    ("similar", "to"),
    ("asof", "join"),
    ("positional", "join"),
    ("using", "sample"),
)
TYPES = {"varchar", "text", "hugeint", "uhugeint", "utinyint", "usmallint", "uinteger"}
TYPES |= {"ubigint", "int4", "int8", "float4", "float8"}
SYMBOLS = {"//", "**", "^", "^@", "~~", "!~", "~"}

TOKEN = re.compile(
    r"""
      (?P<comment>--[^\n]*|/\*.*?\*/)
    | (?P<text>'(?:[^']|'')*')
    | (?P<name>"(?:[^"]|"")*")
    | (?P<word>[a-z_][a-z_0-9]*)
    | (?P<number>\d[\d.]*(?:e[+-]?\d+)?)
    | (?P<symbol>//|\*\*|\^@|!~|~~|::|->|\S)
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
JINJA = re.compile(r"\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
JINJA_TEXT = re.compile(r"'([^'\n]*)'|\"([^\"\n]*)\"")
# A macro that says a thing in the words of each engine.
DISPATCH = re.compile(
    r"\{%-?\s*if [^%]*target\.type.*?\{%-?\s*endif\s*-?%\}", re.DOTALL
)

Finding = tuple[int, str]


def blank(found: re.Match[str]) -> str:
    """As many lines, and a word where Jinja leaves one; a macro's edge ends it all."""
    word = {"{{": " jinja ", "{%": " "}.get(found[0][:2], " ")
    if re.match(r"\{%-?\s*(end)?macro", found[0]):
        word = " ; "
    return word + "\n" * found[0].count("\n")


def fragments(text: str) -> Iterator[tuple[int, str]]:
    """First line and SQL of a file: what stands around Jinja and in Jinja's texts."""
    text = DISPATCH.sub(blank, text)
    yield 1, JINJA.sub(blank, text)
    for found in JINJA.finditer(text):
        if not found[0].startswith("{#"):
            for quoted in JINJA_TEXT.finditer(found[0]):
                line = text.count("\n", 0, found.start() + quoted.start()) + 1
                yield line, quoted[1] or quoted[2] or ""


def not_portable(text: str) -> list[Finding]:
    """Line and words of all in a file that only one engine understands."""
    return sorted(
        {
            (first_line + line, what)
            for first_line, sql in fragments(text)
            for line, what in said(sql)
        }
    )


def said(sql: str) -> Iterator[Finding]:
    """The same for a piece of SQL, lines counted from 0."""
    found = [match for match in TOKEN.finditer(sql) if match.lastgroup != "comment"]
    words = [match[0].lower() for match in found]
    for place, match in enumerate(found):
        line = sql.count("\n", 0, match.start())
        before = words[place - 1] if place else ""
        after = words[place + 1] if place + 1 < len(words) else ""
        yield from ((line, what) for what in of_token(match, before, after))
        yield from (
            (line, " ".join(phrase))
            for phrase in PHRASES
            if tuple(words[place : place + len(phrase)]) == phrase
        )
        if words[place] == "[" and after != "]":
            end = words.index("]", place) if "]" in words[place:] else len(words)
            loop = "for" in words[place:end]
            yield line, "[... for ... in ...]" if loop else "[...]"
        if (
            match.lastgroup == "word"
            and after == "("
            and words[place] not in FUNCTIONS | SYNTAX
            and not (before in ("with", "as") or names_columns(words, place + 1))
        ):
            yield line, f"{words[place]}()"
        if words[place : place + 2] == ["split", "("] and by_pattern(words, place):
            yield line, "split() by a pattern"


def of_token(match: re.Match[str], before: str, after: str) -> Iterator[str]:
    """What a token says by itself and by its neighbours."""
    token = match[0].lower()
    if match.lastgroup == "name":
        yield f"{match[0]} (a name in double quotes)"
    elif match.lastgroup == "symbol" and token in SYMBOLS:
        yield token
    elif before == "*" and token in ("exclude", "rename", "replace"):
        yield f"* {token}"
    elif token in TYPES and (before == "::" or (before == "as" and after == ")")):
        yield f"type {token}"


def by_pattern(words: list[str], place: int) -> bool:
    """Whether the last argument is a pattern to Spark and a plain text to DuckDB."""
    depth = 0
    for at in range(place + 1, len(words)):
        depth += {"(": 1, ")": -1}.get(words[at], 0)
        if depth == 0:
            return re.fullmatch(r"'[\w ,;:/-]*'", words[at - 1]) is None
    return True


def names_columns(words: list[str], place: int) -> bool:
    """Whether the bracket here holds the columns of a relation: `x (a, b) as (`."""
    end = words.index(")", place) if ")" in words[place:] else len(words)
    return words[end + 1 : end + 3] == ["as", "("]


def sql_files(places: Iterable[str]) -> Iterator[Path]:
    """The files with SQL in folders, or the files themselves."""
    for place in map(Path, places):
        yield from sorted(place.rglob("*.sql")) if place.is_dir() else [place]


def main(places: list[str]) -> int:
    """Print all that is not portable; 1 where there is any."""
    found = [
        f"{path}:{line}: {what} is not understood by every engine"
        for path in sql_files(places)
        for line, what in not_portable(path.read_text(encoding="utf-8"))
    ]
    print("\n".join(found) or "All SQL is portable.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
