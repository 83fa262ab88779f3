"""From a publication to the workbooks that agencies pull, as dbt's exposures say.

An exposure with `config.meta.workbook` is a workbook: this module gives it types,
refuses a misspelt one with the exposure and the key, reads the rows of one agency
and has them written and audited. Belongs here: what a declaration may say, which rows
an agency gets, where the file lies. Does not belong here: how a sheet looks
(workbook.py), which sheets there are (models/exports.yml), Dagster.
"""

import os
import re
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import duckdb
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from dagster_project import workbook as xlsx

# An agency gets a workbook when one of these says something about it.
FIGURE_MARTS = ("mart_satisfaction", "mart_nps", "mart_complaints", "mart_response")
GRAINS = ("month", "quarter", "half_year", "year")
# The key of the unit of a row, beside its columns.
UNIT = "$unit"
NO_PERIOD = "zonder-periode"
STATUSES = {
    "provisional": "voorlopig",
    "validated": "gevalideerd",
    "withdrawn": "ingetrokken",
}
SIMULATED = (
    "Let op: dit werkblad bevat cijfers uit gesimuleerde voorbeeldgegevens, "
    "geen echte metingen."
)
# Rows beside an agency's own: of the agencies that it replaces, and theirs. An agency
# that still exists keeps its rows to itself, and so does one that only handed over
# a service.
PREDECESSORS = """
with recursive agency_and_predecessors(agency_code) as (
    select $agency::varchar
    union
    select dim_agency_event.predecessor_code
    from agency_and_predecessors
    inner join dim_agency_event
        on agency_and_predecessors.agency_code = dim_agency_event.successor_code
    inner join dim_agency
        on dim_agency_event.predecessor_code = dim_agency.agency_code
    where dim_agency_event.event_type <> 'transfer' and not dim_agency.is_current
)
"""


class ExportError(Exception):
    """A workbook was not made; the message says which and why."""


class DeclarationError(ExportError):
    """A workbook's declaration is not valid; the message names exposure and key."""


class _Words(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Sheet(_Words):
    name: str = Field(min_length=1, max_length=31, pattern=r"^[^\[\]:*?/\\']+$")
    title: str = Field(min_length=1)


class _SheetWithTable(_Sheet):
    table: str = Field(pattern=r"^[A-Za-z_][A-Za-z_]{3,}[A-Za-z0-9_]*$", max_length=200)


class CoverSheet(_SheetWithTable):
    """What the workbook is: agency, periods, status, content hash, method."""

    kind: Literal["cover"]
    purpose: str
    method: tuple[str, ...] = Field(min_length=1)
    contact: str
    next_release: str


class ContentsSheet(_SheetWithTable):
    """Every sheet with a link to it."""

    kind: Literal["contents"]


class NotesSheet(_SheetWithTable):
    """The symbols, the terms, and every column of every sheet in words."""

    kind: Literal["notes"]


class MeasuredIn(_Words):
    """Columns whose unit differs by row.

    `unit` is SQL that names a column of the same unit: a `difference` whose `metric`
    is `satisfied_share` is shown as a share.
    """

    unit: str
    columns: tuple[str, ...] = Field(min_length=1)


class TableSheet(_SheetWithTable):
    """Rows of one mart.

    `where` and `order` are SQL; `where` may use `$agency` and
    `agency_and_predecessors`, a table with one column `agency_code`. `empty` says
    what stands for nothing in a column, where that is not `[x]`.
    """

    kind: Literal["table"]
    mart: str
    columns: tuple[str, ...] = ()
    leave_out: tuple[str, ...] = ()
    where: str
    order: tuple[str, ...] = ()
    empty: dict[str, str] = {}
    measured_in: MeasuredIn | None = None
    when_empty: str

    @model_validator(mode="after")
    def _one_choice(self) -> "TableSheet":
        if self.columns and self.leave_out:
            raise ValueError("columns and leave_out exclude each other")
        return self


class ChartsSheet(_Sheet):
    """Charts over the table of one sheet: one chart per distinct value of `per`.

    `only` keeps the rows that have these values, or one of a list (`$agency` is the
    agency). A series
    is a value of the column `series`, or, without it, one of the columns `values`.
    `chart_title` and `alt_text` may use the columns of `per` in braces.
    """

    kind: Literal["charts"]
    of: str
    type: Literal["column", "column_stacked", "bar", "bar_stacked", "line"] = "column"
    only: dict[str, str | bool | list[str | bool]] = {}
    per: tuple[str, ...] = Field(min_length=1)
    series: str | None = None
    last_series: int | None = Field(default=None, ge=1)
    category: str
    values: tuple[str, ...] = Field(min_length=1)
    chart_title: str
    alt_text: str
    category_title: str
    value_title: str
    value_minimum: float | None = None
    value_maximum: float | None = None
    when_empty: str

    @model_validator(mode="after")
    def _known_places(self) -> "ChartsSheet":
        for text in (self.chart_title, self.alt_text):
            for _, name, _, _ in string.Formatter().parse(text):
                if name is not None and name not in self.per:
                    raise ValueError(f"'{{{name}}}' is not a column of per")
        if self.series and len(self.values) > 1:
            raise ValueError("series goes with one column of values")
        return self


Sheet = Annotated[
    CoverSheet | ContentsSheet | NotesSheet | TableSheet | ChartsSheet,
    Field(discriminator="kind"),
]


class WorkbookWords(_Words):
    """`config.meta.workbook` of an exposure."""

    suffix: str = Field(pattern=r"^[a-z_]+$")
    symbols: dict[str, str]
    terms: dict[str, str] = {}
    sheets: tuple[Sheet, ...] = Field(min_length=1)

    @field_validator("sheets")
    @classmethod
    def _unique_names(cls, sheets: tuple[Sheet, ...]) -> tuple[Sheet, ...]:
        names = [sheet.name.lower() for sheet in sheets]
        tables = [
            sheet.table.lower()
            for sheet in sheets
            if isinstance(sheet, _SheetWithTable)
        ]
        for name in (*names, *tables):
            if names.count(name) > 1 or tables.count(name) > 1:
                raise ValueError(f"'{name}' is used twice")
        return sheets

    @model_validator(mode="after")
    def _known_symbols(self) -> "WorkbookWords":
        used = {xlsx.NOT_AVAILABLE, xlsx.NOT_APPLICABLE}
        for sheet in self.sheets:
            if isinstance(sheet, TableSheet):
                used |= set(sheet.empty.values())
        for text in sorted(used):
            if text.startswith("[") and text not in self.symbols:
                raise ValueError(f"symbol {text} is not explained in symbols")
        return self


class ColumnMeta(BaseModel):
    """`config.meta` of a column of a mart, as far as a workbook reads it."""

    header: str = Field(min_length=1)
    format: str | None = None


@dataclass(frozen=True)
class MartColumn:
    """A column of a mart: its name, title, explanation and number format."""

    name: str
    header: str
    description: str
    number_format: str | None


@dataclass(frozen=True)
class Workbook:
    """One workbook: the exposure's name, label, owner and words.

    `marts` gives the manifest's id of every model that the exposure depends on.
    """

    name: str
    label: str
    owner: str
    words: WorkbookWords
    marts: Mapping[str, str] = field(default_factory=dict)

    @property
    def suffix(self) -> str:
        """The end of the file name, which tells the workbooks of an agency apart."""
        return self.words.suffix


@dataclass(frozen=True)
class AgencyWithFigures:
    """An agency that gets a workbook, and the periods that its figures span."""

    agency_code: str
    name_nl: str
    short_name_nl: str
    brand: str | None
    first_period_code: str | None
    last_period_code: str | None


@dataclass(frozen=True)
class ExportReport:
    """The workbooks that were written, and why an agency's were not."""

    written: tuple[Path, ...]
    failed: Mapping[str, str]


def load_workbooks(manifest: dict[str, Any]) -> list[Workbook]:
    """Every workbook that dbt's exposures declare, ordered by name.

    Raises:
        DeclarationError: a declaration has an unknown or missing word, or names a
            mart, column or sheet that is not there.
    """
    workbooks = [
        _load_workbook(manifest, exposure)
        for exposure in manifest["exposures"].values()
        if "workbook" in exposure["config"].get("meta", {})
    ]
    suffixes = [workbook.suffix for workbook in workbooks]
    for workbook in workbooks:
        if suffixes.count(workbook.suffix) > 1:
            raise DeclarationError(
                f"exposure {workbook.name}: suffix: '{workbook.suffix}' is used twice"
            )
    return sorted(workbooks, key=lambda workbook: workbook.name)


def agencies_with_figures(
    connection: duckdb.DuckDBPyConnection, agency_code: str | None = None
) -> list[AgencyWithFigures]:
    """The agencies that get a workbook, ordered by code; or the one that is asked for.

    An agency counts when it exists today and a mart with figures has a row about the
    agency itself; what is only planned does not count. The periods are those of its
    real figures, and of simulated ones only where there are no others.
    """
    figures = "\n    union all\n".join(
        f"    select agency_code, period_grain, period_code, is_simulated from {mart}"
        for mart in FIGURE_MARTS
    )
    grains = " ".join(f"when '{grain}' then {i}" for i, grain in enumerate(GRAINS))
    rows = connection.execute(
        f"""
with figures as (
    select distinct agency_code, period_grain, period_code, is_simulated
    from (
{figures}
    )
    where $agency is null or agency_code = $agency
),
dated as (
    select
        figures.agency_code,
        figures.is_simulated,
        dim_period.period_code,
        dim_period.period_start,
        dim_period.period_end,
        case dim_period.period_grain {grains} end as fineness
    from figures
    left join dim_period
        on
            figures.period_code = dim_period.period_code
            and figures.period_grain = dim_period.period_grain
),
ranked as (
    select
        agency_code,
        period_code,
        row_number() over (
            partition by agency_code
            order by is_simulated, period_start nulls last, fineness desc, period_code
        ) as first_rank,
        row_number() over (
            partition by agency_code
            order by is_simulated, period_end desc nulls last, fineness, period_code
        ) as last_rank
    from dated
)
select
    dim_agency.agency_code,
    dim_agency.name_nl,
    coalesce(dim_agency.short_name_nl, dim_agency.name_nl),
    dim_agency.brand,
    first_period.period_code,
    last_period.period_code
from dim_agency
inner join ranked as first_period
    on dim_agency.agency_code = first_period.agency_code and first_period.first_rank = 1
inner join ranked as last_period
    on dim_agency.agency_code = last_period.agency_code and last_period.last_rank = 1
where dim_agency.agency_type = 'agency' and dim_agency.is_current
order by dim_agency.agency_code
""",
        {"agency": agency_code},
    ).fetchall()
    return [AgencyWithFigures(*row) for row in rows]


def export_agency(
    connection: duckdb.DuckDBPyConnection,
    workbook: Workbook,
    manifest: dict[str, Any],
    agency_code: str,
    publication: Mapping[str, Any],
    folder: Path,
) -> Path:
    """Write one workbook of one agency and return its place.

    It lies in `folder/<publication id>/<agency>/` and appears there whole or not at
    all. Of `publication` the `id`, `content_hash` and `status` (default provisional)
    are read; only the latter two enter the file, so that the same content gives the
    same bytes.

    Raises:
        ExportError: the agency has no figures, a query or a chart does not fit the
            marts, or the audit has findings; no file is left behind.
    """
    agencies = agencies_with_figures(connection, agency_code)
    if not agencies:
        raise ExportError(
            f"{agency_code}: no figures in publication {publication['id']}"
        )
    agency = agencies[0]
    period = agency.last_period_code or NO_PERIOD
    place = folder / str(publication["id"]) / agency_code
    path = place / f"{agency_code}_{period}_{workbook.suffix}.xlsx"
    document = _Export(connection, workbook, manifest, agency, publication).document()

    place.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        xlsx.write_workbook(partial, document)
        if findings := xlsx.audit(partial):
            raise ExportError(
                f"{path.name} is not released: {'; '.join(findings[:10])}"
            )
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path


def export_workbooks(
    connection: duckdb.DuckDBPyConnection,
    workbooks: Sequence[Workbook],
    manifest: dict[str, Any],
    publication: Mapping[str, Any],
    folder: Path,
    agency_codes: Sequence[str] | None = None,
) -> ExportReport:
    """Write the workbooks of the agencies named, or of all that have figures.

    An agency that fails does not stop the others: the report names it, with the
    reason.
    """
    if agency_codes is None:
        agency_codes = [a.agency_code for a in agencies_with_figures(connection)]
    written: list[Path] = []
    failed: dict[str, str] = {}
    for agency_code in agency_codes:
        for workbook in workbooks:
            try:
                path = export_agency(
                    connection, workbook, manifest, agency_code, publication, folder
                )
            except Exception as error:  # noqa: BLE001 - the next agency still gets its own
                reason = f"{workbook.name}: {error}"
                failed[agency_code] = "; ".join(
                    filter(None, (failed.get(agency_code), reason))
                )
            else:
                written.append(path)
    return ExportReport(tuple(written), failed)


# The declaration.


def _load_workbook(manifest: dict[str, Any], exposure: dict[str, Any]) -> Workbook:
    place = f"exposure {exposure['name']}"
    try:
        words = WorkbookWords.model_validate(exposure["config"]["meta"]["workbook"])
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise DeclarationError(
            f"{place}: config.meta.workbook.{key}: {first['msg']}"
        ) from error
    workbook = Workbook(
        name=exposure["name"],
        label=exposure.get("label") or exposure["name"],
        owner=exposure["owner"].get("name") or exposure["owner"]["email"],
        words=words,
        marts={
            node.rpartition(".")[2]: node for node in exposure["depends_on"]["nodes"]
        },
    )
    for sheet in words.sheets:
        where = f"{place}: sheet {sheet.name}"
        if isinstance(sheet, TableSheet):
            _check_table(manifest, workbook, sheet, where)
        elif isinstance(sheet, ChartsSheet):
            _check_charts(manifest, workbook, sheet, where)
    return workbook


def _check_table(
    manifest: dict[str, Any], workbook: Workbook, sheet: TableSheet, where: str
) -> None:
    columns = _mart_columns(manifest, workbook, sheet, where)
    shown = {column.name for column in _shown(columns, sheet, where)}
    headers = [columns[name].header.lower() for name in shown]
    for header in headers:
        if headers.count(header) > 1:
            raise DeclarationError(f"{where}: two columns have the header '{header}'")
    for name in sheet.empty:
        if name not in shown:
            raise DeclarationError(f"{where}: empty: no column {name} on the sheet")
    if sheet.measured_in:
        for name in sheet.measured_in.columns:
            if name not in shown:
                raise DeclarationError(f"{where}: measured_in: no column {name}")


def _check_charts(
    manifest: dict[str, Any], workbook: Workbook, sheet: ChartsSheet, where: str
) -> None:
    tables = {s.name: s for s in workbook.words.sheets if isinstance(s, TableSheet)}
    if sheet.of not in tables:
        raise DeclarationError(f"{where}: of: no sheet '{sheet.of}' with a table")
    table = tables[sheet.of]
    columns = _mart_columns(manifest, workbook, table, where)
    shown = {column.name for column in _shown(columns, table, where)}
    for name in (sheet.category, *sheet.values):
        if name not in shown:
            raise DeclarationError(f"{where}: no column {name} on sheet {sheet.of}")
    for name in (*sheet.only, *sheet.per, *filter(None, [sheet.series])):
        if name not in columns:
            raise DeclarationError(f"{where}: no column {name} in {table.mart}")


def _mart_columns(
    manifest: dict[str, Any], workbook: Workbook, sheet: TableSheet, where: str
) -> dict[str, MartColumn]:
    """The columns of the sheet's mart by name, in the order of dbt's YAML."""
    if sheet.mart not in workbook.marts:
        raise DeclarationError(
            f"{where}: mart: the exposure does not depend on {sheet.mart}"
        )
    model = manifest["nodes"][workbook.marts[sheet.mart]]
    columns = {}
    for column in model["columns"].values():
        try:
            meta = ColumnMeta.model_validate(column.get("config", {}).get("meta", {}))
        except ValidationError as error:
            raise DeclarationError(
                f"{where}: {sheet.mart}.{column['name']}: config.meta.header is missing"
            ) from error
        columns[column["name"]] = MartColumn(
            name=column["name"],
            header=" ".join(meta.header.split()),
            description=" ".join((column.get("description") or "").split()),
            number_format=meta.format
            or number_format(column["name"], column.get("data_type") or ""),
        )
    return columns


def _shown(
    columns: Mapping[str, MartColumn], sheet: TableSheet, where: str
) -> tuple[MartColumn, ...]:
    for name in (*sheet.columns, *sheet.leave_out):
        if name not in columns:
            raise DeclarationError(f"{where}: columns: {sheet.mart} has no {name}")
    names = sheet.columns or [name for name in columns if name not in sheet.leave_out]
    return tuple(columns[name] for name in names)


def number_format(name: str, data_type: str) -> str | None:
    """The Excel number format of a column, by its type and the unit in its name.

    None is text. Shares are stored from 0 to 1 and shown in percent, to the two
    decimals in which they are published.
    """
    kind = data_type.lower().partition("(")[0].strip()
    if kind == "date":
        return xlsx.DATE_FORMAT
    if kind.startswith("timestamp"):
        return "dd/mm/yyyy hh:mm"
    whole = kind.endswith("int") or kind in ("integer", "long")
    if not whole and kind not in ("double", "float", "real", "decimal", "numeric"):
        return None
    if name.endswith("_count"):
        return "#,##0"
    if re.search(r"_share(_|$)|^rr[1-6]$|_rate$", name):
        return "0.00%"
    if name.startswith("p_value"):
        return "0.000"
    if re.search(r"_score_100(_|$)|_days(_|$)", name):
        return "0.0"
    if "order" in name or name.endswith("_number"):
        return "0"
    return "#,##0" if whole else "0.00"


# One workbook of one agency.


@dataclass(frozen=True)
class _Rows:
    """What a table sheet shows, and the columns that only its charts need."""

    sheet: TableSheet
    columns: tuple[MartColumn, ...]
    all_columns: Mapping[str, MartColumn]
    rows: list[dict[str, Any]]

    @property
    def is_simulated(self) -> bool:
        return any(row.get("is_simulated") for row in self.rows)


class _Export:
    """Puts the sheets of one agency together."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        workbook: Workbook,
        manifest: dict[str, Any],
        agency: AgencyWithFigures,
        publication: Mapping[str, Any],
    ) -> None:
        self.connection = connection
        self.workbook = workbook
        self.manifest = manifest
        self.agency = agency
        self.publication = publication
        self.short_hash = str(publication["content_hash"])[:12]
        self.tables = {
            sheet.name: self._read(sheet)
            for sheet in workbook.words.sheets
            if isinstance(sheet, TableSheet)
        }

    def document(self) -> xlsx.Document:
        """The whole workbook, ready to be written."""
        sheets = tuple(self._sheet(sheet) for sheet in self.workbook.words.sheets)
        period = self.agency.last_period_code or NO_PERIOD
        return xlsx.Document(
            title=f"{self.workbook.label}: {self.agency.short_name_nl}, {period}",
            subject=f"Klantbeeld, inhoud {self.short_hash}",
            header=self.agency.short_name_nl,
            footer=f"Klantbeeld, {self._status()}, inhoud {self.short_hash}",
            sheets=sheets,
        )

    def _sheet(self, sheet: Sheet) -> xlsx.TableSheet | xlsx.ChartSheet:
        match sheet:
            case CoverSheet():
                return self._cover(sheet)
            case ContentsSheet():
                return self._contents(sheet)
            case NotesSheet():
                return self._notes(sheet)
            case TableSheet():
                return self._table(self.tables[sheet.name])
            case ChartsSheet():
                return self._charts(sheet)

    def _status(self) -> str:
        status = self.publication.get("status") or "provisional"
        return STATUSES.get(status, status)

    # The generic sheets.

    def _cover(self, sheet: CoverSheet) -> xlsx.TableSheet:
        agency = self.agency
        first = agency.first_period_code or "niet vermeld"
        last = agency.last_period_code or "niet vermeld"
        periods = first if first == last else f"{first} tot en met {last}"
        rows = [
            ("Entiteit", agency.name_nl),
            ("Merknaam", agency.brand),
            ("Voorgangers", ", ".join(self._predecessors())),
            ("Doel", sheet.purpose),
            ("Periode van de cijfers", periods),
            ("Laatste geleverde periode", last),
            ("Status", self._status()),
            ("Inhoud van de cijfers", self.publication["content_hash"]),
            ("Eigenaar", self.workbook.owner),
            ("Contact", sheet.contact),
            ("Volgende uitgave", sheet.next_release),
            ("Methode", " ".join(sheet.method)),
        ]
        if simulated := [n for n, rows in self.tables.items() if rows.is_simulated]:
            rows.append(("Gesimuleerde gegevens", f"Op: {', '.join(simulated)}."))
        return xlsx.TableSheet(
            name=sheet.name,
            title=f"{sheet.title}: {agency.short_name_nl}",
            table_name=sheet.table,
            columns=(
                xlsx.Column("Gegeven"),
                xlsx.Column("Inhoud", empty=xlsx.NOT_APPLICABLE),
            ),
            rows=rows,
        )

    def _contents(self, sheet: ContentsSheet) -> xlsx.TableSheet:
        return xlsx.TableSheet(
            name=sheet.name,
            title=sheet.title,
            table_name=sheet.table,
            columns=(xlsx.Column("Werkblad"), xlsx.Column("Wat er staat")),
            rows=[
                (xlsx.Link(other.name, other.name), other.title)
                for other in self.workbook.words.sheets
                if other is not sheet
            ],
        )

    def _notes(self, sheet: NotesSheet) -> xlsx.TableSheet:
        words = self.workbook.words
        rows = [("Alle", symbol, text) for symbol, text in words.symbols.items()]
        rows += [("Alle", term, text) for term, text in words.terms.items()]
        for name, table in self.tables.items():
            rows += [
                (name, column.header, column.description) for column in table.columns
            ]
        return xlsx.TableSheet(
            name=sheet.name,
            title=sheet.title,
            table_name=sheet.table,
            columns=(
                xlsx.Column("Werkblad"),
                xlsx.Column("Symbool, begrip of kolom"),
                xlsx.Column("Uitleg"),
            ),
            rows=rows,
        )

    def _explained_on(self) -> str:
        for sheet in self.workbook.words.sheets:
            if isinstance(sheet, NotesSheet):
                return f"; uitleg van kolommen en symbolen: werkblad {sheet.name}"
        return ""

    # Tables.

    def _read(self, sheet: TableSheet) -> _Rows:
        where = f"exposure {self.workbook.name}: sheet {sheet.name}"
        columns = _mart_columns(self.manifest, self.workbook, sheet, where)
        shown = _shown(columns, sheet, where)
        names = [column.name for column in shown]
        # What charts group by and the mark of simulated rows need not be shown.
        names += [name for name in columns if name not in names]
        selected = ", ".join(f'"{name}"' for name in names)
        order = ", ".join((*sheet.order, selected))
        unit = sheet.measured_in.unit if sheet.measured_in else "null"
        query = (
            f"{PREDECESSORS}\nselect {selected}, {unit}\nfrom {sheet.mart}\n"
            f"where {sheet.where}\norder by {order}"
        )
        try:
            rows = self.connection.execute(
                query, {"agency": self.agency.agency_code}
            ).fetchall()
        except duckdb.Error as error:
            raise ExportError(f"{where}: {error}") from error
        keys = (*names, UNIT)
        return _Rows(
            sheet, shown, columns, [dict(zip(keys, row, strict=True)) for row in rows]
        )

    def _predecessors(self) -> list[str]:
        rows = self.connection.execute(
            f"""{PREDECESSORS}
select dim_agency.name_nl
from agency_and_predecessors
inner join dim_agency
    on agency_and_predecessors.agency_code = dim_agency.agency_code
where agency_and_predecessors.agency_code <> $agency
order by dim_agency.name_nl
""",
            {"agency": self.agency.agency_code},
        ).fetchall()
        return [name for (name,) in rows]

    def _table(self, table: _Rows) -> xlsx.TableSheet:
        sheet = table.sheet
        source = f"Bron: {sheet.mart}, inhoud {self.short_hash}{self._explained_on()}."
        measured = sheet.measured_in.columns if sheet.measured_in else ()

        def shown_value(row: dict[str, Any], column: MartColumn) -> Any:
            value = row[column.name]
            if value is None or column.name not in measured:
                return value
            unit = number_format(row[UNIT] or "", "double")
            return xlsx.Formatted(value, unit or "0.00")

        return xlsx.TableSheet(
            name=sheet.name,
            title=f"{sheet.title}: {self.agency.short_name_nl}",
            table_name=sheet.table,
            columns=tuple(
                xlsx.Column(
                    header=column.header,
                    number_format=column.number_format,
                    empty=sheet.empty.get(column.name, xlsx.NOT_AVAILABLE),
                )
                for column in table.columns
            ),
            rows=[
                [shown_value(row, column) for column in table.columns]
                for row in table.rows
            ],
            lines=(source, SIMULATED) if table.is_simulated else (source,),
            when_empty=sheet.when_empty,
        )

    # Charts.

    def _charts(self, sheet: ChartsSheet) -> xlsx.ChartSheet:
        table = self.tables[sheet.of]
        only = {
            name: [
                self.agency.agency_code if value == "$agency" else value
                for value in (values if isinstance(values, list) else [values])
            ]
            for name, values in sheet.only.items()
        }
        groups: dict[tuple[Any, ...], list[int]] = {}
        for index, row in enumerate(table.rows):
            if all(row[name] in values for name, values in only.items()) and all(
                row[name] is not None for name in sheet.values
            ):
                key = tuple(row[name] for name in sheet.per)
                groups.setdefault(key, []).append(index)
        charts: list[xlsx.Chart] = []
        lines: list[str] = []
        for rows in groups.values():
            chart, line = self._chart(sheet, table, rows)
            charts += [chart] if chart else []
            lines += [line] if line else []
        drawn = [table.rows[index] for rows in groups.values() for index in rows]
        if any(row.get("is_simulated") for row in drawn):
            lines.append(SIMULATED)
        place = f"de cijfers staan ernaast, in werkblad {sheet.of}"
        second = f"{xlsx.NO_TABLE}: {place if charts else sheet.when_empty}"
        return xlsx.ChartSheet(
            name=sheet.name,
            title=f"{sheet.title}: {self.agency.short_name_nl}",
            lines=(second if second.endswith(".") else f"{second}.", *lines),
            charts=tuple(charts),
        )

    def _chart(
        self, sheet: ChartsSheet, table: _Rows, rows: list[int]
    ) -> tuple[xlsx.Chart | None, str | None]:
        """One chart, and a line on what could not be drawn in it."""
        by_series: dict[str, dict[Any, int]] = {}
        for index in rows:
            row = table.rows[index]
            name = str(row[sheet.series]) if sheet.series else ""
            categories = by_series.setdefault(name, {})
            if categories.setdefault(row[sheet.category], index) != index:
                raise ExportError(
                    f"exposure {self.workbook.name}: sheet {sheet.name}: two rows for "
                    f"{row[sheet.category]} in one series; per needs another column"
                )
        if sheet.last_series:
            by_series = dict(list(by_series.items())[-sheet.last_series :])
        # A native chart lines its series up by place: it can draw only what all have.
        every = list(dict.fromkeys(c for s in by_series.values() for c in s))
        common = [c for c in every if all(c in s for s in by_series.values())]
        places = {name: table.rows[rows[0]][name] for name in sheet.per}
        title = sheet.chart_title.format(**places)
        if any(table.rows[index].get("is_simulated") for index in rows):
            title += " (gesimuleerd)"
        line = None
        if missing := [str(c) for c in every if c not in common]:
            line = (
                f"Niet getekend in '{title}', want niet in elke reeks gemeten: "
                f"{', '.join(missing)}."
            )
        if not common:
            return None, line

        names = [column.name for column in table.columns]
        series = tuple(
            xlsx.Series(
                name=name if sheet.series else table.all_columns[value].header,
                category_column=names.index(sheet.category),
                value_column=names.index(value),
                rows=tuple(categories[category] for category in common),
            )
            for name, categories in by_series.items()
            for value in sheet.values
        )
        unit = table.all_columns[sheet.values[0]].number_format or "General"
        figures = "; ".join(
            f"{one.name}: "
            + ", ".join(
                f"{table.rows[index][sheet.category]} "
                + xlsx.dutch_number(
                    float(table.rows[index][names[one.value_column]]), unit
                )
                for index in one.rows
            )
            for one in series
        )
        chart = xlsx.Chart(
            title=title,
            alt_text=f"{sheet.alt_text.format(**places)} {figures}.",
            of=sheet.of,
            kind=sheet.type,
            series=series,
            category_title=sheet.category_title,
            value_title=sheet.value_title,
            number_format=unit,
            value_minimum=sheet.value_minimum,
            value_maximum=sheet.value_maximum,
        )
        return chart, line
