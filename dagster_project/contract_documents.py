"""What a contract says, for those who deliver: Table Schema, Dutch page, template.

Belongs here: documents made from a contract alone. Does not belong here: what a
contract may say (contracts.py), executing it (checks.py), anything about a delivery
(delivery_reports.py). Everything that an agency reads is Dutch.
"""

import datetime
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dagster_project import workbook
from dagster_project.checks import (
    DUTCH_DATE,
    PERIOD,
    CodeList,
    moment_nl,
)
from dagster_project.contracts import (
    KINDS,
    STANDARD_SOURCE,
    Column,
    Feed,
)

CodeLists = Mapping[str, CodeList]

YES, NO = ("ja", "Ja", "JA", "true", "1"), ("nee", "Nee", "NEE", "false", "0")
# Written out for readers to whom \d means the digits of every script.
PERIOD_ANY_CASE = (
    PERIOD.replace("H", "[Hh]").replace("Q", "[Qq]").replace(r"\d", "[0-9]")
)
DATE_SHAPE = "[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}"
FREQUENCIES_NL = {
    "month": ("elke maand", "de maand"),
    "quarter": ("elk kwartaal", "het kwartaal"),
    "half_year": ("elk halfjaar", "het halfjaar"),
    "year": ("elk jaar", "het jaar"),
}
FORMATS_NL = {
    "csv": "CSV-bestand",
    "xlsx": "Excel-werkmap (.xlsx)",
    "jsonl": "JSON-regels (.jsonl)",
    "parquet": "Parquet-bestand",
}
# Longer lists are not written out on a page; the template has them.
LONGEST_LIST = 12
LONGEST_EXAMPLE = 40
EXAMPLE_MOMENT = datetime.datetime(2024, 3, 15, 14, 30)
EXAMPLE_NUMBERS = ("63.60", "3.64", "120")


class UnknownFeedError(LookupError):
    """No contract has this name; the message says which names there are."""


class NoTemplateError(ValueError):
    """A template of this format cannot be made; the message says why."""


@dataclass(frozen=True)
class Addressed:
    """A feed as somebody named it, with the agency where the name says one."""

    feed: Feed
    agency_code: str | None

    @property
    def folder(self) -> str:
        """Where its files go in the landing zone."""
        return f"{self.agency_code or '<entiteit>'}/{self.feed.name}"


def find_feed(feeds: Iterable[Feed], agencies: Iterable[str], name: str) -> Addressed:
    """The feed called `agency.feed`, `kind` or `standard.kind`.

    Raises:
        UnknownFeedError: there is none.
    """
    known = {feed.label: feed for feed in feeds}
    source, _, feed_name = name.rpartition(".")
    agency = source if source and source != STANDARD_SOURCE else None
    if name in known and agency:
        return Addressed(known[name], agency)
    standard = known.get(f"{STANDARD_SOURCE}.{feed_name}")
    if standard and (agency is None or agency in set(agencies)):
        return Addressed(standard, agency)
    own = sorted(label for label, feed in known.items() if not feed.is_standard)
    raise UnknownFeedError(
        f"no contract is called '{name}'. Own layouts: {', '.join(own) or 'none'}."
        f" Standard layouts, for every agency of agencies.csv: {', '.join(KINDS)}"
        " (as KIND or AGENCY.KIND)."
    )


def _delivered(feed: Feed) -> list[Column]:
    """The columns that stand in a file; a block's heading sets the others."""
    return [column for column in feed.columns if column.words.headers]


def _asked(feed: Feed) -> list[Column]:
    """The columns that are taken over: what is dropped is better not sent."""
    return [column for column in _delivered(feed) if column.words.personal != "drop"]


# -- Table Schema ---------------------------------------------------------------


def table_schema(feed: Feed, lists: CodeLists) -> dict[str, Any]:
    """The contract as a Table Schema document; field names are the column titles.

    What Table Schema cannot say is on the page: rules over several columns, the share
    of rows that may be refused, former titles. Where the door is more lenient, it
    ignores capitals and blanks around a value and reads ISO dates too.
    """
    words = feed.contract
    return {
        "name": feed.label,
        "description": feed.description,
        "fields": [_field(feed, column, lists) for column in _delivered(feed)],
        # In any order; a column that is not asked for may be there.
        "fieldsMatch": "partial",
        "missingValues": list(words.missing_values),
    } | (
        {"primaryKey": [column.title for column in key]}
        if (key := [c for c in _delivered(feed) if c.name in words.primary_key])
        else {}
    )


def _field(feed: Feed, column: Column, lists: CodeLists) -> dict[str, Any]:
    words, kind = column.words, column.data_type
    field: dict[str, Any] = {"name": column.title, "type": "string"}
    rules: dict[str, Any] = {"required": True} if words.required else {}
    if words.personal == "drop":
        rules = {}
    elif words.codes and words.other_values == "reject":
        terms = _terms(lists[words.codes])
        if words.separator:
            one = f"(?:{'|'.join(re.escape(term) for term in terms)})"
            rules["pattern"] = f"{one}(?:{re.escape(words.separator)}{one})*"
        else:
            rules["enum"] = terms
    elif words.codes or words.separator:
        pass
    elif words.format == "period":
        rules["pattern"] = PERIOD_ANY_CASE
    elif words.format == "date_or_period":
        rules["pattern"] = f"{PERIOD_ANY_CASE}|^{DATE_SHAPE}$"
    elif kind in ("date", "timestamp"):
        field["type"] = "date" if kind == "date" else "datetime"
        field["format"] = words.format or DUTCH_DATE
    elif kind == "boolean":
        field |= {"type": "boolean", "trueValues": [*YES], "falseValues": [*NO]}
    elif kind != "varchar":
        field |= _number_field(feed, column)
    if words.pattern and words.personal != "drop":
        rules["pattern"] = words.pattern
    for limit in ("minimum", "maximum"):
        value = getattr(words, limit)
        if value is not None and field["type"] in ("integer", "number"):
            rules[limit] = int(value) if value == int(value) else value
    field["description"] = column.description
    if rules:
        field["constraints"] = rules
    return field


def _number_field(feed: Feed, column: Column) -> dict[str, Any]:
    decimal, group = _marks(feed, column)
    field: dict[str, Any] = {"type": "integer" if _is_integer(column) else "number"}
    if field["type"] == "number":
        field["decimalChar"] = decimal
    if group:
        field["groupChar"] = group
    # Bare: nothing but the number; a percentage may have its sign.
    field["bareNumber"] = column.words.format != "percent"
    return field


def _terms(codes: CodeList) -> list[str]:
    """What may stand in a cell: each code and each label."""
    return list(dict.fromkeys([*codes.labels, *codes.labels.values()]))


def _marks(feed: Feed, column: Column) -> tuple[str, str | None]:
    contract, words = feed.contract, column.words
    return (
        words.decimal_char or contract.decimal_char,
        words.group_char or contract.group_char,
    )


def _is_integer(column: Column) -> bool:
    return column.data_type.endswith("int") or column.data_type == "integer"


# -- the page -------------------------------------------------------------------


def page(addressed: Addressed, lists: CodeLists) -> str:
    """The contract on one page, in Dutch (Markdown)."""
    feed = addressed.feed
    lines = [
        f"# Levering “{feed.name}”",
        "",
        feed.description,
        "",
        "## Het bestand",
        "",
        *(f"- {line}" for line in _file_lines(addressed)),
        "",
        "## De kolommen",
        "",
        "| Kolom | Verplicht | Betekenis | Vorm | Voorbeeld |",
        "|---|---|---|---|---|",
    ]
    for column in _asked(feed):
        cells = _explained(feed, column, lists)
        lines.append(
            f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in cells)} |"
        )
    lines += ["", "## Wat geweigerd wordt", ""]
    lines += [f"- {line}" for line in _refusal_lines(feed)]
    personal = _personal_lines(feed)
    if personal:
        lines += ["", "## Persoonsgegevens", "", *(f"- {line}" for line in personal)]
    return "\n".join(lines) + "\n"


def _file_lines(addressed: Addressed) -> list[str]:
    feed, contract = addressed.feed, addressed.feed.contract
    lines = [f"Map: `{addressed.folder}/`."]
    formats = [contract.format] if contract.format else ["csv", "xlsx"]
    lines.append(f"Soort: {' of '.join(FORMATS_NL[name] for name in formats)}.")
    if contract.files != "*":
        lines.append(f"Naam: `{contract.files}`.")
    if "csv" in formats:
        mark = contract.delimiter or ";"
        lines.append(
            f"CSV: kolommen gescheiden door `{mark}`, tekens in"
            f" {contract.encoding or 'UTF-8'}, decimaalteken `{contract.decimal_char}`."
        )
    if "xlsx" in formats:
        sheet = f"het blad “{contract.sheet}”" if contract.sheet else "het eerste blad"
        row = f", titels op rij {contract.header_row}" if contract.header_row else ""
        lines.append(f"Excel: {sheet} telt{row}.")
    for block in contract.blocks:
        lines.append(f"Onder de titel “{block.after}” staat een tabel.")
    lines += [
        f"De eerste kolomtitels: {', '.join(c.title for c in _asked(feed)[:3])}, … De"
        " volgorde van de kolommen is vrij; een kolom die niet gevraagd is, wordt niet"
        " overgenomen.",
        *_stated_lines(feed),
    ]
    if any(column.words.codes for column in _asked(feed)):
        lines.append(
            "Bij een lijst mag de naam of de code staan; het sjabloon heeft ze alle."
        )
    if contract.due:
        often, period = FREQUENCIES_NL[contract.due.frequency]
        lines.append(
            f"Verwacht: {often}, ten laatste {contract.due.days_after} dagen na het"
            f" einde van {period}."
        )
    if contract.retention_days is not None:
        lines.append(
            f"Het bestand zelf wordt {contract.retention_days} dagen bewaard, alleen"
            " leesbaar voor de verwerking."
        )
    return lines


def _stated_lines(feed: Feed) -> list[str]:
    """Where a file says its period and version."""
    period, version = feed.contract.period, feed.contract.version
    return [
        f"De periode van het bestand staat {feed.where_nl(period)} en geldt voor alle"
        " rijen."
        if period
        else "Een periode in de bestandsnaam (bijvoorbeeld 2023-H1) geldt voor het hele"
        " bestand.",
        f"De versie van het bestand staat {feed.where_nl(version)}; een verbeterd"
        " bestand heeft een hogere."
        if version
        else "Een verbeterd bestand krijgt `__v2` in zijn naam.",
    ]


def _refusal_lines(feed: Feed) -> list[str]:
    contract = feed.contract
    share = f"{100 * contract.max_rejected_share:g}".replace(".", ",")
    required = [c.title for c in feed.columns if c.words.required and c.words.headers]
    lines = ["Een rij met een fout wordt geweigerd, met haar plaats en de reden."]
    lines += [f"Ook als {rule.reason}" for rule in contract.rows]
    if required:
        lines.append(
            "De hele levering wordt geweigerd als een verplichte kolom ontbreekt"
            f" ({', '.join(required)})."
        )
    lines.append(
        f"De hele levering wordt geweigerd als meer dan {share} % van de rijen fout is"
        + (
            f" of als er minder dan {contract.minimum_rows} rijen zijn."
            if contract.minimum_rows > 1
            else "."
        )
        + " De vorige levering blijft dan gelden."
    )
    return lines


def _personal_lines(feed: Feed) -> list[str]:
    phrases = {
        "pseudonymise": "wordt bij aankomst vervangen door een code die niet terug te"
        " rekenen is",
        "scrub": "wordt bij aankomst ontdaan van namen, nummers en adressen",
        "drop": "wordt niet overgenomen; laat deze kolom liefst weg",
    }
    return [
        f"{column.title}: {phrases[column.words.personal]}."
        for column in _delivered(feed)
        if column.words.personal
    ]


def _explained(feed: Feed, column: Column, lists: CodeLists) -> tuple[str, ...]:
    """Column, whether it is required, meaning, form and example: all in Dutch."""
    return (
        column.title,
        "ja" if column.words.required else "nee",
        column.description,
        form_nl(feed, column, lists),
        example(feed, column, lists),
    )


def form_nl(feed: Feed, column: Column, lists: CodeLists) -> str:
    """How a value of the column is written, in Dutch."""
    words, kind = column.words, column.data_type
    decimal, group = _marks(feed, column)
    several = (
        f"; meer dan één waarde: gescheiden door {words.separator}"
        if words.separator
        else ""
    )
    if words.codes:
        labels = list(lists[words.codes].labels.values())
        shown = " / ".join(labels[:LONGEST_LIST])
        shown += " / …" if len(labels) > LONGEST_LIST else ""
        if words.other_values == "keep":
            return f"een eigen naam, of naam of code uit de lijst: {shown}{several}"
        return f"naam of code uit de lijst: {shown}{several}"
    if words.separator:
        return f"eigen woorden of codes{several}"
    if words.format == "period":
        return "periode: 2023, 2023-H1, 2023-Q2 of 2023-05"
    if words.format == "date_or_period":
        return "datum (dd/mm/jjjj) of periode (2024, 2024-H1, 2024-03)"
    if kind in ("date", "timestamp"):
        moment = "datum" if kind == "date" else "datum en uur"
        return f"{moment}: {moment_nl(words.format)}"
    if kind == "boolean":
        return "ja of nee"
    if kind == "varchar":
        return "tekst" + (f" van de vorm {words.pattern}" if words.pattern else "")
    if _is_integer(column):
        return "geheel getal" + _bounds_nl(column)
    form = "percentage" if words.format == "percent" else "getal"
    if column.words.printed and column.words.maximum is None:
        form = "getal"
    grouped = f", {group} scheidt de duizendtallen" if group else ""
    return f"{form} met {decimal} als decimaalteken{grouped}{_bounds_nl(column)}"


def _bounds_nl(column: Column) -> str:
    low, high = (
        None if limit is None else f"{limit:g}".replace(".", ",")
        for limit in (column.words.minimum, column.words.maximum)
    )
    if low is not None and high is not None:
        return f", van {low} tot {high}"
    if low is not None:
        return f", minstens {low}"
    return f", hoogstens {high}" if high is not None else ""


def example(feed: Feed, column: Column, lists: CodeLists) -> str:
    """A value that the door accepts; empty where a pattern leaves nothing to guess."""
    words, kind = column.words, column.data_type
    if words.codes:
        shown = [
            label if len(label) <= LONGEST_EXAMPLE else code
            for code, label in lists[words.codes].labels.items()
        ]
        return (words.separator or "").join(shown[: 2 if words.separator else 1])
    if words.separator:
        return f"wachttijd{words.separator}bejegening"
    if words.format in ("period", "date_or_period"):
        return "2024-H1"
    if kind in ("date", "timestamp"):
        return EXAMPLE_MOMENT.strftime(words.format or DUTCH_DATE)
    if kind == "boolean":
        return "ja"
    if kind == "varchar":
        if words.pattern:
            return ""
        return "2024-00123" if words.personal == "pseudonymise" else "tekst"
    return _example_number(feed, column)


def _example_number(feed: Feed, column: Column) -> str:
    low = -1e15 if column.words.minimum is None else column.words.minimum
    high = 1e15 if column.words.maximum is None else column.words.maximum
    numbers = [*EXAMPLE_NUMBERS, f"{low:g}"]
    if _is_integer(column):
        numbers = ["120", f"{low:g}"]
    fitting = next(number for number in numbers if low <= float(number) <= high)
    return fitting.replace(".", _marks(feed, column)[0])


# -- the template ---------------------------------------------------------------

ENTRY, EXPLANATION, LISTS = "Levering", "Toelichting", "Lijsten"


def write_template(
    addressed: Addressed, lists: CodeLists, path: Path, file_format: str
) -> None:
    """Write the delivery template: `xlsx` or `csv`; the same contract, the same bytes.

    Raises:
        NoTemplateError: files of this feed are not of that format.
    """
    feed = addressed.feed
    declared = feed.contract.format
    if declared not in (None, file_format):
        raise NoTemplateError(
            f"{feed.label} is delivered as {declared}: there is no {file_format}"
            " template of it"
        )
    if file_format == "csv":
        mark = feed.contract.delimiter or ";"
        titles = mark.join(column.title for column in _asked(feed)) + "\r\n"
        # With the byte order mark Excel opens it as UTF-8.
        path.write_bytes(titles.encode(feed.contract.encoding or "utf-8-sig"))
        return
    workbook.write_workbook(path, _template(addressed, lists))


def _template(addressed: Addressed, lists: CodeLists) -> workbook.Document:
    feed, contract = addressed.feed, addressed.feed.contract
    columns = _asked(feed)
    used = dict.fromkeys(c.words.codes for c in columns if c.words.codes)
    rows: list[tuple[str, str, str]] = []
    places: dict[str, tuple[int, int]] = {}
    # Yes and no make a list as well.
    choices = {name: lists[name].labels for name in used}
    if any(column.data_type == "boolean" for column in columns):
        choices["boolean"] = {"ja": "ja", "nee": "nee"}
    titles = _list_titles(columns)
    for name, labels in choices.items():
        places[name] = (len(rows), len(rows) + len(labels) - 1)
        rows += [(titles[name], code, label) for code, label in labels.items()]
    entry = workbook.FormSheet(
        name=contract.sheet or ENTRY,
        columns=tuple(_form_column(feed, c, lists, places) for c in columns),
        header_row=contract.header_row or 1,
        headings=tuple(block.after for block in contract.blocks),
        lists=LISTS if rows else None,
    )
    explanation = workbook.TableSheet(
        name=EXPLANATION,
        title=f"Toelichting bij de levering “{feed.name}”",
        table_name="toelichting",
        columns=tuple(
            workbook.Column(title, empty="")
            for title in ("Kolom", "Verplicht", "Betekenis", "Vorm", "Voorbeeld")
        ),
        rows=[_explained(feed, column, lists) for column in columns],
        lines=tuple(
            line.replace("`", "")
            for line in (
                feed.description,
                *_file_lines(addressed),
                *_refusal_lines(feed),
                *_personal_lines(feed),
            )
        ),
    )
    sheets: list[workbook.FormSheet | workbook.TableSheet] = [entry, explanation]
    if rows:
        sheets.append(
            workbook.TableSheet(
                name=LISTS,
                title="De lijsten: een naam of een code mag in de levering staan",
                table_name="lijsten",
                columns=tuple(
                    workbook.Column(title, empty="")
                    for title in ("Kolommen", "Code", "Naam")
                ),
                rows=rows,
            )
        )
    return workbook.Document(
        title=f"Sjabloon {feed.name}",
        subject=feed.description,
        header=f"Sjabloon {feed.name}",
        footer="Klantbeeld",
        sheets=tuple(sheets),
    )


def _list_titles(columns: Iterable[Column]) -> dict[str, str]:
    """The columns that use each list."""
    titles: dict[str, list[str]] = {}
    for column in columns:
        name = column.words.codes or column.data_type
        titles.setdefault(name, []).append(column.title)
    return {name: ", ".join(found) for name, found in titles.items()}


def _form_column(
    feed: Feed,
    column: Column,
    lists: CodeLists,
    places: Mapping[str, tuple[int, int]],
) -> workbook.FormColumn:
    words, kind = column.words, column.data_type
    closed = words.other_values == "reject" and not words.separator
    message = f"{column.description} Vorm: {form_nl(feed, column, lists)}"
    cell: dict[str, Any] = {}
    if words.codes or kind == "boolean":
        cell = {"choices": places[words.codes or "boolean"], "only_choices": closed}
        message = column.description
        if words.separator:
            message += f" Meer dan één: gescheiden door {words.separator}"
        elif words.codes:
            message += " Kies een naam; een code uit het blad Lijsten mag ook."
    elif words.format in ("period", "date_or_period") or words.printed:
        # As text: Excel would make a date of 2023-05, and 63,6 of a printed 63,60.
        pass
    elif kind in ("date", "timestamp"):
        hours = " hh:mm" if kind == "timestamp" else ""
        cell = {"kind": "date", "number_format": workbook.DATE_FORMAT + hours}
    elif kind != "varchar" and not words.separator:
        cell = {
            "kind": "integer" if _is_integer(column) else "decimal",
            "number_format": "0" if _is_integer(column) else "General",
            "allowed": (words.minimum, words.maximum),
        }
        if words.format == "percent":
            # 63,6 typed in such a cell is 63,6 %: the door reads the number format.
            cell = {"kind": "text", "number_format": "0.00%"}
    return workbook.FormColumn(
        header=column.title,
        message=message,
        is_required=words.required,
        **cell,
    )
