"""Themes of comments: what the lexicon reads, what labels teach, and how well.

scikit-learn's own functions judge the measured precision and recall; the lexicon is
held against sentences written for it, which prove what it reads and are no score.
"""

import datetime
import os
import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from conftest import PROJECT, Installation
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import precision_score, recall_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import Pipeline
from sql_macros import model_sql

from dagster_project import labels, workbook
from dagster_project.contracts import load_feeds

DBT = PROJECT / "dbt_project"
AGENCIES = ("vutg", "departement-zorg")


# -- the lexicon ----------------------------------------------------------------

READ = {
    # Polarity is that of the clause.
    "De uitleg was duidelijk.": {"duidelijkheid": "positief"},
    "De uitleg was niet duidelijk.": {"duidelijkheid": "negatief"},
    "De uitleg was allesbehalve echt duidelijk": {"duidelijkheid": "negatief"},
    "Een onduidelijke brief.": {"duidelijkheid": "negatief"},
    "Helemaal geen onduidelijke brief.": {"duidelijkheid": "positief"},
    "Het antwoord mag duidelijker.": {"duidelijkheid": "negatief"},
    # A negation stays within its clause.
    "Niet vriendelijk, maar wel snel.": {
        "bejegening": "negatief",
        "snelheid": "positief",
    },
    "Niet vriendelijk maar wel snel": {
        "bejegening": "negatief",
        "snelheid": "positief",
    },
    "Het ging snel en ik was niet tevreden": {"snelheid": "positief"},
    "Niet snel of duidelijk": {"snelheid": "negatief", "duidelijkheid": "negatief"},
    "Niet alleen vriendelijk maar ook snel": {
        "bejegening": "positief",
        "snelheid": "positief",
    },
    "Ik vind niet dat het traag ging.": {"snelheid": "positief"},
    "Ik begrijp niet waarom het traag gaat.": {
        "duidelijkheid": "negatief",
        "snelheid": "negatief",
    },
    # A word without a polarity of its own takes that of the clause, or none.
    "De website is goed.": {"digitaal": "positief"},
    "De website is niet goed.": {"digitaal": "negatief"},
    "De website is een ramp.": {"digitaal": "negatief"},
    "Geen problemen met de website.": {"digitaal": "positief"},
    "Ik keek op de website.": {"digitaal": "neutraal"},
    # One bad word about a theme makes it a point to improve.
    "De ene brief was duidelijk. De andere brief was niet duidelijk.": {
        "duidelijkheid": "negatief"
    },
    # Words, not letters: accents, capitals, masks and lines do not matter.
    "TE LANG GEWACHT": {"snelheid": "negatief"},
    "ongeïnteresseerd personeel": {"bejegening": "negatief"},
    "Snel\nniet vriendelijk": {"snelheid": "positief", "bejegening": "negatief"},
    "[naam] was niet\tbeleefd": {"bejegening": "negatief"},
    "Van het kastje naar de muur gestuurd": {"doorverwijzing": "negatief"},
    "Met vriendelijke groeten, [naam]": {},
    "Een sneltrein": {},
    "Ik woon in Gent.": {},
    "...": {},
}


@pytest.fixture(scope="module")
def read() -> dict[str, dict[str, str]]:
    connection = duckdb.connect()
    connection.execute("create table int_survey_comments (comment varchar)")
    connection.executemany(
        "insert into int_survey_comments values (?)", [(text,) for text in READ]
    )
    connection.execute(
        "create table stg_klantbeeld__theme_labels as from int_survey_comments limit 0"
    )
    lexicon = PROJECT / "seeds" / "reference" / "theme_lexicon.csv"
    connection.execute(
        f"create table theme_lexicon as from read_csv('{lexicon}', all_varchar = true)"
    )
    for name in ("int_comment_clauses", "int_comment_themes"):
        connection.execute(f"create table {name} as {model_sql(name)}")
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for text, theme, polarity in connection.sql(
        "select comment, theme_code, polarity_code from int_comment_themes"
    ).fetchall():
        found[text][theme] = polarity
    return found


@pytest.mark.parametrize("text", READ)
def test_the_lexicon_reads_a_theme_with_the_polarity_of_its_clause(
    read: dict[str, dict[str, str]], text: str
) -> None:
    assert read.get(text, {}) == READ[text]


# -- the round trip -------------------------------------------------------------

# How the person of these tests labels: not as the lexicon reads.
OPINION = {
    "wachten": ("Snelheid en wachttijd", "Te verbeteren"),
    "in de wacht": ("Bereikbaarheid", "Te verbeteren"),
    "onduidelijk": ("duidelijkheid", "negatief"),
    "begrijp": ("Duidelijkheid", "Te verbeteren"),
    "standaardtekst": ("Volledigheid en antwoord op de vraag", "Te verbeteren"),
    "Telkens": ("Deskundigheid en juistheid", "Te verbeteren"),
    "terug": ("Opvolging en nakomen van beloften", "Te verbeteren"),
    "vriendelijk": ("Vriendelijkheid en aandacht", "Goed"),
}
RARE = ("Beslissing of bedrag", "Te verbeteren")
CODES = {
    "Snelheid en wachttijd": "snelheid",
    "Bereikbaarheid": "bereikbaarheid",
    "duidelijkheid": "duidelijkheid",
    "Duidelijkheid": "duidelijkheid",
    "Volledigheid en antwoord op de vraag": "volledigheid",
    "Deskundigheid en juistheid": "deskundigheid",
    "Opvolging en nakomen van beloften": "opvolging",
    "Beslissing of bedrag": "uitkomst",
}


def opinions(text: str, number: int) -> list[tuple[str, str | None]]:
    """The labels of a comment; now and then a mistake, as people make them."""
    found = dict(label for word, label in OPINION.items() if word in text)
    if "duidelijkheid" in found:
        found.pop("Duidelijkheid", None)
    if number % 40 == 3 and len(found) < 3:
        found[RARE[0]] = RARE[1]
    if number % 11 == 5:
        found.pop("Snelheid en wachttijd", None)
    return [*found.items()][:3] or [("Geen thema", None)]


def fill_in(path: Path, by: str | None = "J.D.") -> dict[str, tuple[str, set[str]]]:
    """Label each comment as a person would; gives text and points to improve by key."""
    book = openpyxl.load_workbook(path)
    sheet = book["Labels"]
    titles = {cell.value: cell.column for cell in sheet[1]}
    said = {}
    for row in range(2, sheet.max_row + 1):
        key, text = (
            str(sheet.cell(row, titles[t]).value) for t in ("Sleutel", "Opmerking")
        )
        chosen = opinions(text, row)
        for place, (theme, polarity) in enumerate(chosen, start=1):
            sheet.cell(row, titles[f"Thema {place}"], theme)
            sheet.cell(row, titles[f"Oordeel {place}"], polarity)
        bad = {CODES[t] for t, p in chosen if p in ("Te verbeteren", "negatief")}
        said[key] = (text, bad)
    book["Wie"]["A2"] = by
    book["Wie"]["B2"] = datetime.date(2024, 3, 1)
    book.save(path)
    return said


def sample(
    house: Installation, path: Path, *options: str, agency: str = "vutg"
) -> Path:
    done = house.klantbeeld(
        "label", "export", "--agency", agency, "--out", str(path), *options
    )
    assert done.returncode == 0, done.stderr
    return path


@pytest.fixture(scope="module")
def labelled(
    house: Installation, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Installation, dict[str, tuple[str, set[str]]]]:
    """The installation after a sample of each agency was labelled and a run."""
    folder = tmp_path_factory.mktemp("labelled")
    copy = house.copy(folder)
    said: dict[str, tuple[str, set[str]]] = {}
    for agency in AGENCIES:
        path = sample(copy, folder / f"{agency}.xlsx", agency=agency)
        said |= fill_in(path)
        done = copy.klantbeeld("label", "import", str(path))
        assert done.returncode == 0, done.stderr
    done = copy.klantbeeld("run")
    assert done.returncode == 0, done.stdout + done.stderr
    return copy, said


def judge() -> Pipeline:
    return Pipeline(
        [
            (
                "words",
                TfidfVectorizer(
                    analyzer="char_wb",
                    ngram_range=(2, 5),
                    strip_accents="unicode",
                    sublinear_tf=True,
                ),
            ),
            (
                "line",
                LogisticRegression(
                    C=10, class_weight="balanced", max_iter=1000, random_state=20240115
                ),
            ),
        ]
    )


def in_order(said: dict[str, tuple[str, set[str]]]) -> list[tuple[str, set[str]]]:
    """By delivery and row: folds depend on the order."""

    def place(item: tuple[str, Any]) -> tuple[str, int]:
        delivery, row = item[0].split("/")
        return delivery, int(row)

    return [value for _, value in sorted(said.items(), key=place)]


def comments(house: Installation) -> list[tuple[str, str, str, str]]:
    """Agency, channel, half-year and text of every comment that counts."""
    with duckdb.connect(str(house.settings.warehouse), read_only=True) as connection:
        return connection.sql(
            "select agency_code, channel_code, year(answered_on) || '-H' ||"
            " (1 + (month(answered_on) > 6)::int), comment"
            " from intermediate.int_survey_comments"
        ).fetchall()


def test_precision_and_recall_are_those_of_an_independent_cross_validation(
    labelled: tuple[Installation, dict[str, tuple[str, set[str]]]],
) -> None:
    house, said = labelled
    stored = {
        theme: values
        for theme, *values in house.query(
            "select distinct theme_code, precision_share, recall_share, flags not like"
            " '%labels%' and flags not like '%not_validated%'"
            " from mart_improvement_point where is_predicted"
            " and source like '%door model%'"
        )
    }
    texts, bad = zip(*in_order(said), strict=True)
    counts = Counter(theme for themes in bad for theme in themes)
    frequent = {theme for theme, count in counts.items() if count >= 10}
    assert set(stored) == frequent
    assert len(frequent) >= 4
    folds = StratifiedKFold(n_splits=5, shuffle=True, random_state=20240115)
    scores = []
    for theme in frequent:
        truth = [theme in themes for themes in bad]
        unseen = cross_val_predict(judge(), texts, truth, cv=folds)
        expected = [precision_score(truth, unseen), recall_score(truth, unseen)]
        assert stored[theme] == [
            pytest.approx(expected[0]),
            pytest.approx(expected[1]),
            True,
        ]
        scores += expected
    assert min(scores) < 1, "mistakes cost something"


def test_predicted_shares_are_those_of_models_trained_on_all_labels(
    labelled: tuple[Installation, dict[str, tuple[str, set[str]]]],
) -> None:
    house, said = labelled
    texts, bad = zip(*in_order(said), strict=True)
    written = comments(house)
    bases = Counter((agency, channel, period) for agency, channel, period, _ in written)
    expected = {}
    for theme in ("snelheid", "volledigheid", "deskundigheid"):
        model = judge().fit(texts, [theme in themes for themes in bad])
        named = model.predict([text for *_, text in written])
        found = Counter(
            tuple(place) for (*place, _), yes in zip(written, named, strict=True) if yes
        )
        for place, count in found.items():
            expected[*place, theme] = (count, bases[place], count / bases[place])
    stored = {
        (*key,): (count, base, share)
        for *key, count, base, share in house.query(
            "select agency_code, channel_code, period_code, theme_code, mention_count,"
            " response_count, mention_share from mart_improvement_point"
            " where is_predicted and perimeter = 'as_reported' and is_simulated"
            " and period_grain = 'half_year'"
            " and theme_code in ('snelheid', 'volledigheid', 'deskundigheid')"
        )
    }
    assert expected
    assert stored == expected


def test_a_theme_with_few_labels_is_read_by_the_lexicon_and_measured_on_the_labels(
    labelled: tuple[Installation, dict[str, tuple[str, set[str]]]],
) -> None:
    house, said = labelled
    with duckdb.connect(str(house.settings.warehouse), read_only=True) as connection:
        read = {
            text
            for (text,) in connection.sql(
                "select comment from intermediate.int_comment_themes where"
                " theme_code = 'uitkomst' and polarity_code = 'negatief'"
            ).fetchall()
        }
    pairs = [("uitkomst" in bad, text in read) for text, bad in said.values()]
    truth, predicted = zip(*pairs, strict=True)
    assert 0 < sum(truth) < 10
    found = house.query(
        "select distinct precision_share, recall_share, contains(flags, 'few_labels'),"
        " contains(source, 'lexicon') from mart_improvement_point"
        " where is_predicted and theme_code = 'uitkomst'"
    )
    assert found == [
        (
            pytest.approx(precision_score(truth, predicted)),
            pytest.approx(recall_score(truth, predicted)),
            True,
            True,
        )
    ]


def test_a_comment_without_a_predicted_theme_is_counted_as_such(
    labelled: tuple[Installation, dict[str, tuple[str, set[str]]]],
) -> None:
    house, _ = labelled
    with duckdb.connect(str(house.settings.warehouse), read_only=True) as connection:
        torn = connection.sql(
            "select comment from intermediate.int_predicted_themes"
            " group by delivery_id, row_number, comment"
            " having bool_or(theme_code = 'geen_thema') and count(*) > 1"
        ).fetchall()
        counts = connection.sql(
            "select (select count(*) from intermediate.int_survey_comments),"
            " count(distinct (delivery_id, row_number))"
            " from intermediate.int_predicted_themes"
        ).fetchone()
    assert not torn
    assert counts is not None
    assert counts[0] == counts[1] > 0


def test_a_sample_leaves_out_what_is_labelled(
    labelled: tuple[Installation, dict[str, tuple[str, set[str]]]], tmp_path: Path
) -> None:
    house, _ = labelled
    path = tmp_path / "again.xlsx"
    done = house.klantbeeld("label", "export", "--agency", "vutg", "--out", str(path))
    assert done.returncode == 1
    assert "no comment" in done.stderr
    assert not path.exists()


@pytest.mark.skipif(
    os.environ.get("KLANTBEELD_TEST_FULL") != "1",
    reason="one more run; asked for by KLANTBEELD_TEST_FULL=1",
)
def test_without_labels_the_figures_are_as_before(
    house: Installation,
    labelled: tuple[Installation, dict[str, tuple[str, set[str]]]],
    tmp_path: Path,
) -> None:
    copy = labelled[0].copy(tmp_path)
    for path in labels.label_files(copy.settings):
        done = copy.klantbeeld("label", "withdraw", path.stem)
        assert done.returncode == 0, done.stderr
    assert copy.klantbeeld("run").returncode == 0
    everything = "from mart_improvement_point order by all"
    assert copy.query(everything) == house.query(everything)


def test_without_labels_every_prediction_says_that_it_is_not_validated(
    rows: Callable[[str], list[tuple[Any, ...]]],
) -> None:
    assert rows(
        "select distinct is_simulated, precision_share, recall_share,"
        " contains(flags, 'not_validated'), contains(source, 'model')"
        " from mart_improvement_point where is_predicted"
    ) == [(True, None, None, True, False)]


def test_without_labels_scikit_learn_is_not_loaded(house: Installation) -> None:
    code = (
        "import sys, dagster_project.definitions\n"
        "from dagster_project import themes, settings\n"
        "done = themes.renew(settings.load_settings(), [], themes.Rules(50, 10), '')\n"
        "print(done, 'sklearn' in sys.modules)"
    )
    done = house.execute(sys.executable, "-c", code)
    assert done.stdout.split() == ["None", "False"], done.stderr


# -- the sample -----------------------------------------------------------------


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_sample(
    house: Installation, tmp_path: Path
) -> None:
    settings = house.settings
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        labels.export_sample(settings, "vutg", 30, seed, tmp_path / f"{name}.xlsx")
    first, second, third = (
        (tmp_path / f"{name}.xlsx").read_bytes() for name in ("a", "b", "c")
    )
    assert first == second
    assert first != third


def test_a_sample_shows_each_text_once_and_marks_what_is_simulated(
    house: Installation, tmp_path: Path
) -> None:
    path = tmp_path / "sample.xlsx"
    count = labels.export_sample(house.settings, "vutg", 1000, 1, path)
    sheet = openpyxl.load_workbook(path)["Labels"]
    shown = [row[:3] for row in sheet.iter_rows(min_row=2, values_only=True)]
    written = {text for agency, *_, text in comments(house) if agency == "vutg"}
    assert count == len(shown)
    assert {text for _, text, _ in shown} == {workbook.clean(text) for text in written}
    assert len(shown) == len(written)
    assert {mark for *_, mark in shown} == {"ja"}
    lists = {
        rule.sqref for rule in sheet.data_validations.dataValidation if rule.formula1
    }
    assert len(lists) == 6


# -- what is wrong comes back ---------------------------------------------------

Change = Callable[[Any, dict[str, int]], None]


def cell(row: int, title: str, value: Any) -> Change:
    def change(book: Any, titles: dict[str, int]) -> None:
        book["Labels"].cell(row, titles[title]).value = value

    return change


def double(book: Any, titles: dict[str, int]) -> None:
    sheet = book["Labels"]
    for column in range(1, sheet.max_column + 1):
        sheet.cell(6, column).value = sheet.cell(5, column).value


def theme_beside_none(book: Any, titles: dict[str, int]) -> None:
    sheet = book["Labels"]
    for place, words in enumerate([("Geen thema", None), ("Duidelijkheid", "Goed")], 1):
        sheet.cell(5, titles[f"Thema {place}"]).value = words[0]
        sheet.cell(5, titles[f"Oordeel {place}"]).value = words[1]


def no_name(book: Any, titles: dict[str, int]) -> None:
    book["Wie"]["A2"] = None


def no_day(book: Any, titles: dict[str, int]) -> None:
    book["Wie"]["B2"] = "vorige week"


def no_sheet(book: Any, titles: dict[str, int]) -> None:
    book.remove(book["Wie"])


def no_column(book: Any, titles: dict[str, int]) -> None:
    book["Labels"].delete_cols(titles["Thema 1"])


def nothing_labelled(book: Any, titles: dict[str, int]) -> None:
    sheet = book["Labels"]
    for row in range(2, sheet.max_row + 1):
        for title in titles.keys() - {"Sleutel", "Opmerking", "Gesimuleerd"}:
            sheet.cell(row, titles[title]).value = None


REFUSED = {
    "an unknown theme": (
        cell(5, "Thema 1", "Het weer"),
        "Rij 5: “Het weer” is geen thema uit de lijst (Thema 1).",
    ),
    "an unknown polarity": (
        cell(5, "Oordeel 1", "mwah"),
        "Rij 5: “mwah” is geen oordeel uit de lijst (Oordeel 1).",
    ),
    "a changed comment": (
        cell(5, "Opmerking", "Iets anders."),
        "Rij 5: de opmerking is gewijzigd; zet de tekst terug zoals hij in het"
        " geëxporteerde werkboek stond.",
    ),
    "an unknown key": (
        cell(5, "Sleutel", "dffff/1"),
        "Rij 5: de sleutel “dffff/1” is die van geen enkele opmerking.",
    ),
    "no key": (
        cell(5, "Sleutel", None),
        "Rij 5: de sleutel “” is die van geen enkele opmerking.",
    ),
    "a comment that stands twice": (double, "staat er al op rij 5"),
    "a theme beside none": (
        theme_beside_none,
        "Rij 5: Geen thema staat naast een ander thema.",
    ),
    "nobody's name": (no_name, "Blad Wie: vul in wie labelde (Gelabeld door)."),
    "no day": (no_day, "Blad Wie: Gelabeld op is geen datum; schrijf dd/mm/jjjj."),
    "no sheet": (no_sheet, "Het blad Wie ontbreekt."),
    "no column": (no_column, "Blad Labels: de kolom Thema 1 ontbreekt."),
    "nothing labelled": (nothing_labelled, "Geen enkele opmerking heeft een thema."),
}


@pytest.fixture(scope="module")
def filled(house: Installation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("filled") / "labels.xlsx"
    labels.export_sample(house.settings, "vutg", 20, 3, path)
    fill_in(path)
    return path


@pytest.mark.parametrize("fault", REFUSED)
def test_an_import_refuses_what_is_wrong_in_dutch_and_stores_nothing(
    house: Installation,
    manifest: dict[str, Any],
    filled: Path,
    tmp_path: Path,
    fault: str,
) -> None:
    change, reason = REFUSED[fault]
    path = Path(shutil.copy(filled, tmp_path))
    book = openpyxl.load_workbook(path)
    change(book, {cell.value: cell.column for cell in book["Labels"][1]})
    book.save(path)
    with pytest.raises(labels.LabelsRefusedError) as refusal:
        labels.import_labels(house.settings, load_feeds(manifest), path)
    assert any(reason in line for line in refusal.value.reasons), refusal.value.reasons
    assert labels.label_files(house.settings) == []


def test_an_import_refuses_what_is_no_workbook(
    house: Installation, manifest: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "labels.xlsx"
    path.write_text("Sleutel;Thema 1")
    with pytest.raises(labels.LabelsRefusedError, match="geen leesbaar Excel-werkboek"):
        labels.import_labels(house.settings, load_feeds(manifest), path)


def test_the_command_line_says_what_is_wrong_and_ends_with_1(
    house: Installation, filled: Path, tmp_path: Path
) -> None:
    path = Path(shutil.copy(filled, tmp_path))
    book = openpyxl.load_workbook(path)
    no_name(book, {})
    book.save(path)
    done: subprocess.CompletedProcess[str] = house.klantbeeld(
        "label", "import", str(path)
    )
    assert done.returncode == 1
    assert "labels.xlsx werd geweigerd; er is niets bewaard:" in done.stderr
    assert "Blad Wie: vul in wie labelde" in done.stderr
    assert labels.label_files(house.settings) == []


def test_labels_come_in_once_and_again_after_they_are_withdrawn(
    house: Installation, manifest: dict[str, Any], filled: Path, tmp_path: Path
) -> None:
    copy = house.copy(tmp_path)
    feeds = load_feeds(manifest)
    first = labels.import_labels(copy.settings, feeds, filled)
    (file,) = labels.label_files(copy.settings)
    content = file.read_bytes()
    again = labels.import_labels(copy.settings, feeds, filled)
    assert (first.is_new, again.is_new) == (True, False)
    assert first.comment_count == again.comment_count == 20
    assert file.read_bytes() == content

    other = Path(shutil.copy(filled, tmp_path / "other.xlsx"))
    book = openpyxl.load_workbook(other)
    book["Wie"]["A2"] = "K.L."
    book.save(other)
    with pytest.raises(labels.LabelsRefusedError, match="al gelabeld"):
        labels.import_labels(copy.settings, feeds, other)

    labels.withdraw_labels(copy.settings, first.label_set_id)
    assert labels.import_labels(copy.settings, feeds, other).is_new
    assert len(labels.label_files(copy.settings)) == 1
