"""An agency with the standard layout needs one row in agencies.csv, nothing else."""

import csv
import subprocess
from pathlib import Path

import openpyxl
import pytest
from conftest import Installation
from scipy import stats

RESULTS = """\
periode;kanaal;aspect;tevreden_pct;neutraal_pct;ontevreden_pct;score_5;nps;aantal;bron
2023-H1;loket;snelheid;80,00%;12,00%;8,00%;4,10;;250;Eigen bevraging
2023-H1;loket;aandacht;62,50%;20,00%;17,50%;3,70;;200;Eigen bevraging
2023-H2;loket;snelheid;72,00%;14,00%;14,00%;3,90;;250;Eigen bevraging
2023-H2;alle;aanbeveling;;;;;12,5;240;Eigen bevraging
"""


@pytest.fixture(scope="module")
def third(
    project_copy: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Installation, subprocess.CompletedProcess[str]]:
    """The project with one more row, and a run on one file."""
    folder = tmp_path_factory.mktemp("third")
    agencies = project_copy / "seeds" / "reference" / "agencies.csv"
    header, *_ = csv.reader(agencies.read_text(encoding="utf-8").splitlines())
    row = dict.fromkeys(header, "") | {
        "agency_code": "derde",
        "name_nl": "Derde Entiteit",
    }
    with agencies.open("a", encoding="utf-8") as stream:
        stream.write(",".join(row.values()) + "\n")
    place = Installation(folder / "home", folder / "landing", project_copy)
    place.land("derde/published_result/bevraging.csv", RESULTS)
    return place, place.klantbeeld("run")


@pytest.fixture(scope="module")
def house_of_three(
    third: tuple[Installation, subprocess.CompletedProcess[str]],
) -> Installation:
    place, process = third
    assert process.returncode == 0, process.stdout + process.stderr
    return place


def test_the_run_takes_the_new_agency_in(
    third: tuple[Installation, subprocess.CompletedProcess[str]],
) -> None:
    _, process = third
    assert process.returncode == 0, process.stdout + process.stderr
    assert "1 new deliveries accepted (4 rows accepted, 0 refused)" in process.stdout


def test_the_agency_is_filled_in_with_what_follows_from_its_name(
    house_of_three: Installation,
) -> None:
    assert house_of_three.query(
        "select name_nl, short_name_nl, article_nl, agency_type, ovo_code, is_current"
        " from dim_agency where agency_code = 'derde'"
    ) == [("Derde Entiteit", "Derde Entiteit", "none", "agency", None, True)]


def test_the_marts_show_its_figures_in_both_perimeters(
    house_of_three: Installation,
) -> None:
    assert house_of_three.query(
        "select perimeter, period_code, aspect_code, satisfied_share, answer_count,"
        " flags, instrument_code, service_code from mart_satisfaction"
        " where agency_code = 'derde' order by all"
    ) == [
        (perimeter, period, aspect, share, count, "", "niet-vermeld", "alle")
        for perimeter in ("as_reported", "current")
        for period, aspect, share, count in (
            ("2023-H1", "aandacht", 0.625, 200),
            ("2023-H1", "snelheid", 0.80, 250),
            ("2023-H2", "snelheid", 0.72, 250),
        )
    ]
    assert house_of_three.query(
        "select nps, answer_count from mart_nps where agency_code = 'derde'"
        " and perimeter = 'current'"
    ) == [(12.5, 240)]


def test_a_known_base_gives_a_wilson_interval(house_of_three: Installation) -> None:
    ((low, high, meaning),) = house_of_three.query(
        "select satisfied_share_low, satisfied_share_high, interval_meaning"
        " from mart_satisfaction where agency_code = 'derde'"
        " and perimeter = 'as_reported' and period_code = '2023-H1'"
        " and aspect_code = 'snelheid'"
    )
    expected = stats.binomtest(200, 250).proportion_ci(method="wilson")
    assert low == pytest.approx(expected.low, rel=1e-12)
    assert high == pytest.approx(expected.high, rel=1e-12)
    assert meaning in ("spread_on_repetition", "sampling_error")


def test_a_change_with_a_known_base_is_tested(house_of_three: Installation) -> None:
    ((difference, counts, p_value, verdict),) = house_of_three.query(
        "select difference, [former_answer_count, answer_count], p_value, verdict"
        " from mart_change where agency_code = 'derde' and metric = 'satisfied_share'"
        " and perimeter = 'as_reported' and aspect_code = 'snelheid'"
    )
    # Of 250 each, 200 and 180 were satisfied: pooled z-test = chi-square of 2 by 2.
    expected = stats.chi2_contingency([[200, 50], [180, 70]], correction=False)
    assert difference == pytest.approx(-0.08)
    assert counts == [250, 250]
    assert p_value == pytest.approx(expected.pvalue, rel=1e-9)
    assert verdict == "declined", "alone in its family: Holm changes nothing"


def test_a_mean_score_without_its_spread_is_shown_and_not_tested(
    house_of_three: Installation,
) -> None:
    ((difference, p_value, verdict),) = house_of_three.query(
        "select difference, p_value, verdict from mart_change"
        " where agency_code = 'derde' and metric = 'mean_score_100'"
        " and perimeter = 'as_reported' and aspect_code = 'snelheid'"
    )
    assert (difference, p_value) == (-5.0, None)
    assert verdict not in ("improved", "declined", "stable")


def test_nothing_says_that_its_base_is_unknown(house_of_three: Installation) -> None:
    assert (
        house_of_three.query(
            "select rule, message_nl from mart_quality_finding"
            " where agency_code = 'derde'"
        )
        == []
    )


def test_its_workbook_is_written_with_its_figures(
    house_of_three: Installation,
) -> None:
    (path,) = house_of_three.workbooks().values()
    assert path.name == "derde_2023-H2_intern.xlsx"
    sheet = openpyxl.load_workbook(path)["Tevredenheid"]
    values = {cell.value for row in sheet.iter_rows() for cell in row}
    assert {"derde", 0.625, 0.8, 0.72, 250} <= values


def test_its_parliamentary_answers_name_it_and_give_its_figure(
    house_of_three: Installation,
) -> None:
    ((question, answer),) = house_of_three.query(
        "select question_nl, answer from mart_parliamentary_answer"
        " where agency_code = 'derde' and question_code = '7a'"
    )
    assert "72,00 %" in answer
    assert "250" in answer
    assert question
    ((count,),) = house_of_three.query(
        "select count(*) from mart_parliamentary_answer where agency_code = 'derde'"
        " and answer <> ''"
    )
    assert count == 32
