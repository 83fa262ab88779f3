"""An independent judge: frictionless on the exported Table Schema and the door agree.

Every row of generated files is accepted by both or refused by both, but for the
differences that `DIFFERENCES` lists and explains; each of those is shown to exist.
"""

import csv
import os
import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import Installation
from frictionless import Dialect, Resource, Schema
from frictionless.formats import CsvControl

from dagster_project.checks import load_lists
from dagster_project.contract_documents import (
    NO,
    YES,
    example,
    table_schema,
)
from dagster_project.contracts import KINDS, Column, Feed, load_feeds
from dagster_project.feeds import Door

FULL = os.environ.get("KLANTBEELD_TEST_FULL") == "1"
ROWS = 20_000 if FULL else 600
SEED = 20240315
ALPHABET = " 0123456789,.%-+/:|#_aeEjnvHQ€é٣"
ISO = r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?)?"
ERROR = r"#(N/A|NAME\?|NULL!|NUM!|REF!|VALUE!|DIV/0!|.*ZONDER_WAARDE)"


@dataclass(frozen=True)
class Difference:
    """Cells on which the two may differ, why, and one cell that shows it.

    `applies` gets the column, the cell and the words of the column's closed list as
    they are exported. `door` and `judge` say whether the shown cell is accepted.
    """

    why: str
    applies: Callable[[Column, str, frozenset[str]], bool]
    shown_by: tuple[str, str, str]
    door: bool
    judge: bool


def _is_number(column: Column) -> bool:
    return column.data_type not in (
        "varchar",
        "varchar[]",
        "date",
        "timestamp",
        "boolean",
    )


def _is_list(column: Column) -> bool:
    return column.words.codes is not None and column.words.other_values == "reject"


def _is_moment(column: Column) -> bool:
    return column.data_type in ("date", "timestamp")


def _has_stray_blanks(column: Column, text: str, words: frozenset[str]) -> bool:
    pieces = text.split(column.words.separator) if column.words.separator else [text]
    return any(piece != piece.strip() for piece in pieces)


def _folds_into(text: str, words: frozenset[str]) -> bool:
    folded = " ".join(text.split()).lower()
    return text not in words and folded in {word.lower() for word in words}


def _is_in_other_capitals(column: Column, text: str, words: frozenset[str]) -> bool:
    pieces = text.split(column.words.separator) if column.words.separator else [text]
    return _is_list(column) and any(_folds_into(piece, words) for piece in pieces)


def _is_strange_percentage(column: Column, text: str, words: frozenset[str]) -> bool:
    usual = re.fullmatch(r"[+-]?\d+(,\d+)?\s*%?", text, re.ASCII)
    return column.words.format == "percent" and not usual


DIFFERENCES = (
    Difference(
        "the door takes blanks around a value away, the judge reads them",
        _has_stray_blanks,
        ("complaint", "ontvankelijk", " ja"),
        door=True,
        judge=False,
    ),
    Difference(
        "the door reads a list without regard to capitals and to how many blanks",
        _is_in_other_capitals,
        ("complaint", "ontvankelijk", "JA"),
        door=True,
        judge=False,
    ),
    Difference(
        "the door reads yes and no in any capitals, the judge in the usual ones",
        lambda column, text, words: (
            column.data_type == "boolean"
            and text not in words
            and text.lower() in {word.lower() for word in words}
        ),
        ("complaint", "verlengd", "jA"),
        door=True,
        judge=False,
    ),
    Difference(
        "a date cell of a workbook comes as an ISO date: the door takes both",
        lambda column, text, words: (
            _is_moment(column) and re.fullmatch(ISO, text) is not None
        ),
        ("complaint", "beantwoord_op", "2023-05-06"),
        door=True,
        judge=False,
    ),
    Difference(
        "to allow a percent sign the judge has to allow any words around a number",
        _is_strange_percentage,
        ("published_result", "tevreden_pct", "ongeveer 63,6"),
        door=False,
        judge=True,
    ),
    Difference(
        "the judge leaves out a thousands mark wherever it stands",
        lambda column, text, words: (
            column.words.group_char is not None and column.words.group_char in text
        ),
        ("published_count", "waarde", "19.5"),
        door=False,
        judge=True,
    ),
    Difference(
        "an error cell of a workbook is no text",
        lambda column, text, words: re.fullmatch(ERROR, text) is not None,
        ("complaint", "omschrijving", "#N/A"),
        door=False,
        judge=True,
    ),
    Difference(
        "the judge reads numbers as Python does: 1_000, 1e3 and digits of any script",
        lambda column, text, words: (
            (_is_number(column) or _is_moment(column))
            and re.search(r"[_eE]|[^\x00-\x7f]", text) is not None
        ),
        ("survey_invitation", "uitgenodigd", "1_000"),
        door=False,
        judge=True,
    ),
    Difference(
        "the lake holds whole numbers of 64 bits, the judge any",
        lambda column, text, words: _is_number(column) and len(text) > 12,
        ("survey_invitation", "uitgenodigd", "9" * 20),
        door=False,
        judge=True,
    ),
)


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    folder = tmp_path_factory.mktemp("judge")
    return Installation(folder / "home", folder / "landing")


@pytest.fixture(scope="module")
def feeds(manifest: dict[str, Any]) -> dict[str, Feed]:
    return {feed.name: feed for feed in load_feeds(manifest) if feed.is_standard}


class Judge:
    """Both sides on one feed: which rows of a file each of them refuses."""

    def __init__(self, installation: Installation, feed: Feed) -> None:
        settings = installation.settings
        self.feed = feed
        self.lists = load_lists(settings.reference, feed)
        self.schema = table_schema(feed, self.lists)
        self.door = Door(settings, [feed])
        self.columns = [column for column in feed.columns if column.words.headers]

    def words(self, column: Column) -> frozenset[str]:
        if column.data_type == "boolean":
            return frozenset((*YES, *NO))
        if not _is_list(column):
            return frozenset()
        labels = self.lists[column.words.codes or ""].labels
        return frozenset((*labels, *labels.values()))

    def differences(self, row: list[str]) -> list[str]:
        cells = list(zip(self.columns, row, strict=True))
        return [
            difference.why
            for difference in DIFFERENCES
            if any(
                difference.applies(column, text, self.words(column))
                for column, text in cells
            )
        ]

    def example_row(self) -> list[str]:
        skipped = ("periode_van", "periode_tot")
        return [
            "" if column.title in skipped else example(self.feed, column, self.lists)
            for column in self.columns
        ]

    def verdicts(
        self, folder: Path, rows: list[list[str]]
    ) -> tuple[dict[int, list[str]], dict[int, list[str]]]:
        path = folder / "levering.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, delimiter=";")
            writer.writerow(column.title for column in self.columns)
            writer.writerows(rows)
        outcome = self.door.check(path, self.feed, "vutg")
        assert outcome.entry["delivered_count"] == len(rows), outcome.entry["reasons"]
        refused: dict[int, list[str]] = {}
        for row in outcome.entry["rejected_rows"]:
            refused.setdefault(row["line"], []).append(row["reason"])
        resource = Resource(
            path=path.name,
            basepath=str(folder),
            schema=Schema.from_descriptor(self.schema),
            dialect=Dialect(controls=[CsvControl(delimiter=";")]),
            encoding="utf-8",
        )
        report = resource.validate(limit_errors=10_000_000)
        judged: dict[int, list[str]] = {}
        for error in report.tasks[0].errors:
            judged.setdefault(error.row_number, []).append(error.message)
        return refused, judged


def _cell(chance: random.Random, judge: Judge, column: Column) -> str:
    """A value that is right, or one that went wrong in a way that files go wrong."""
    text = example(judge.feed, column, judge.lists)
    words = column.words
    if words.codes:
        labels = judge.lists[words.codes].labels
        picked = chance.choices([*labels, *labels.values()], k=chance.randint(1, 3))
        text = words.separator.join(picked) if words.separator else picked[0]
    elif _is_number(column):
        low = -200 if words.minimum is None else words.minimum - 2
        high = 20_000 if words.maximum is None else words.maximum + 2
        number = chance.uniform(low, high)
        digits = chance.choice((0, 0, 1, 2, 4))
        text = f"{number:.{digits}f}".replace(".", chance.choice(",,,."))
        if chance.random() < 0.1:
            text = f"{number:,.0f}".replace(",", chance.choice(". "))
        if chance.random() < 0.1:
            text += chance.choice(("%", " %"))
    elif _is_moment(column):
        day, month, year = chance.randint(1, 32), chance.randint(1, 13), 2023
        text = f"{day:02d}/{month:02d}/{year}"
        if column.data_type == "timestamp":
            text += f" {chance.randint(0, 24):02d}:{chance.randint(0, 60):02d}"
        if chance.random() < 0.1:
            text = f"{year}-{month:02d}-{day:02d}"
    elif words.format in ("period", "date_or_period"):
        part = chance.choice(("", "-H1", "-Q4", "-05", "-12", "-13", "-H3", "-q2"))
        text = f"{chance.randint(1990, 2030)}{part}"
    elif column.data_type == "boolean":
        text = chance.choice(("ja", "nee", "Ja", "NEE", "true", "0", "1", "neen", "x"))
    if chance.random() < 0.04:
        return ""
    if chance.random() < 0.06:
        place = chance.randrange(len(text) + 1)
        cut = chance.randint(0, 1)
        text = text[:place] + chance.choice(ALPHABET) + text[place + cut :]
    return text


@pytest.mark.parametrize("kind", KINDS)
def test_door_and_judge_agree_on_every_row(
    kind: str, feeds: dict[str, Feed], installation: Installation, tmp_path: Path
) -> None:
    judge = Judge(installation, feeds[kind])
    chance = random.Random(f"{SEED} {kind}")
    usual = judge.example_row()
    rows = []
    for _ in range(ROWS):
        row = list(usual)
        for number in chance.sample(range(len(row)), k=chance.randint(1, 3)):
            row[number] = _cell(chance, judge, judge.columns[number])
        rows.append(row)
    refused, judged = judge.verdicts(tmp_path, rows)
    rules = tuple(rule.reason for rule in judge.feed.contract.rows)
    counts: Counter[str] = Counter()
    for line, row in enumerate(rows, start=2):
        listed = judge.differences(row)
        # A rule over several columns is not a word of Table Schema.
        reasons = refused.get(line, [])
        if reasons and all(reason.endswith(rules) for reason in reasons):
            listed.append("rule over several columns")
        counts["difference" if listed else "refused" if reasons else "accepted"] += 1
        if not listed:
            assert (line in refused) == (line in judged), (
                f"{kind} row {line} {row}\ndoor: {reasons}\njudge: {judged.get(line)}"
            )
    print(f"\n{kind}: {dict(counts)}")
    assert min(counts["accepted"], counts["refused"]) > ROWS / 20
    assert counts["difference"] < ROWS / 3


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda found: found.why)
def test_each_listed_difference_exists(
    difference: Difference,
    feeds: dict[str, Feed],
    installation: Installation,
    tmp_path: Path,
) -> None:
    kind, header, cell = difference.shown_by
    judge = Judge(installation, feeds[kind])
    row = judge.example_row()
    titles = [column.title for column in judge.columns]
    row[titles.index(header)] = cell
    assert difference.why in judge.differences(row)
    refused, judged = judge.verdicts(tmp_path, [row])
    assert (2 not in refused, 2 not in judged) == (difference.door, difference.judge)


def test_the_judge_finds_the_exported_documents_valid(
    manifest: dict[str, Any], installation: Installation
) -> None:
    for feed in load_feeds(manifest):
        lists = load_lists(installation.settings.reference, feed)
        report = Schema.validate_descriptor(table_schema(feed, lists))
        assert report.valid, (feed.label, report.errors)
