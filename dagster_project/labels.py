"""Labelling comments: a sample out in a workbook, the labels back into the lake.

Belongs here: the workbook, its checks, the files of labels. Does not belong here: what
labels are used for (themes.py trains, dbt measures), which comments there are (dbt).
"""

import datetime
import hashlib
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import openpyxl

from dagster_project import workbook
from dagster_project.checks import CodeList, load_code_list
from dagster_project.contracts import Feed
from dagster_project.feeds import load_ledger
from dagster_project.files import commit_file, scratch_folder, sync_folder
from dagster_project.settings import Settings
from dagster_project.sql import quote

NO_THEME = "geen_thema"
# A comment that names more than this many themes is rare.
MOST_THEMES = 3
WITHDRAWN = ".withdrawn"

ENTRY, PERSON, EXPLANATION, LISTS = "Labels", "Wie", "Toelichting", "Lijsten"
KEY, COMMENT, SIMULATED = "Sleutel", "Opmerking", "Gesimuleerd"
THEMES = tuple(f"Thema {number}" for number in range(1, MOST_THEMES + 1))
POLARITIES = tuple(f"Oordeel {number}" for number in range(1, MOST_THEMES + 1))
LABELLED_BY, LABELLED_ON = "Gelabeld door", "Gelabeld op"
KEY_FORM = re.compile(r"([a-z][0-9a-z]*)/([0-9]+)")
COMMENT_PIXELS = 480
LIST_TITLES = {"themes": "Thema", "theme_polarities": "Oordeel"}

COLUMNS = {
    "label_set_id": "varchar",
    "delivery_id": "varchar",
    "row_number": "bigint",
    "is_simulated": "boolean",
    "comment": "varchar",
    "theme_code": "varchar",
    "polarity_code": "varchar",
    "labelled_by": "varchar",
    "labelled_on": "date",
}


class NothingToLabelError(Exception):
    """There is no comment to label; the message says why."""


class LabelsRefusedError(Exception):
    """A workbook with labels is wrong; `reasons` says where, in Dutch."""

    def __init__(self, reasons: Sequence[str]) -> None:
        """Keep the reasons apart: each is a line for whoever filled in the workbook."""
        super().__init__("\n".join(reasons))
        self.reasons = tuple(reasons)


@dataclass(frozen=True)
class Imported:
    """What an import stored."""

    label_set_id: str
    comment_count: int
    skipped_count: int
    is_new: bool


@dataclass(frozen=True)
class _Comment:
    delivery_id: str
    row_number: int
    is_simulated: bool
    text: str

    @property
    def key(self) -> str:
        return f"{self.delivery_id}/{self.row_number}"


# -- the lake -------------------------------------------------------------------


def labels_folder(settings: Settings) -> Path:
    """Where the files of labels lie, one for each workbook that came back."""
    return settings.lake / "labels"


def label_files(settings: Settings) -> list[Path]:
    """The files of labels that count."""
    found = sorted(labels_folder(settings).glob("*.parquet"))
    return [path for path in found if path.stem != "none"]


def comments_sql(settings: Settings, feeds: Sequence[Feed]) -> str:
    """SQL of every comment that a respondent ever wrote, as the lake has it.

    Which column of a survey is free text its contract says: the one that is scrubbed.
    """
    simulated = [
        quote(delivery)
        for delivery, entry in load_ledger(settings).items()
        if entry["is_simulated"]
    ]
    is_simulated = f"delivery_id in ({', '.join(simulated) or quote('')})"
    parts = [
        f"select delivery_id, row_number, {is_simulated} as is_simulated,"
        f" {column.name} as comment from read_parquet({_lake_glob(settings, feed)},"
        f" union_by_name = true) where trim({column.name}) <> ''"
        for feed in feeds
        if feed.contract.kind == "survey_response"
        for column in feed.columns
        if column.words.personal == "scrub"
    ]
    return " union all ".join(parts)


def _lake_glob(settings: Settings, feed: Feed) -> str:
    agency = "*" if feed.is_standard else feed.source
    place = settings.lake / "accepted" / f"agency={agency}" / f"feed={feed.name}"
    return quote(str(place / "delivery=*" / "part.parquet"))


def labels_sql(settings: Settings) -> str:
    """SQL of all labels that count."""
    files = ", ".join(quote(str(path)) for path in label_files(settings))
    if files:
        return f"select * from read_parquet([{files}])"
    nothing = ", ".join(f"null::{kind} as {name}" for name, kind in COLUMNS.items())
    return f"select {nothing} where false"


def prepare(settings: Settings) -> None:
    """Keep a file without rows: an empty glob fails a model."""
    none = labels_folder(settings) / "none.parquet"
    if not none.is_file():
        _write(settings, none, [])


def _write(settings: Settings, target: Path, rows: Sequence[Sequence[Any]]) -> None:
    declared = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    marks = ", ".join("?" for _ in COLUMNS)
    with scratch_folder(settings.lake) as scratch, duckdb.connect() as connection:
        connection.execute(f"create table labels ({declared})")
        if rows:
            connection.executemany(f"insert into labels values ({marks})", rows)
        made = scratch / target.name
        connection.execute(
            f"copy (from labels order by all) to {quote(str(made))}"
            " (format parquet, compression zstd, parquet_version v2)"
        )
        commit_file(made, target)


# -- out ------------------------------------------------------------------------


def export_sample(
    settings: Settings, agency: str, count: int, seed: int, path: Path
) -> int:
    """Write a random sample of an agency's comments to label; gives their number.

    A text is shown once, and not at all where it is labelled already. The same
    comments and seed give the same bytes.

    Raises:
        NothingToLabelError: no warehouse yet, or no such comment.
    """
    if not settings.warehouse.is_file():
        raise NothingToLabelError("nothing was built yet; start with `klantbeeld run`")
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        rows = connection.execute(
            "select comments.delivery_id, comments.row_number, comments.is_simulated,"
            " comments.comment from intermediate.int_survey_comments as comments"
            f" anti join ({labels_sql(settings)}) as labels"
            " on comments.comment = labels.comment"
            " and comments.is_simulated = labels.is_simulated"
            " where comments.agency_code = ? order by all",
            [agency],
        ).fetchall()
    random.Random(seed).shuffle(rows)
    # The first of each text: the more often one is written, the sooner it is drawn.
    first: dict[tuple[bool, str], _Comment] = {}
    for row in rows:
        comment = _Comment(*row)
        first.setdefault((comment.is_simulated, comment.text), comment)
    sample = list(first.values())[:count]
    if not sample:
        raise NothingToLabelError(
            f"there is no comment about '{agency}' that is not labelled yet"
        )
    workbook.write_workbook(path, _document(settings, agency, seed, sample))
    return len(sample)


def _lists(settings: Settings) -> dict[str, CodeList]:
    return {name: load_code_list(settings.reference, name) for name in LIST_TITLES}


def _document(
    settings: Settings, agency: str, seed: int, sample: Sequence[_Comment]
) -> workbook.Document:
    listed: list[tuple[str, str, str]] = []
    places: dict[str, tuple[int, int]] = {}
    for name, found in _lists(settings).items():
        places[name] = (len(listed), len(listed) + len(found.labels) - 1)
        listed += [
            (LIST_TITLES[name], code, label) for code, label in found.labels.items()
        ]
    columns = [
        workbook.FormColumn(
            KEY, "Niet wijzigen: zo vindt Klantbeeld de opmerking terug."
        ),
        workbook.FormColumn(
            COMMENT, "Niet wijzigen: gemaskeerde tekst.", width=COMMENT_PIXELS
        ),
        workbook.FormColumn(
            SIMULATED, "ja: een verzonnen voorbeeld, niet van een klant."
        ),
    ]
    for theme, polarity in zip(THEMES, POLARITIES, strict=True):
        columns += [
            workbook.FormColumn(
                theme,
                "Waarover gaat de opmerking? Kies uit de lijst; Geen thema als ze niets"
                " van de lijst noemt. Leeg: niet gelabeld.",
                is_required=theme == THEMES[0],
                choices=places["themes"],
            ),
            workbook.FormColumn(
                polarity,
                "Wat zegt ze daarvan? Bij Geen thema blijft dit leeg.",
                choices=places["theme_polarities"],
            ),
        ]
    entry = workbook.FormSheet(
        name=ENTRY,
        columns=tuple(columns),
        lists=LISTS,
        rows=tuple((c.key, c.text, "ja" if c.is_simulated else "nee") for c in sample),
    )
    person = workbook.FormSheet(
        name=PERSON,
        columns=(
            workbook.FormColumn(
                LABELLED_BY, "Initialen of functie van wie labelde.", is_required=True
            ),
            workbook.FormColumn(
                LABELLED_ON,
                "De dag waarop het labelen klaar was.",
                is_required=True,
                number_format=workbook.DATE_FORMAT,
                kind="date",
            ),
        ),
    )
    lists = workbook.TableSheet(
        name=LISTS,
        title="De lijsten: een naam of een code mag in het blad Labels staan",
        table_name="lijsten",
        columns=tuple(
            workbook.Column(title, empty="") for title in ("Kolommen", "Code", "Naam")
        ),
        rows=listed,
    )
    title = f"Opmerkingen labelen: {agency}"
    return workbook.Document(
        title=title,
        subject=f"Aselecte steekproef van {len(sample)} opmerkingen (seed {seed})",
        header=title,
        footer="Klantbeeld: intern gebruik",
        sheets=(_explanation(settings, len(sample)), entry, person, lists),
    )


def _explanation(settings: Settings, count: int) -> workbook.TableSheet:
    with duckdb.connect() as connection:
        rows = connection.execute(
            "select label_nl, description_nl from read_csv(?, header = true,"
            " all_varchar = true)",
            [str(settings.reference / "themes.csv")],
        ).fetchall()
    return workbook.TableSheet(
        name=EXPLANATION,
        title="Opmerkingen labelen",
        table_name="themas",
        columns=(workbook.Column("Thema"), workbook.Column("Wat eronder valt")),
        rows=rows,
        lines=(
            f"Het blad {ENTRY} bevat {count} willekeurig gekozen opmerkingen. Lees elke"
            f" opmerking en kies tot {MOST_THEMES} thema's, elk met een oordeel.",
            "Een thema met het oordeel Te verbeteren is een verbeterpunt. Prijst de"
            " opmerking iets, kies dan Goed; noemt ze het alleen, kies Alleen vermeld.",
            "Noemt een opmerking niets van de lijst, kies Geen thema en laat het"
            " oordeel leeg. Laat een rij leeg als u twijfelt: die telt dan niet mee.",
            f"Wijzig {KEY} en {COMMENT} niet. Label wat er staat, niet wat u vermoedt.",
            f"Vul op het blad {PERSON} in wie labelde (initialen of functie) en"
            " wanneer, en bezorg het werkboek aan het datateam.",
            "De opmerkingen zijn gemaskeerd maar blijven intern: deel dit bestand"
            " niet.",
        ),
    )


# -- back -----------------------------------------------------------------------


def import_labels(settings: Settings, feeds: Sequence[Feed], path: Path) -> Imported:
    """Check a workbook and keep its labels; the caller holds the lock of the run.

    Raises:
        LabelsRefusedError: something in it is wrong; nothing was stored.
    """
    checked = _Checked(settings, feeds, path)
    content = repr((checked.person, checked.rows))
    set_id = "l" + hashlib.sha256(content.encode()).hexdigest()[:20]
    target = labels_folder(settings) / f"{set_id}.parquet"
    is_new = not target.is_file()
    if is_new:
        checked.refuse_labelled_before()
    if checked.reasons:
        raise LabelsRefusedError(checked.reasons)
    if is_new:
        rows = [(set_id, *row, *checked.person) for row in checked.rows]
        _write(settings, target, rows)
    comments = {row[:2] for row in checked.rows}
    return Imported(set_id, len(comments), checked.skipped, is_new)


def withdraw_labels(settings: Settings, label_set_id: str) -> Path:
    """Let labels no longer count; their file stays. The caller holds the run's lock.

    Raises:
        LookupError: there are no such labels.
    """
    for path in label_files(settings):
        if path.stem == label_set_id:
            withdrawn = path.with_name(path.name + WITHDRAWN)
            path.replace(withdrawn)
            sync_folder(path.parent)
            return withdrawn
    raise LookupError(f"no labels have the id '{label_set_id}'")


@dataclass
class _Checked:
    """A workbook as it was filled in, with all that is wrong with it."""

    settings: Settings
    feeds: Sequence[Feed]
    path: Path
    person: tuple[str, datetime.date] = ("", datetime.date.min)
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    skipped: int = 0
    reasons: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        sheets = self._sheets()
        if self.reasons:
            return
        self._read_person(sheets[PERSON])
        self._read_rows(sheets[ENTRY])

    def _sheets(self) -> dict[str, list[dict[str, Any]]]:
        try:
            book = openpyxl.load_workbook(self.path, read_only=True, data_only=True)
        # Whatever is wrong with it: it is no workbook.
        except Exception:
            self.reasons.append(f"{self.path.name} is geen leesbaar Excel-werkboek.")
            return {}
        needed = {
            ENTRY: (KEY, COMMENT, *THEMES, *POLARITIES),
            PERSON: (LABELLED_BY, LABELLED_ON),
        }
        found: dict[str, list[dict[str, Any]]] = {}
        for name, titles in needed.items():
            if name not in book.sheetnames:
                self.reasons.append(f"Het blad {name} ontbreekt.")
                continue
            lines = book[name].iter_rows(values_only=True)
            header = [_text(cell) for cell in next(lines, ())]
            missing = [title for title in titles if title not in header]
            if missing:
                self.reasons.append(
                    f"Blad {name}: de kolom {', '.join(missing)} ontbreekt."
                )
            found[name] = [dict(zip(header, line, strict=False)) for line in lines]
        book.close()
        return found

    def _read_person(self, lines: Sequence[Mapping[str, Any]]) -> None:
        line = next((line for line in lines if any(line.values())), {})
        by, on = _text(line.get(LABELLED_BY)), line.get(LABELLED_ON)
        if not by:
            self.reasons.append(f"Blad {PERSON}: vul in wie labelde ({LABELLED_BY}).")
        day = _day(on)
        if day is None:
            self.reasons.append(
                f"Blad {PERSON}: {LABELLED_ON} is geen datum; schrijf dd/mm/jjjj."
            )
        else:
            self.person = (by, day)

    def _read_rows(self, lines: Sequence[Mapping[str, Any]]) -> None:
        lists = _lists(self.settings)
        known = self._known(_text(line[KEY]) for line in lines)
        first_lines: dict[str, int] = {}
        for number, line in enumerate(lines, start=2):
            key = _text(line[KEY])
            chosen = [
                (_text(line[theme]), _text(line[polarity]))
                for theme, polarity in zip(THEMES, POLARITIES, strict=True)
            ]
            if not any((key, _text(line[COMMENT]), *(t + p for t, p in chosen))):
                continue
            wrong = []
            if key in first_lines:
                wrong.append(
                    f"de sleutel {key} staat er al op rij {first_lines[key]}; elke"
                    " opmerking mag er één keer staan"
                )
            first_lines.setdefault(key, number)
            comment = known.get(key)
            if comment is None:
                wrong.append(f"de sleutel “{key}” is die van geen enkele opmerking")
            elif _text(line[COMMENT]) != _text(workbook.clean(comment.text)):
                wrong.append(
                    "de opmerking is gewijzigd; zet de tekst terug zoals hij in het"
                    " geëxporteerde werkboek stond"
                )
            labels = list(_labels(chosen, lists, wrong))
            self.reasons += [f"Rij {number}: {reason}." for reason in wrong]
            if not labels and not wrong:
                self.skipped += 1
            if comment is not None and not wrong:
                self.rows += [(*astuple(comment), *label) for label in labels]
        if not self.rows and not self.reasons:
            self.reasons.append("Geen enkele opmerking heeft een thema.")

    def _known(self, keys: Iterator[str]) -> dict[str, _Comment]:
        """The comments of the lake that the workbook names."""
        named = [match.groups() for key in keys if (match := KEY_FORM.fullmatch(key))]
        with duckdb.connect() as connection:
            found = connection.execute(
                f"select comments.* from ({comments_sql(self.settings, self.feeds)}) as"
                " comments semi join (select unnest($1) as delivery_id, unnest($2) as"
                " row_number) as named on comments.delivery_id = named.delivery_id and"
                " comments.row_number = named.row_number::bigint",
                [[delivery for delivery, _ in named], [row for _, row in named]],
            ).fetchall()
        comments = [_Comment(*row) for row in found]
        return {comment.key: comment for comment in comments}

    def refuse_labelled_before(self) -> None:
        """A text has one label: two opinions would count as two comments."""
        with duckdb.connect() as connection:
            before = dict.fromkeys(
                connection.sql(
                    "select distinct is_simulated, comment from"
                    f" ({labels_sql(self.settings)})"
                ).fetchall()
            )
        seen: dict[tuple[bool, str], str] = {}
        for delivery, row, is_simulated, text, *_ in self.rows:
            key = f"{delivery}/{row}"
            first = seen.setdefault((is_simulated, text), key)
            if (is_simulated, text) in before:
                reason = f"De opmerking {key} is al gelabeld in een vorig werkboek."
            elif first != key:
                reason = f"De opmerkingen {first} en {key} zijn dezelfde tekst."
            else:
                continue
            if reason not in self.reasons:
                self.reasons.append(reason)


def _labels(
    chosen: Sequence[tuple[str, str]], lists: Mapping[str, CodeList], wrong: list[str]
) -> Iterator[tuple[str, str | None]]:
    """The themes of one row with their polarity; adds to `wrong` what is not right."""
    codes = []
    for place, (theme, polarity) in enumerate(chosen, start=1):
        theme_code = lists["themes"].terms.get(theme.lower())
        polarity_code = lists["theme_polarities"].terms.get(polarity.lower())
        if theme and theme_code is None:
            wrong.append(f"“{theme[:40]}” is geen thema uit de lijst (Thema {place})")
        if polarity and polarity_code is None:
            wrong.append(
                f"“{polarity[:40]}” is geen oordeel uit de lijst (Oordeel {place})"
            )
        if polarity and not theme:
            wrong.append(f"Oordeel {place} is ingevuld zonder Thema {place}")
        if theme_code == NO_THEME and polarity:
            wrong.append("bij Geen thema hoort geen oordeel")
        if theme_code not in (None, NO_THEME) and not polarity:
            wrong.append(f"Thema {place} heeft geen Oordeel {place}")
        if theme_code is not None:
            codes.append(theme_code)
            yield theme_code, polarity_code
    if len(set(codes)) < len(codes):
        wrong.append("hetzelfde thema staat er twee keer")
    if NO_THEME in codes and len(set(codes)) > 1:
        wrong.append("Geen thema staat naast een ander thema")


def _text(cell: Any) -> str:
    return "" if cell is None else " ".join(str(cell).split())


def _day(cell: Any) -> datetime.date | None:
    if isinstance(cell, datetime.datetime):
        return cell.date()
    if isinstance(cell, datetime.date):
        return cell
    try:
        return datetime.datetime.strptime(_text(cell), "%d/%m/%Y").date()
    except ValueError:
        return None
