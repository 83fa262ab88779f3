"""Three real files in other people's layouts come in without Python.

Belongs here: their known answers, from the door to the marts, in a copy of the project
with the contracts of `real_feeds/`. Does not belong here: the files, which stay where
they are, and what is so for every contract (test_refusals, test_reading).
"""

import csv
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import PROJECT, Installation, need

CONTRACTS = Path(__file__).resolve().parent / "real_feeds"
AGENCIES = {
    "nhs-fft": "NHS Friends and Family Test",
    "neas": "North East Ambulance Service",
    "nhft": "Nottinghamshire Healthcare",
    "nhs-england": "NHS England",
    "nyc311": "NYC 311",
    "nypd": "New York City Police Department",
    "dsny": "Department of Sanitation",
    "dpr": "Department of Parks and Recreation",
    "dohmh": "Department of Health and Mental Hygiene",
}
FFT_ANSWERS = {
    "1": "Zeer goed",
    "2": "Goed",
    "3": "Noch goed noch slecht",
    "4": "Slecht",
    "5": "Zeer slecht",
    "6": "Weet niet",
}
# The line of the union that each staging model needs; surveys have none.
UNIONS = {
    "int_published_results.sql": "stg_nhs_england__rolling_totals",
    "int_complaints.sql": "stg_nyc311__service_requests",
}
COMMENTS = "nhs_fft_comments/v6framework_230831.csv"
REQUESTS = "nyc311_animals/311_Animals_short.csv"
# The workbook of 13 June 2025, then two of 18 November 2025.
REVISIONS = ("e3050fc8ad", "583eb624ab", "c7f2895329")
MONTHS = {
    date(2024, 1, 1): (194349, 22211591),
    date(2024, 2, 1): (189636, 22401227),
    date(2024, 3, 1): (194513, 22595740),
    date(2024, 4, 1): (197641, 22793381),
}

Lake = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def real_files() -> Path:
    """The folder of real files, beside the checkout."""
    folder = PROJECT.parent / "shared" / "feeds"
    need(folder.is_dir(), f"the folder of real files {folder.parent.name}/feeds")
    return folder


@pytest.fixture(scope="module")
def comments(real_files: Path) -> list[dict[str, str]]:
    """The survey as Python's own reader gives it: the judge of the door."""
    return _read(real_files / COMMENTS)


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def brought_in(
    real_files: Path, project_copy: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Installation, subprocess.CompletedProcess[str]]:
    """The test agencies brought in as the page says, their files landed, and a run."""
    reference = project_copy / "seeds" / "reference"
    _append(reference / "agencies.csv", "agency_code", "name_nl", AGENCIES)
    _append(
        reference / "code_lists.csv",
        "code",
        "label_nl",
        FFT_ANSWERS,
        code_list="fft_answer",
        source="NHS England",
    )
    models = project_copy / "dbt_project" / "models"
    shutil.copytree(CONTRACTS, models / "staging", dirs_exist_ok=True)
    for union, model in UNIONS.items():
        path = models / "intermediate" / union
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("] %}", f"    '{model}',\n] %}}", 1), "utf-8")

    folder = tmp_path_factory.mktemp("real")
    place = Installation(folder / "home", folder / "landing", project_copy)
    landed = {
        "nhs-fft/comments/v6framework_230831.csv": COMMENTS,
        "nyc311/service_requests/311_Animals_short.csv": REQUESTS,
    }
    for version, revision in enumerate(REVISIONS, start=1):
        name = f"Monthly Rolling Totals__v{version}.xlsx"
        source = f"nhs_fft_publication/Monthly Rolling Totals.{revision}.xlsx"
        landed[f"nhs-england/rolling_totals/{name}"] = source
    for name, source in landed.items():
        place.land(name, (real_files / source).read_bytes())
    return place, place.klantbeeld("run")


def _append(
    path: Path, key: str, label: str, entries: dict[str, str], **others: str
) -> None:
    header, *_ = csv.reader(path.read_text(encoding="utf-8").splitlines())
    with path.open("a", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, header, restval="", lineterminator="\n")
        for place, (code, name) in enumerate(entries.items(), start=1):
            order = {"sort_order": place} if "sort_order" in header else {}
            writer.writerow({key: code, label: name} | order | others)


@pytest.fixture(scope="module")
def home(
    brought_in: tuple[Installation, subprocess.CompletedProcess[str]],
) -> Installation:
    place, process = brought_in
    assert process.returncode == 0, process.stdout + process.stderr
    return place


@pytest.fixture(scope="module")
def lake(home: Installation) -> Lake:
    """Ask the lake something in SQL: `{comments}` stands for the rows of that feed."""
    parts = {
        name: f"read_parquet('{home.settings.lake}/accepted/*/feed={name}/*/*.parquet',"
        " union_by_name = true) where row_number is not null"
        for name in ("comments", "rolling_totals", "service_requests")
    }
    parts["rejected"] = (
        f"read_parquet('{home.settings.lake}/rejected/*/*/*/*.parquet') where true"
    )
    return lambda sql: duckdb.sql(sql.format(**parts)).fetchall()


def is_date(text: str, form: str) -> bool:
    try:
        datetime.strptime(text, form)
    except ValueError:
        return False
    return True


# -- the run ----------------------------------------------------------------------


def test_all_five_deliveries_come_in(
    brought_in: tuple[Installation, subprocess.CompletedProcess[str]],
) -> None:
    _, process = brought_in
    assert process.returncode == 0, process.stdout + process.stderr
    assert (
        "5 new deliveries accepted (12186 rows accepted, 705 refused), 0 refused."
        in " ".join(process.stdout.split())
    )


def test_no_row_is_lost(home: Installation) -> None:
    assert home.query(
        "select feed, delivered_count, accepted_count, rejected_count"
        " from mart_delivery order by feed, version"
    ) == [
        ("comments", 7908, 7205, 703),
        ("rolling_totals", 4, 4, 0),
        ("rolling_totals", 5, 4, 1),
        ("rolling_totals", 5, 4, 1),
        ("service_requests", 4969, 4969, 0),
    ]


# -- survey microdata: nhs_fft_comments --------------------------------------------


def refused(lake: Lake, column: str) -> list[str]:
    rows = lake("select reason from {rejected} and feed = 'comments' order by line")
    return [reason for (reason,) in rows if f'kolom "{column}"' in reason]


def test_the_416_undocumented_codes_are_refused_by_name(lake: Lake) -> None:
    reasons = refused(lake, "FFT categorical answer")
    assert len(reasons) == 416
    assert {reason.partition(", ")[2] for reason in reasons} == {
        'kolom "FFT categorical answer" (“7”): deze waarde staat niet in de lijst.'
        " Mogelijk: 1, 2, 3, 4, 5, 6."
    }


def test_the_289_dates_in_the_other_order_are_refused_and_not_guessed(
    lake: Lake, comments: list[dict[str, str]]
) -> None:
    reasons = refused(lake, "Date")
    other = [row["Date"] for row in comments if not is_date(row["Date"], "%d/%m/%Y")]
    assert all(is_date(text, "%m/%d/%Y") for text in other)
    assert len(reasons) == len(other) == 289 == 7908 - 7619
    assert [reason.partition(", ")[2] for reason in reasons] == [
        f'kolom "Date" (“{text}”): dit is geen bestaande datum in de vorm dd/mm/jjjj.'
        for text in other
    ]


def test_every_code_is_counted_in_the_lake_or_refused(
    lake: Lake, comments: list[dict[str, str]]
) -> None:
    codes = Counter(row["FFT categorical answer"] for row in comments)
    known = {"1": 5074, "2": 1294, "3": 366, "4": 299, "5": 435, "6": 24, "7": 416}
    assert codes == known
    # Rows with a documented code that only their date keeps out.
    by_date = {"1": 228, "2": 31, "3": 10, "4": 6, "5": 11, "6": 1}
    assert lake(
        "select overall_code, count(*) from {comments} group by all order by all"
    ) == [(code, known[code] - by_date[code]) for code in FFT_ANSWERS]


def test_the_4466_respondents_are_told_apart_under_pseudonyms(
    lake: Lake, comments: list[dict[str, str]]
) -> None:
    assert len({row["Respondent ID"] for row in comments}) == 4466
    accepted = {
        row["Respondent ID"]
        for row in comments
        if is_date(row["Date"], "%d/%m/%Y") and row["FFT categorical answer"] != "7"
    }
    pseudonyms = {
        pseudonym for (pseudonym,) in lake("select respondent_id from {comments}")
    }
    assert len(pseudonyms) == len(accepted) == 4240
    assert not pseudonyms & accepted


def test_a_respondent_with_more_rows_counts_once(home: Installation) -> None:
    with duckdb.connect(str(home.settings.warehouse), read_only=True) as connection:
        (counts,) = connection.sql(
            "select count(*), count(distinct respondent_id), sum(comment_count)"
            " from staging.stg_nhs_fft__respondents"
        ).fetchall()
    assert counts == (4240, 4240, 7205)


def test_each_row_says_which_of_the_two_trusts_it_is_about(lake: Lake) -> None:
    assert lake(
        "select agency_code, count(*) from {comments} group by all order by all"
    ) == [("neas", 4755), ("nhft", 2450)]


def test_did_not_answer_is_no_answer(
    lake: Lake, comments: list[dict[str, str]]
) -> None:
    said = Counter(row["FFT answer"].strip() for row in comments)
    assert said["Did not answer"] == 1189
    assert lake(
        "select count(*) from {comments} and comment_text = 'Did not answer'"
    ) == [(0,)]


def test_the_hard_space_in_a_service_is_kept_inside_and_the_words_are_found(
    lake: Lake,
) -> None:
    ((count,),) = lake(
        "select count(*) from {comments} and service like 'PTS%- Patient Transport'"
    )
    assert count > 0


# -- a publication in revisions: nhs_fft_publication -------------------------------


def test_the_three_revisions_are_three_versions_with_the_same_printed_months(
    lake: Lake,
) -> None:
    rows = lake(
        "select delivery_id, month_on, total_count, total_to_date_count,"
        " total_count_printed from {rolling_totals} order by all"
    )
    assert len({delivery for delivery, *_ in rows}) == 3
    assert Counter(tuple(row[1:]) for row in rows) == {
        (month, count, to_date, str(count)): 3
        for month, (count, to_date) in MONTHS.items()
    }


def test_the_test_row_of_the_later_revisions_is_refused_with_its_reason(
    lake: Lake,
) -> None:
    assert lake(
        "select sheet, line, reason from {rejected} and feed = 'rolling_totals'"
    ) == 2 * [
        (
            "IP",
            6,
            "Blad “IP”, rij 6, er zijn minder antwoorden dan indieners. Kijk na of dit"
            " een testrij is.",
        )
    ]


def test_the_columns_that_change_places_are_kept_as_printed(lake: Lake) -> None:
    shares = (
        "total_positive_share_printed, nhs_positive_share_printed,"
        " independent_positive_share_printed, total_negative_share_printed,"
        " nhs_negative_share_printed, independent_negative_share_printed"
    )
    before = ("0.98", "0.94", "0.94", "0.01", "0.03", "0.03")
    april = ("0.95", "0.94", "0.98", "0.03", "0.03", "0.01")
    assert lake(
        f"select distinct month_on, {shares} from {{rolling_totals}} order by 1"
    ) == [(month, *(april if month.month == 4 else before)) for month in MONTHS]


def test_only_in_april_does_the_total_lie_between_its_two_parts(lake: Lake) -> None:
    # So the words above the columns fit April; before, they stand over other figures.
    assert lake(
        "select distinct month_on from {rolling_totals} and total_positive_share"
        " between least(nhs_positive_share, independent_positive_share)"
        " and greatest(nhs_positive_share, independent_positive_share)"
    ) == [(date(2024, 4, 1),)]


def test_the_published_month_reaches_the_mart_as_printed(home: Installation) -> None:
    assert home.query(
        "select period_code, service_code, satisfied_share, dissatisfied_share,"
        " answer_count from mart_satisfaction where agency_code = 'nhs-england'"
        " and perimeter = 'as_reported' and period_code = '2024-04' order by all"
    ) == [
        ("2024-04", "alle", 0.95, 0.03, 197641),
        ("2024-04", "independent", 0.98, 0.01, 13705),
        ("2024-04", "nhs", 0.94, 0.03, 183936),
    ]


# -- complaints of four agencies: nyc311_animals -----------------------------------


def test_the_4969_requests_stand_under_the_four_agencies_they_are_about(
    lake: Lake,
) -> None:
    assert lake(
        "select agency_code, count(*), count(*) filter (where closed_at is null)"
        " from {service_requests} group by all order by all"
    ) == [
        ("dohmh", 549, 138),
        ("dpr", 921, 37),
        ("dsny", 1695, 92),
        ("nypd", 1804, 10),
    ]


def test_277_requests_are_open(lake: Lake) -> None:
    assert lake(
        "select count(*) from {service_requests} and closed_at is null"
        " and status = 'In Progress'"
    ) == [(277,)]


def test_dates_without_zeros_are_read_as_american_ones(
    lake: Lake, real_files: Path
) -> None:
    form = "%m/%d/%Y %H:%M"
    for column, title in (("opened_at", "Created Date"), ("closed_at", "Closed Date")):
        texts = [row[title] for row in _read(real_files / REQUESTS)]
        expected = [datetime.strptime(text, form) if text else None for text in texts]
        found = lake(f"select {column} from {{service_requests}} order by row_number")
        assert [moment for (moment,) in found] == expected


def test_unspecified_is_empty_and_no_place_reaches_the_lake(lake: Lake) -> None:
    assert lake("select count(*) from {service_requests} and borough is null") == [(1,)]
    columns = {name for name, *_ in lake("describe select * from {service_requests}")}
    assert "borough" in columns
    assert "place" not in columns


def test_the_mart_counts_the_complaints_of_each_agency(home: Installation) -> None:
    assert home.query(
        "select agency_code, sum(registered_count) from mart_complaints"
        " where perimeter = 'as_reported' and basis = 'computed' and not is_total"
        " and period_grain = 'year' group by all order by all"
    ) == [("dohmh", 549), ("dpr", 921), ("dsny", 1695), ("nypd", 1804)]
