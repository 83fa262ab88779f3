"""The delivery contract of each feed, read from dbt's manifest.

A dbt source with `config.meta.feed` is a contract; this module gives it types and
refuses a misspelt one with the file and the key. Belongs here: what a contract may
say. Does not belong here: executing it (feeds.py) or reading files (reading.py).
"""

import json
import re
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from dagster_project.reading import Block, Layout, LayoutColumn

T = TypeVar("T", bound=BaseModel)

STANDARD_SOURCE = "standard"
Kind = Literal[
    "survey_response",
    "survey_invitation",
    "complaint",
    "contact",
    "contact_count",
    "published_result",
    "published_count",
    "improvement_action",
    "planned_measurement",
]
KINDS: tuple[str, ...] = get_args(Kind)
PERIOD_CODE = re.compile(r"\d{4}(-(H[12]|Q[1-4]|0[1-9]|1[0-2]))?")
PARTS_OF_YEAR = {"half": "-H{}", "quarter": "-Q{}", "month": "-{:02d}"}


class ContractError(Exception):
    """A contract in dbt's YAML is not valid; the message names file and key."""


class _Words(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BlockWords(_Words):
    """One of several tables on a sheet, opened by a heading text."""

    after: str
    sets: dict[str, str] = {}


class StatedWords(_Words):
    """Where a delivery says something of itself, and how it is written there.

    `cell` is a place as Excel names it (B2); in a text file, of its lines and columns.
    """

    source: Literal["file_name", "sheet", "cell", "column"] = Field(alias="from")
    pattern: str
    column: str | None = None
    cell: str | None = Field(default=None, pattern=r"^[A-Z]{1,3}[1-9]\d*$")

    @model_validator(mode="after")
    def _place_named(self) -> "StatedWords":
        re.compile(self.pattern)
        for place in ("column", "cell"):
            if (self.source == place) != (getattr(self, place) is not None):
                raise ValueError(f"name a {place}, and only where it says so")
        return self


class VersionWords(StatedWords):
    """Where a delivery says its version: the one group of the pattern, a number."""

    @model_validator(mode="after")
    def _one_group(self) -> "VersionWords":
        if re.compile(self.pattern).groups != 1:
            raise ValueError("the pattern needs exactly one group in parentheses")
        return self

    def found_in(self, text: str) -> int | None:
        """The version that a text states, if any."""
        found = re.search(self.pattern, text, re.IGNORECASE)
        return int(found[1]) if found and found[1].isdecimal() else None


class PeriodWords(StatedWords):
    r"""Where a delivery says its period.

    The pattern has one group that is a period code, or the groups `year` and, of a part
    of it, `half`, `quarter` or `month`: `(?P<year>\d{4}), helft (?P<half>[12])`.
    """

    @model_validator(mode="after")
    def _groups(self) -> "PeriodWords":
        pattern = re.compile(self.pattern)
        names = set(pattern.groupindex)
        if names and not {"year"} <= names <= {"year", *PARTS_OF_YEAR}:
            raise ValueError("the groups are year and one of half, quarter, month")
        if not names and pattern.groups != 1:
            raise ValueError("the pattern needs exactly one group in parentheses")
        return self

    def found_in(self, text: str) -> str | None:
        """The period code that a text states, if any."""
        found = re.search(self.pattern, text, re.IGNORECASE)
        if not found:
            return None
        named = found.groupdict()
        code = named["year"] if named else found[1]
        for part, form in PARTS_OF_YEAR.items():
            if (number := named.get(part)) and number.isdecimal():
                code += form.format(int(number))
        return code.upper() if PERIOD_CODE.fullmatch(code.upper()) else None


class RowRule(_Words):
    """A rule over the typed columns of one row; it must be true or null."""

    name: str
    sql: str
    reason: str


class DueWords(_Words):
    """How often a delivery is expected and how long after the period's end."""

    frequency: Literal["month", "quarter", "half_year", "year"]
    days_after: int = Field(ge=0)


class ColumnWords(_Words):
    """`config.meta` of a column of a source."""

    header: str | tuple[str, ...] = ()
    format: str | None = None
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None
    codes: str | None = None
    other_values: Literal["reject", "keep"] = "reject"
    separator: str | None = None
    decimal_char: str | None = None
    group_char: str | None = None
    printed: bool = False
    fill_down: bool = False
    personal: Literal["pseudonymise", "drop", "scrub"] | None = None

    @property
    def reads_more_than_text(self) -> bool:
        """True where a cell is not kept as the text that stands in it, once."""
        return bool(self.codes or self.format or self.separator or self.printed)

    @property
    def headers(self) -> tuple[str, ...]:
        """The titles of the column, the current one first."""
        return (self.header,) if isinstance(self.header, str) else tuple(self.header)


class Column(_Words):
    """One column of a feed: its name, type and the words of its contract."""

    name: str
    data_type: str
    description: str
    words: ColumnWords

    @property
    def title(self) -> str:
        """What the deliverer calls the column."""
        return self.words.headers[0] if self.words.headers else self.name


class FeedWords(_Words):
    """`config.meta.feed` of a table of a source."""

    kind: Kind
    files: str = "*"
    format: Literal["csv", "xlsx", "jsonl", "parquet"] | None = None
    sheet: str | None = None
    header_row: int | None = Field(default=None, ge=1)
    blocks: tuple[BlockWords, ...] = ()
    delimiter: str | None = None
    encoding: str | None = None
    decimal_char: str = ","
    group_char: str | None = None
    missing_values: tuple[str, ...] = ("",)
    period: PeriodWords | None = None
    version: VersionWords | None = None
    # A delivery of which any text matches is simulated as a whole: what is invented
    # never passes for real.
    simulated: StatedWords | None = None
    counts: Literal["by_month", "by_key"] = "by_month"
    primary_key: tuple[str, ...] = ()
    rows: tuple[RowRule, ...] = ()
    minimum_rows: int = 1
    max_rejected_share: float = Field(default=0.1, ge=0, le=1)
    due: DueWords | None = None
    retention_days: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _key_of_changes(self) -> "FeedWords":
        if self.counts == "by_key" and not self.primary_key:
            raise ValueError("counts: by_key needs a primary_key")
        return self

    @property
    def stated(self) -> tuple[StatedWords, ...]:
        """All that a delivery says of itself."""
        words = (self.period, self.version, self.simulated)
        return tuple(word for word in words if word is not None)


class Feed(_Words):
    """A recurring stream of files with one contract."""

    source: str
    name: str
    description: str
    declared_in: str
    contract: FeedWords
    columns: tuple[Column, ...]

    @property
    def is_standard(self) -> bool:
        """True where any agency may deliver this layout."""
        return self.source == STANDARD_SOURCE

    @property
    def label(self) -> str:
        """The name people use: `vutg.fons_results`."""
        return f"{self.source}.{self.name}"

    @property
    def layout(self) -> Layout:
        """What the reader has to know of the file."""
        words = self.contract
        return Layout(
            columns=tuple(
                LayoutColumn(
                    name=column.name,
                    headers=column.words.headers,
                    required=column.words.required,
                    fill_down=column.words.fill_down,
                )
                for column in self.columns
                if column.words.headers and column.words.personal != "drop"
            ),
            format=words.format,
            sheet=words.sheet,
            header_row=words.header_row,
            blocks=tuple(Block(after=b.after, sets=b.sets) for b in words.blocks),
            delimiter=words.delimiter,
            encoding=words.encoding,
            decimal_char=words.decimal_char,
            cells=tuple(stated.cell for stated in words.stated if stated.cell),
        )

    def where_nl(self, words: StatedWords) -> str:
        """The place at which a delivery says something, in a Dutch sentence."""
        titles = {column.name: column.title for column in self.columns}
        return {
            "file_name": "in de bestandsnaam",
            "sheet": "in de naam van het werkblad",
            "cell": f"in cel {words.cell}",
            "column": f'in de kolom "{titles.get(words.column or "")}"',
        }[words.source]

    @property
    def period_column(self) -> Column | None:
        """The required date or period column, which gives a row its months."""
        for column in self.columns:
            dated = column.data_type in ("date", "timestamp")
            if column.words.required and (dated or column.words.format == "period"):
                return column
        return None


def load_manifest(path: Path) -> dict[str, Any]:
    """Read dbt's manifest."""
    return json.loads(path.read_text(encoding="utf-8"))


def load_feeds(manifest: dict[str, Any]) -> tuple[Feed, ...]:
    """Every feed that dbt's sources declare, ordered by label.

    Raises:
        ContractError: a contract has an unknown or missing word; the message names
            the file and the key.
    """
    feeds = [
        _load_feed(source)
        for source in manifest["sources"].values()
        if "feed" in source["config"].get("meta", {})
    ]
    return tuple(sorted(feeds, key=lambda feed: feed.label))


def _load_feed(source: dict[str, Any]) -> Feed:
    place = f"{source['original_file_path']}: {source['source_name']}.{source['name']}"
    words = _validated(
        FeedWords, source["config"]["meta"]["feed"], f"{place}: config.meta.feed"
    )
    if source["source_name"] != STANDARD_SOURCE and source["name"] in KINDS:
        raise ContractError(
            f"{place}: '{source['name']}' is the name of a standard layout; "
            "give the feed a name of its own"
        )
    columns = []
    for column in source["columns"].values():
        where = f"{place}: column {column['name']}"
        if not column.get("data_type"):
            raise ContractError(f"{where}: data_type is missing")
        column_words = _validated(
            ColumnWords, column["config"].get("meta", {}), f"{where}: config.meta"
        )
        data_type = column["data_type"].lower().replace(", ", ",")
        # Anywhere else what was to be hidden would reach the lake as it came.
        if column_words.personal in ("pseudonymise", "scrub") and (
            data_type != "varchar" or column_words.reads_more_than_text
        ):
            raise ContractError(
                f"{where}: config.meta.personal: {column_words.personal} is for plain"
                " text: a varchar without codes, format, separator or printed; drop"
                " leaves out any column"
            )
        columns.append(
            Column(
                name=column["name"],
                data_type=data_type,
                description=column["description"],
                words=column_words,
            )
        )
    readable = {c.name for c in columns if c.words.personal != "drop"}
    named = {stated.column for stated in words.stated if stated.column}
    for name in sorted((named | set(words.primary_key)) - readable):
        raise ContractError(
            f"{place}: config.meta.feed names the column {name}, which is not declared"
            " or never read"
        )
    return Feed(
        source=source["source_name"],
        name=source["name"],
        description=source["description"],
        declared_in=source["original_file_path"],
        contract=words,
        columns=tuple(columns),
    )


def _validated(model: type[T], words: dict[str, Any], place: str) -> T:
    try:
        return model.model_validate(words)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ContractError(f"{place}.{key}: {first['msg']}") from error
