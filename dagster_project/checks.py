"""A contract as SQL: delivered texts -> typed values, or reasons why not.

Belongs here: the SQL that parses and checks one delivery, made from its contract.
Does not belong here: reading files, choosing deliveries, anything after the lake.
The reasons are Dutch: they are mailed to the agency as they stand.
"""

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from dagster_project.contracts import PERIOD_CODE, Column, ContractError, Feed
from dagster_project.sql import identifier, quote

ISO_DATE = "%Y-%m-%d"
DUTCH_DATE = "%d/%m/%Y"
PERIOD = f"^{PERIOD_CODE.pattern}$"
# One space to a reader: plain, hard, narrow hard.
SPACES = " \u00a0\u202f"
# What is trimmed from a cell.
WHITE_SPACE = ("' '", "chr(160)", "chr(9)", "chr(10)", "chr(13)")
# Dutch names of months that differ from the English ones that `%b` and `%B` read.
MONTH_NAMES = {
    "jan(uari)?": "Jan",
    "feb(ruari)?": "Feb",
    "maart|mrt": "Mar",
    "mei": "May",
    "juni": "Jun",
    "juli": "Jul",
    "aug(ustus)?": "Aug",
    "okt(ober)?": "Oct",
}
# How the parts of a format are written to an agency.
DATE_PARTS = {
    "%d": "dd",
    "%m": "mm",
    "%b": "mnd",
    "%B": "maand",
    "%Y": "jjjj",
    "%y": "jj",
    "%H": "uu",
    "%I": "uu",
    "%M": "mm",
    "%S": "ss",
    "%p": "AM/PM",
}
# What reading.py makes of an error cell or of a formula that was never computed.
ERROR_CELL = r"#(N/A|[A-Z][A-Z0-9_/]*[!?]|GETTING_DATA|FORMULE_ZONDER_WAARDE)"
# A reason carries the delivered value between these marks until quote_values has
# masked and cut it; they are characters that no delivered text keeps.
QUOTE_OPENS, QUOTE_CLOSES = "\x02", "\x03"
READ_LENGTH = 2_000
QUOTED_LENGTH = 40


def quote_values(reason: str, mask: Callable[[str], str]) -> str:
    """A reason as it may be mailed: values masked first, then cut, and quoted."""

    def shown(found: re.Match[str]) -> str:
        value = mask(found[1])
        if len(value) > QUOTED_LENGTH:
            value = value[:QUOTED_LENGTH] + "…"
        return f"“{value}”"

    marked = f"{QUOTE_OPENS}(.*?){QUOTE_CLOSES}"
    return re.sub(marked, shown, reason, flags=re.DOTALL)


@dataclass(frozen=True)
class CodeList:
    """A closed list: `terms` maps a code or label, in lower case, to its code.

    `labels` has the label of each code as written, in the order of the list.
    """

    name: str
    terms: dict[str, str]
    labels: dict[str, str] = field(default_factory=dict)


def load_code_list(reference: Path, name: str) -> CodeList:
    """Read a list of `seeds/reference/`: a file of that name, or a list in code_lists.

    Raises:
        LookupError: no such list.
    """
    path = reference / f"{name}.csv"
    is_own = path.is_file()
    with (path if is_own else reference / "code_lists.csv").open(
        encoding="utf-8", newline=""
    ) as stream:
        listed = csv.DictReader(stream)
        titles = listed.fieldnames or []
        code = titles[0] if is_own else "code"
        label = "label_nl" if "label_nl" in titles else "name_nl"
        rows = [
            (row[code], row[label])
            for row in listed
            if is_own or row["code_list"] == name
        ]
    if not rows:
        raise LookupError(f"seeds/reference has no list '{name}'")
    terms = {_folded(label): code for code, label in rows if label}
    terms |= {_folded(code): code for code, _ in rows}
    labels = {code: label or code for code, label in rows}
    return CodeList(name=name, terms=terms, labels=labels)


def load_lists(reference: Path, feed: Feed) -> dict[str, CodeList]:
    """The lists that a contract names.

    Raises:
        ContractError: a list does not exist; the message names file and column.
    """
    lists = {}
    for column in feed.columns:
        name = column.words.codes
        if name is None:
            continue
        try:
            lists[name] = load_code_list(reference, name)
        except LookupError as error:
            raise ContractError(
                f"{feed.declared_in}: {feed.label}: column {column.name}:"
                f" config.meta.codes: {error.args[0]}"
            ) from error
    return lists


def _trimmed(name: str) -> str:
    """SQL of a cell without the white space around it, null where nothing is left."""
    # Trimming costs three times as much as seeing that there is nothing to trim.
    return (
        f"case when regexp_full_match({name}, '[!-~]+') then {name} else nullif(trim("
        f"{name}, {' || '.join(WHITE_SPACE)}), '') end"
    )


def _folded(text: str) -> str:
    return " ".join(text.split()).lower()


@dataclass(frozen=True)
class Check:
    """One way in which a row can fail: a condition and the reason it gives."""

    fails: str
    reason: str


def _none_fails(checks: list[Check]) -> str:
    return " and ".join(f"not ({check.fails})" for check in checks) or "true"


class Checker:
    """The SQL of one feed's contract.

    `accepted` and `rejected` are queries over a relation of texts as reading.py
    gives it: row_number, sheet, line and one text per column.
    """

    def __init__(
        self,
        feed: Feed,
        code_lists: dict[str, CodeList],
        period_months: tuple[str, str] | None,
        period_code: str | None,
        pseudonym: Callable[[str], str] | None = None,
    ) -> None:
        """Prepare the checks.

        Args:
            feed: the feed whose contract holds.
            code_lists: the lists that the contract names.
            period_months: first and last month of the delivery's period (ISO dates).
            period_code: that period.
            pseudonym: SQL of a text -> SQL of its pseudonym.
        """
        self.pseudonym = pseudonym
        self.feed = feed
        self.code_lists = code_lists
        self.period_months = period_months
        self.period_code = period_code
        self.columns = tuple(
            column for column in feed.columns if column.words.personal != "drop"
        )
        # An empty cell is null before it is asked whether it is one of these.
        self.missing = ", ".join(
            quote(text) for text in feed.contract.missing_values if text
        )

    def accepted(self, relation: str, constants: dict[str, str]) -> str:
        """Rows without a failing check, typed; `constants` are columns of the lake."""
        # Enumerations for the same reason as in `_kept`.
        lake = [
            f"{quote(text)}::enum({quote(text)}) as {name}"
            for name, text in constants.items()
        ]
        lake += ["row_number", "sheet", "line", "row_first_month", "row_last_month"]
        for column in self.columns:
            lake.append(self._kept(column))
            if column.words.printed:
                lake.append(
                    f"{self._text(column)} as {identifier(column.name + '_printed')}"
                )
        keep = [
            self._or_usual(column, "true", _none_fails(self._of(column)))
            for column in self.columns
        ]
        keep.append(_none_fails(self._of_rows()))
        # The engine keeps the order of the file, but for a window.
        order = " order by row_number" if self.feed.contract.primary_key else ""
        return (
            f"select {', '.join(lake)} from ({self._typed(relation)}) where"
            f" {' and '.join(keep)}"
            f"{order}"
        )

    def rejected(self, relation: str) -> str:
        """Rows with a failing check: row_number, sheet, line, reasons (Dutch)."""
        checks = [check for column in self.columns for check in self._of(column)]
        checks += self._of_rows()
        reasons = ", ".join(
            f"case when {check.fails} then {check.reason} end" for check in checks
        )
        return (
            "select row_number, sheet, line, reasons from (select row_number, sheet,"
            f" line, list_filter([{reasons}], lambda x: x is not null) as reasons"
            f" from ({self._typed(relation)})) where len(reasons) > 0"
            " order by row_number"
        )

    def empty(self, constants: tuple[str, ...]) -> str:
        """The lake's columns without a row."""
        return self.accepted(self._nothing(), dict.fromkeys(constants, ""))

    def prove(self) -> None:
        """Let the engine read each piece of its language that the contract holds.

        Raises:
            ContractError: it cannot; the message names file and key.
        """
        place = f"{self.feed.declared_in}: {self.feed.label}"
        pieces = []
        for column in self.feed.columns:
            words, key = column.words, f"column {column.name}"
            pieces.append((f"{key}: data_type", f"null::{column.data_type}"))
            if words.pattern is not None:
                match = f"regexp_full_match('', {quote(words.pattern)})"
                pieces.append((f"{key}: config.meta.pattern", match))
            if words.format and column.data_type in ("date", "timestamp"):
                moment = f"try_strptime('', {quote(words.format)})"
                pieces.append((f"{key}: config.meta.format", moment))
        selects = [(key, f"select {sql}") for key, sql in pieces]
        for number, rule in enumerate(self.feed.contract.rows):
            typed = (
                f"select ({rule.sql})::boolean from ({self._typed(self._nothing())})"
            )
            selects.append((f"config.meta.feed.rows.{number}.sql", typed))
        for key, select in selects:
            try:
                duckdb.execute(select)
            except duckdb.Error as error:
                first = str(error).splitlines()[0]
                raise ContractError(f"{place}: {key}: {first}") from error

    def _nothing(self) -> str:
        texts = ["row_number", "sheet", "line"]
        nothing = ", ".join(
            ["1::bigint as row_number", "''::varchar as sheet", "1::bigint as line"]
            + [
                f"''::varchar as {identifier(column.name)}"
                for column in self.columns
                if column.name not in texts
            ]
        )
        return f"(select {nothing} where false)"

    # -- the pieces ------------------------------------------------------------

    def _text(self, column: Column) -> str:
        return identifier(f"text of {column.name}")

    def _typed(self, relation: str) -> str:
        """The relation with its texts trimmed and a typed value beside each.

        Most cells are empty or written as a list or a program writes them. Those are
        recognised first, at little cost; only the others are trimmed, folded and
        checked.
        """
        usual, flags, texts, cleaned, values = [], [], [], [], []
        for column in self.columns:
            name, text = identifier(column.name), self._text(column)
            texts.append(f"{self._or_usual(column, name, _trimmed(name))} as {text}")
            cleaned.append(
                f"case when {text} in ({self.missing}) then null else {text} end"
                f" as {text}"
                if self.missing
                else text
            )
            # A text is its own value, and what is usual of a code is an enumeration.
            is_text = column.words.codes or column.data_type == "varchar"
            is_own = is_text and column.words.personal != "pseudonymise"
            usually = text if is_own else self._usual(column)
            value = self._or_usual(column, usually, self._value(column))
            values.append(f"{value} as {name}")
            if recognised := self._recognised(column):
                usual.append(f"{recognised} as {self._usual(column)}")
                empty = "" if column.words.required else f" and {name} is not null"
                flags.append(
                    f"{self._usual(column)} is null{empty} as {self._unusual(column)}"
                )
                kept = [self._usual(column), self._unusual(column)]
                texts += kept
                cleaned += kept
        place = "row_number, sheet, line"
        return self._with_months(
            f"(select *, {', '.join(values)} from"
            f" (select {', '.join([place, *cleaned])} from"
            f" (select {', '.join([place, *texts])} from"
            f" (select {', '.join(['*', *flags])} from"
            f" (select {', '.join(['*', *usual])} from {relation})))))"
        )

    def _usual(self, column: Column) -> str:
        return identifier(f"usual {column.name}")

    def _unusual(self, column: Column) -> str:
        return identifier(f"{column.name} is unusual")

    def _or_usual(self, column: Column, usual: str, other: str) -> str:
        """`usual` where the cell is written as usual, and `other` where it is not."""
        if not self._recognised(column):
            return other
        return f"case when {self._unusual(column)} then {other} else {usual} end"

    def _recognised(self, column: Column) -> str | None:
        """SQL of a cell's value where it is written as usual, null where it is not.

        What it gives is what `_value` gives, and no check of the column fails on it.
        None: there is no way that is cheaper than the checks.
        """
        words, kind, cell = column.words, column.data_type, identifier(column.name)
        is_text = kind == "varchar" and not (
            words.codes or words.format or words.separator
        )
        if words.pattern or words.format == "period":
            return None
        if words.personal == "pseudonymise" and not is_text:
            return None
        guards = [f"{cell} not in ({self.missing})"] if self.missing else []
        if words.codes and not words.separator:
            value = f"try_cast({cell} as {self._enumeration(column)})"
        elif words.format is None and self._is_integer(column):
            value = f"try_cast({cell} as {kind})"
            guards.append(f"{value}::varchar = {cell}")
            if words.minimum is not None:
                guards.append(f"{value} >= {words.minimum}")
            if words.maximum is not None:
                guards.append(f"{value} <= {words.maximum}")
        elif kind == "date" and words.format in (None, DUTCH_DATE, ISO_DATE):
            form = words.format or DUTCH_DATE
            value = f"try_cast(try_strptime({cell}, {quote(form)}) as date)"
        elif words.separator and not words.codes:
            mark = re.escape(words.separator)
            part = rf"[^\s{SPACES}{mark}]*"
            several = rf"[^#\s{SPACES}{mark}]{part}({mark}[^\s{SPACES}{mark}]{part})*"
            parts = f"string_split({cell}, {quote(words.separator)})"
            # Sorting costs more than seeing that there is nothing to sort.
            value = (
                f"case when len({parts}) = 1 or (len({parts}) = 2 and {parts}[1] <"
                f" {parts}[2]) then {parts} else list_sort(list_distinct({parts})) end"
            )
            guards.append(f"regexp_full_match({cell}, {quote(several)})")
        elif is_text:
            # From the first letter or digit in the order of characters, so not '#'.
            value = self._pseudonym(column, cell) or cell
            guards.append(f"{cell} between '0' and '~'")
            guards += [f"not ends_with({cell}, {space})" for space in WHITE_SPACE]
        else:
            return None
        return f"case when {' and '.join(guards)} then {value} end" if guards else value

    def _enumeration(self, column: Column) -> str:
        """The codes of a column's list as a type of the engine."""
        assert column.words.codes is not None
        codes = dict.fromkeys(self.code_lists[column.words.codes].terms.values())
        return f"enum({', '.join(map(quote, codes))})"

    def _kept(self, column: Column) -> str:
        """A column as the lake holds it.

        Codes are written as an enumeration, in half the time; who reads the file sees
        texts. Only here, since an enumeration cannot be compared with other texts.
        """
        name, words = identifier(column.name), column.words
        if not words.codes or words.separator or words.other_values == "keep":
            return name
        listed = f"{name}::{self._enumeration(column)}"
        return f"{self._or_usual(column, self._usual(column), listed)} as {name}"

    def _value(self, column: Column) -> str:
        text = self._text(column)
        words, kind = column.words, column.data_type
        if words.separator:
            return f"list_sort(list_distinct({self._codes(column)}))"
        if words.codes:
            return self._code(column, text)
        if words.format == "period":
            return f"upper({text})"
        if kind == "date":
            return f"try_cast({self._moment(column)} as date)"
        if kind == "timestamp":
            return f"try_cast({self._moment(column)} as timestamp)"
        if kind == "boolean":
            return (
                f"case when lower({text}) in ('ja', 'true', '1') then true"
                f" when lower({text}) in ('nee', 'false', '0') then false end"
            )
        if pseudonym := self._pseudonym(column, text):
            return pseudonym
        if kind == "varchar":
            return text
        return (
            f"case when {self._is_number(column)} then"
            f" try_cast({self._plain_number(column)} as {kind}) end"
        )

    def _pseudonym(self, column: Column, text: str) -> str | None:
        if column.words.personal == "pseudonymise" and self.pseudonym is not None:
            return self.pseudonym(text)
        return None

    def _codes(self, column: Column) -> str:
        assert column.words.separator is not None
        one = self._code(column, "x") if column.words.codes else "nullif(trim(x), '')"
        return (
            f"list_transform(string_split({self._text(column)},"
            f" {quote(column.words.separator)}), lambda x: {one})"
        )

    def _code(self, column: Column, text: str) -> str:
        assert column.words.codes is not None
        terms = self.code_lists[column.words.codes].terms
        folded = rf"lower(trim(regexp_replace({text}, '\s+', ' ', 'g')))"
        pairs = ", ".join(
            f"{quote(term)}: {quote(code)}" for term, code in sorted(terms.items())
        )
        # Nearly every cell is written as the list is; only the others are folded.
        written = " ".join(
            f"when {quote(term)} then {quote(code)}"
            for term, code in sorted(terms.items())
            if term.isascii() and term == _folded(term)
        )
        found = (
            f"case when {text} is null then null else case {text} {written}"
            f" else map {{{pairs}}}[{folded}] end end"
        )
        if column.words.other_values == "keep":
            return f"coalesce({found}, {text})"
        return found

    def _moment(self, column: Column) -> str:
        text = self._text(column)
        form = column.words.format or DUTCH_DATE
        moments = [f"try_strptime({text}, {quote(form)})"]
        moments += _in_dutch(text, form)
        # A typed date cell comes as ISO text, whatever the declared order of texts.
        moments.append(
            rf"case when regexp_full_match({text}, '\d{{4}}-\d\d-\d\d"
            rf"([T ]\d\d:\d\d(:\d\d(\.\d+)?)?)?')"
            f" then try_cast({text} as timestamp) end"
        )
        return f"coalesce({', '.join(moments)})"

    def _chars(self, column: Column) -> tuple[str, str | None]:
        contract, words = self.feed.contract, column.words
        return (
            words.decimal_char or contract.decimal_char,
            words.group_char or contract.group_char,
        )

    def _is_number(self, column: Column) -> str:
        decimal, group = self._chars(column)
        whole = r"\d+"
        if group:
            whole = rf"(\d+|\d{{1,3}}({_mark(group)}\d{{3}})+)"
        fraction = "" if self._is_integer(column) else rf"({re.escape(decimal)}\d+)?"
        percent = r"\s*%?" if column.words.format == "percent" else ""
        number = f"[+-]?{whole}{fraction}{percent}"
        return f"regexp_full_match({self._text(column)}, {quote(number)})"

    def _is_integer(self, column: Column) -> bool:
        return column.data_type.endswith("int") or column.data_type == "integer"

    def _plain_number(self, column: Column) -> str:
        decimal, group = self._chars(column)
        plain = self._text(column)
        if column.words.format == "percent":
            plain = f"rtrim({plain}, '% ')"
        if group:
            plain = f"regexp_replace({plain}, {quote(_mark(group))}, '', 'g')"
        if decimal != ".":
            plain = f"replace({plain}, {quote(decimal)}, '.')"
        return plain

    def _with_months(self, relation: str) -> str:
        """Typed rows with the months that each is about and the place of its key."""
        first, last = "null::date", "null::date"
        column = self.feed.period_column
        if column is not None:
            value = identifier(column.name)
            if column.words.format == "period":
                first, last = period_months_sql(value)
            else:
                first, last = f"date_trunc('month', {value})::date", "row_first_month"
        elif self.period_months is not None:
            first, last = (f"date {quote(month)}" for month in self.period_months)
        typed = f"(select *, {first} as row_first_month from {relation})"
        months = f"{last} as row_last_month"
        if not self.feed.contract.primary_key:
            return f"select *, {months} from {typed}"
        key = ", ".join(map(identifier, self.feed.contract.primary_key))
        return (
            f"select *, {months}, first_value(line) over (partition by {key}"
            f" order by row_number) as first_line_of_key from {typed}"
        )

    # -- what can be wrong ----------------------------------------------------

    def _of_rows(self) -> list[Check]:
        return [
            *self._outside_period(),
            *self._key_again(),
            *(
                Check(
                    fails=f"not coalesce(({rule.sql}), true)", reason=quote(rule.reason)
                )
                for rule in self.feed.contract.rows
            ),
        ]

    def _of(self, column: Column) -> list[Check]:
        text, value = self._text(column), identifier(column.name)
        words = column.words
        checks = []
        if words.required:
            checks.append(
                Check(
                    fails=f"{text} is null",
                    reason=quote(
                        f'kolom "{column.title}": de cel is leeg, maar moet'
                        " ingevuld zijn."
                    ),
                )
            )
        error = (
            f"case when starts_with({text}, '#')"
            f" then regexp_full_match({text}, {quote(ERROR_CELL)}) else false end"
        )
        checks.append(
            self._check(
                column, error, "de cel bevat een fout of een formule zonder waarde."
            )
        )
        fine = f"{text} is not null and not {error}"
        if words.codes and words.other_values == "reject":
            # Not of the value itself: list_distinct leaves out what has no code.
            bad = (
                f"len(list_filter({self._codes(column)}, lambda x: x is null)) > 0"
                if words.separator
                else f"{value} is null"
            )
            checks.append(
                self._check(column, f"{fine} and {bad}", self._expected(column))
            )
        elif words.format in ("period", "date_or_period"):
            valid = f"regexp_full_match(upper({text}), {quote(PERIOD)})"
            if words.format == "date_or_period":
                dated = f"try_strptime({text}, {quote(DUTCH_DATE)}) is not null"
                valid = f"({valid} or {dated})"
            checks.append(
                self._check(column, f"{fine} and not {valid}", self._expected(column))
            )
        elif column.data_type != "varchar" and not (words.codes or words.separator):
            checks.append(
                self._check(
                    column, f"{fine} and {value} is null", self._expected(column)
                )
            )
        if words.pattern:
            checks.append(
                self._check(
                    column,
                    f"{fine} and not regexp_full_match({text}, {quote(words.pattern)})",
                    "de waarde heeft niet de vorm die afgesproken is.",
                )
            )
        for limit, sign, phrase in (
            (words.minimum, "<", "kleiner dan het minimum"),
            (words.maximum, ">", "groter dan het maximum"),
        ):
            if limit is not None:
                shown = f"{limit:g}".replace(".", ",")
                checks.append(
                    self._check(
                        column,
                        f"{value} {sign} {limit}",
                        f"het getal is {phrase} {shown}.",
                    )
                )
        return checks

    def _check(self, column: Column, fails: str, phrase: str) -> Check:
        lead = f'kolom "{column.title}"'
        if column.words.personal:
            return Check(
                fails=f"coalesce({fails}, false)", reason=quote(f"{lead}: {phrase}")
            )
        text = self._text(column)
        return Check(
            fails=f"coalesce({fails}, false)",
            reason=(
                f"{quote(lead + ' (' + QUOTE_OPENS)} || left({text}, {READ_LENGTH})"
                f" || {quote(QUOTE_CLOSES + '): ' + phrase)}"
            ),
        )

    def _expected(self, column: Column) -> str:
        words, kind = column.words, column.data_type
        decimal, group = self._chars(column)
        if words.codes:
            codes = sorted(set(self.code_lists[words.codes].terms.values()))
            shown = ", ".join(codes[:12]) + (", …" if len(codes) > 12 else "")
            return f"deze waarde staat niet in de lijst. Mogelijk: {shown}."
        if words.format == "period":
            return (
                "dit is geen periode. Schrijf bijvoorbeeld 2023, 2023-H1, 2023-Q2"
                " of 2023-05."
            )
        if words.format == "date_or_period":
            return (
                "dit is geen datum (dd/mm/jjjj) en geen periode (2024, 2024-H1,"
                " 2024-03)."
            )
        if kind in ("date", "timestamp"):
            return f"dit is geen bestaande datum in de vorm {moment_nl(words.format)}."
        if kind == "boolean":
            return "schrijf ja of nee."
        if words.format == "percent":
            return f"dit is geen percentage. Schrijf bijvoorbeeld 63{decimal}60%."
        if self._is_integer(column):
            return (
                "dit is geen geheel getal. Schrijf het zonder punten, komma's of"
                " spaties, bijvoorbeeld 22166."
            )
        grouped = f" of 22{group}166{decimal}5" if group else ""
        return f"dit is geen getal. Schrijf bijvoorbeeld 3{decimal}64{grouped}."

    def _outside_period(self) -> list[Check]:
        column = self.feed.period_column
        if self.period_months is None or column is None:
            return []
        first, last = self.period_months
        return [
            self._check(
                column,
                f"row_first_month < date {quote(first)} or row_last_month > date"
                f" {quote(last)}",
                f"dit valt buiten de periode van het bestand ({self.period_code}).",
            )
        ]

    def _key_again(self) -> list[Check]:
        """Every row but the first of a key fails, where the contract has a key."""
        key = self.feed.contract.primary_key
        if not key:
            return []
        columns = [column for column in self.columns if column.name in key]
        complete = " and ".join(f"{self._text(c)} is not null" for c in columns)
        titles = ", ".join(column.title for column in columns)
        return [
            Check(
                fails=f"{complete} and first_line_of_key <> line",
                reason=quote(f'kolom "{titles}": dit staat al op rij ')
                + " || first_line_of_key || '.'",
            )
        ]


def _mark(group_char: str) -> str:
    return f"[{SPACES}]" if group_char in SPACES else re.escape(group_char)


def moment_nl(form: str | None) -> str:
    """A format as an agency reads it: `%d/%m/%Y` is `dd/mm/jjjj`."""
    form = form or DUTCH_DATE
    for part, name in DATE_PARTS.items():
        form = form.replace(part, name)
    return form


def _in_dutch(text: str, form: str) -> list[str]:
    """The same moment where the name of the month is Dutch: `mrt-24` for `%b-%y`."""
    for part in ("%b", "%B"):
        if part not in form:
            continue
        name = rf"lower(regexp_extract({text}, '[[:alpha:]]+'))"
        cases = " ".join(
            f"when regexp_full_match({name}, {quote(dutch)}) then {quote(english)}"
            for dutch, english in MONTH_NAMES.items()
        )
        english = f"regexp_replace({text}, '[[:alpha:]]+', case {cases} end)"
        return [f"try_strptime({english}, {quote(form.replace(part, '%b'))})"]
    return []


def period_months_sql(period: str) -> tuple[str, str]:
    """SQL for the first day of the first and of the last month of a period code."""
    year = f"try_cast(left({period}, 4) as integer)"
    part = f"substr({period}, 6)"
    number = f"try_cast(right({period}, 1) as integer)"
    month = f"try_cast({part} as integer)"

    def at(first: str) -> str:
        return f"make_date({year}, {first}, 1)"

    cases = (
        f"case when {period} is null"
        f" or not regexp_full_match({period}, {quote(PERIOD)}) then null"
        " when length({p}) = 4 then {whole} when {part} like 'H%' then {half}"
        " when {part} like 'Q%' then {quarter} else {month} end"
    )

    def filled(whole: str, half: str, quarter: str, one: str) -> str:
        return (
            cases.replace("{p}", period)
            .replace("{part}", part)
            .replace("{whole}", at(whole))
            .replace("{half}", at(half))
            .replace("{quarter}", at(quarter))
            .replace("{month}", at(one))
        )

    return (
        filled("1", f"{number} * 6 - 5", f"{number} * 3 - 2", month),
        filled("12", f"{number} * 6", f"{number} * 3", month),
    )
