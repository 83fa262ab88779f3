"""The published figures come out to the printed decimal, with what is wrong with them.

The figures stand here as literals, as the minister's answers print them. Nothing may be
repaired: a row that adds up to 103 % stays so and is named.
"""

import csv
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from conftest import Installation
from scipy import stats

Rows = Callable[[str], list[tuple[Any, ...]]]

# Question 196, answers 7a and 8a: period, channel, aspect, then the printed figures.
FONS = """
2022-H2 mail     aandacht          75,73 7,57  16,50 4,06 99,80
2022-H2 mail     duidelijkheid     74,83 8,76  16,41 4,05 100,00
2022-H2 mail     professionaliteit 78,76 8,50  12,54 4,16 99,80
2022-H2 mail     snelheid          71,47 10,61 17,92 3,92 100,00
2022-H2 telefoon aandacht          63,89 5,69  30,42 3,66 100,00
2022-H2 telefoon duidelijkheid     57,51 6,87  35,42 3,45 99,80
2022-H2 telefoon professionaliteit 60,68 7,58  31,44 3,59 99,70
2022-H2 telefoon snelheid          52,77 5,74  41,49 3,22 100,00
2023-H1 mail     aandacht          71,84 11,12 17,04 3,96 100,00
2023-H1 mail     duidelijkheid     72,26 7,96  19,78 3,9  100,00
2023-H1 mail     professionaliteit 73,63 11,26 15,11 3,99 100,00
2023-H1 mail     snelheid          63,60 10,44 25,96 3,64 100,00
2023-H1 telefoon aandacht          68,05 7,28  27,67 3,71 103,00
2023-H1 telefoon duidelijkheid     60,11 6,93  32,96 3,53 100,00
2023-H1 telefoon professionaliteit 54,44 16,84 28,72 3,51 100,00
2023-H1 telefoon snelheid          54,96 5,94  39,10 3,32 100,00
"""
PRINTED = [line.split() for line in FONS.strip().splitlines()]
QUERY = (
    "select period_code, channel_code, aspect_code, satisfied_share, neutral_share,"
    " dissatisfied_share, mean_score_5, mean_score_100 from mart_satisfaction where"
    " agency_code = 'vutg' and perimeter = 'as_reported' and basis = 'published' and"
    " period_grain = 'half_year' order by all"
)


def number(printed: str) -> float:
    return float(printed.rstrip("%").replace(",", "."))


# -- FONS -----------------------------------------------------------------------


def test_the_query_of_the_issue_gives_the_16_printed_rows(
    house: Installation,
) -> None:
    result = house.klantbeeld("query", QUERY, "--format", "csv")
    assert result.returncode == 0, result.stderr
    lines = list(csv.reader(result.stdout.splitlines()))
    assert lines[0] == [
        "period_code",
        "channel_code",
        "aspect_code",
        "satisfied_share",
        "neutral_share",
        "dissatisfied_share",
        "mean_score_5",
        "mean_score_100",
    ]
    found = [[*line[:3], *(float(figure) for figure in line[3:])] for line in lines[1:]]
    expected = [
        [
            *key,
            # Divided by 100 without a trace of binary noise.
            *(float(f"{number(share) / 100:.4f}") for share in (sat, neu, dis)),
            number(score),
            float(f"{(number(score) - 1) * 25:.2f}"),
        ]
        for *key, sat, neu, dis, score, _ in PRINTED
    ]
    assert found == expected


def test_mail_snelheid_of_2023_h1_is_66_of_100(rows: Rows) -> None:
    (found,) = [
        row for row in rows(QUERY) if row[:3] == ("2023-H1", "mail", "snelheid")
    ]
    assert found[3:] == (0.636, 0.1044, 0.2596, 3.64, 66.0)


def test_the_literals_are_those_of_the_source(domain: Path) -> None:
    with (domain / "fons_table.csv").open(encoding="utf-8") as stream:
        source = sorted(
            [
                "2023-H1" if row["period_start"] == "2023-01-01" else "2022-H2",
                row["channel"],
                row["aspect_code"],
                row["tevreden_raw"].rstrip("%"),
                row["neutraal_raw"].rstrip("%"),
                row["ontevreden_raw"].rstrip("%"),
                row["score5_raw"],
                row["som_pct"].replace(".", ","),
            ]
            for row in csv.DictReader(stream)
        )
    assert source == PRINTED


def test_what_was_printed_is_kept_beside_what_was_read(rows: Rows) -> None:
    found = rows(
        "select period_code, channel_code, aspect_code, satisfied_pct_printed,"
        " neutral_pct_printed, dissatisfied_pct_printed, score_5_printed,"
        " replace(share_sum_pct::varchar, '.', ',') from fct_published_result"
        " where agency_code = 'vutg' and score_5_printed is not null order by all"
    )
    assert [list(row) for row in found] == [
        [*key, f"{sat}%", f"{neu}%", f"{dis}%", score, total]
        for *key, sat, neu, dis, score, total in PRINTED
    ]


def test_the_row_of_103_percent_is_not_repaired(rows: Rows) -> None:
    assert rows(
        "select satisfied_share, neutral_share, dissatisfied_share, flags"
        " from mart_satisfaction where perimeter = 'as_reported'"
        " and basis = 'published' and period_code = '2023-H1'"
        " and channel_code = 'telefoon' and aspect_code = 'aandacht'"
    ) == [(0.6805, 0.0728, 0.2767, "base_unknown|sum_deviation")]


def test_no_base_interval_or_box_count_is_made_up_for_figures_without_n(
    rows: Rows,
) -> None:
    assert rows(
        "select distinct answer_count, satisfied_count, neutral_count,"
        " dissatisfied_count, dont_know_count, satisfied_share_low,"
        " satisfied_share_high from mart_satisfaction where basis = 'published'"
        " and agency_code = 'vutg'"
    ) == [(None,) * 7]


def test_the_nps_is_22_95_after_31_15(rows: Rows) -> None:
    assert rows(
        "select period_code, nps, promoter_count, nps_low from mart_nps"
        " where agency_code = 'vutg' and perimeter = 'as_reported'"
        " and basis = 'published' order by all"
    ) == [("2022-H2", 31.15, None, None), ("2023-H1", 22.95, None, None)]


# -- change ---------------------------------------------------------------------


def test_the_changes_are_shown_without_a_verdict_for_want_of_a_base(
    rows: Rows,
) -> None:
    found = {
        (channel, aspect): round(100 * difference, 2)
        for channel, aspect, difference in rows(
            "select channel_code, aspect_code, difference from mart_change"
            " where perimeter = 'as_reported' and agency_code = 'vutg'"
            " and basis = 'published' and metric = 'satisfied_share'"
            " and period_code = '2023-H1' and former_period_code = '2022-H2'"
        )
    }
    assert found == {
        ("mail", "snelheid"): -7.87,
        ("mail", "professionaliteit"): -5.13,
        ("mail", "duidelijkheid"): -2.57,
        ("mail", "aandacht"): -3.89,
        ("telefoon", "snelheid"): 2.19,
        ("telefoon", "professionaliteit"): -6.24,
        ("telefoon", "duidelijkheid"): 2.60,
        ("telefoon", "aandacht"): 4.16,
    }


def test_the_nps_fell_by_8_20(rows: Rows) -> None:
    assert rows(
        "select difference, verdict from mart_change where metric = 'nps'"
        " and perimeter = 'as_reported' and agency_code = 'vutg'"
        " and basis = 'published'"
    ) == [(-8.2, "unknown_base")]


def test_every_change_of_the_fons_figures_is_of_an_unknown_base(rows: Rows) -> None:
    assert rows(
        "select distinct verdict, p_value, p_value_holm, difference_low,"
        " difference_high, contains(reasons, 'base_unknown') from mart_change"
        " where agency_code = 'vutg' and basis = 'published'"
    ) == [("unknown_base", None, None, None, None, True)]


# -- findings -------------------------------------------------------------------


def test_exactly_five_rows_do_not_add_up_to_100(rows: Rows) -> None:
    assert rows(
        "select period_code, channel_code, aspect_code, figure"
        " from mart_quality_finding where rule = 'D1' order by all"
    ) == [
        ("2022-H2", "mail", "aandacht", "99,80"),
        ("2022-H2", "mail", "professionaliteit", "99,80"),
        ("2022-H2", "telefoon", "duidelijkheid", "99,80"),
        ("2022-H2", "telefoon", "professionaliteit", "99,70"),
        ("2023-H1", "telefoon", "aandacht", "103,00"),
    ]


def test_every_score_is_possible(rows: Rows) -> None:
    assert rows("select * from mart_quality_finding where rule = 'D2'") == []


def test_exactly_three_printed_directions_are_contradicted(rows: Rows) -> None:
    found = rows(
        "select channel_code, aspect_code, figure, message_nl"
        " from mart_quality_finding where rule = 'D8' order by all"
    )
    assert [row[:3] for row in found] == [
        ("mail", "professionaliteit", "−5,13"),
        ("mail", "snelheid", "−7,87"),
        ("telefoon", "professionaliteit", "−6,24"),
    ]
    for channel, _, figure, message in found:
        said = "lichte achteruitgang" if channel == "mail" else "vooruitgang"
        assert said in message
        assert figure in message


def test_the_phone_count_of_2023_has_no_period_and_says_so(rows: Rows) -> None:
    ((channel, figure, message, period),) = rows(
        "select channel_code, figure, message_nl, period_code"
        " from mart_quality_finding where rule = 'D4' and figure = '130.631'"
    )
    assert (channel, figure, period) == ("telefoon", "130.631", None)
    assert "130.631" in message
    assert "periode" in message


def test_the_score_printed_with_one_decimal_is_kept_and_named(rows: Rows) -> None:
    assert rows(
        "select period_code, channel_code, aspect_code, figure"
        " from mart_quality_finding where rule = 'D11'"
    ) == [("2023-H1", "mail", "duidelijkheid", "3,9")]


def test_the_complaint_forms_of_vlm_are_consistent_but_for_10_reasons_on_9(
    rows: Rows,
) -> None:
    found = rows(
        "select rule, period_code, figure, message_nl from mart_quality_finding"
        " where agency_code = 'vlm' and rule like 'K%'"
    )
    assert [row[:3] for row in found] == [("K10", "2014", "10")]
    assert "9" in found[0][3]


def test_every_finding_says_where_how_grave_and_from_which_source(rows: Rows) -> None:
    assert rows("select count(*) from mart_quality_finding") != [(0,)]
    assert (
        rows(
            "select finding_code from mart_quality_finding where"
            " severity not in ('error', 'warning', 'information')"
            " or coalesce(message_nl, '') = '' or contains(message_nl, '{')"
            " or coalesce(row_key, '') = '' or coalesce(source, '') = ''"
        )
        == []
    )


# -- complaints -----------------------------------------------------------------


def test_the_complaints_of_departement_zorg_stand_in_two_perimeters_flagged(
    rows: Rows,
) -> None:
    found = rows(
        "select perimeter, period_code, received_count, flags from mart_complaints"
        " where agency_code = 'departement-zorg' and basis = 'published' order by all"
    )
    assert found == [
        (perimeter, year, count, "perimeter_unknown")
        for perimeter in ("as_reported", "current")
        for year, count in (("2021", 142), ("2022", 159), ("2023", 127))
    ]


def test_the_complaints_of_departement_wvg_stand_as_reported_only(rows: Rows) -> None:
    found = rows(
        "select period_code, received_count, perimeter from mart_complaints"
        " where agency_code = 'departement-wvg' and complaint_line = 'EERSTELIJN'"
        " and basis = 'published' order by all"
    )
    assert found == [
        (year, count, "as_reported")
        for year, count in (
            ("2018", 27),
            ("2019", 27),
            ("2020", 46),
            ("2021", 23),
            ("2022", 26),
        )
    ]
    assert rows(
        "select distinct perimeter from mart_complaints"
        " where agency_code = 'departement-wvg' and basis = 'published'"
    ) == [("as_reported",)]


@pytest.mark.parametrize(
    "mart", ["mart_satisfaction", "mart_nps", "mart_complaints", "mart_response"]
)
def test_no_published_figure_stands_in_the_constant_perimeter(
    rows: Rows, mart: str
) -> None:
    published = f"from {mart} where basis = 'published'"
    perimeters = {row[0] for row in rows(f"select distinct perimeter {published}")}
    assert perimeters == {"as_reported", "current"}
    assert rows(f"select count(*) {published} and is_simulated") == [(0,)]


def test_no_published_figure_is_a_total_of_others(rows: Rows) -> None:
    for mart in ("mart_satisfaction", "mart_nps", "mart_complaints"):
        published = f"from {mart} where basis = 'published'"
        assert rows(f"select count(*) {published} and is_total") == [(0,)]


def test_the_break_of_1_june_2023_is_shown(rows: Rows) -> None:
    assert rows(
        "select event_date, predecessor_code, successor_code from dim_agency_event"
        " order by all"
    ) == [
        (date(2023, 6, 1), "azg", "departement-zorg"),
        (date(2023, 6, 1), "departement-wvg", "departement-zorg"),
    ]
    ((agency, message),) = rows(
        "select agency_code, message_nl from mart_quality_finding where rule = 'D10'"
    )
    assert agency == "departement-zorg"
    assert "1 juni 2023" in message


def test_stable_is_tested_and_not_contradicted(rows: Rows) -> None:
    expected = stats.chisquare([142, 159, 127])
    ((statistic, degrees, p_value, verdict, test),) = rows(
        "select test_statistic, degrees_of_freedom, p_value, verdict, test_name"
        " from mart_statement_check where claim = 'stable'"
    )
    assert statistic == pytest.approx(expected.statistic, rel=1e-9)
    assert p_value == pytest.approx(expected.pvalue, rel=1e-9)
    assert (round(statistic, 2), degrees, round(p_value, 2)) == (3.59, 2, 0.17)
    assert (verdict, test) == ("not_contradicted", "chi_square_homogeneity")


def test_the_complaint_form_of_vlm_2016_is_taken_over(rows: Rows) -> None:
    assert rows(
        "select registered_count, received_count, not_complaint_count,"
        " admissible_count, inadmissible_count, grounded_count,"
        " partly_grounded_count, ungrounded_count, within_45_days_count,"
        " over_45_days_count, mean_days from mart_complaints where agency_code = 'vlm'"
        " and period_code = '2016' and perimeter = 'as_reported'"
    ) == [(41, 38, 3, 25, 13, 5, 3, 17, 35, 3, 29.0)]


# -- counts ---------------------------------------------------------------------


def test_22_166_in_waarde_is_22166(rows: Rows) -> None:
    assert rows(
        "select value_printed, value, period_code from fct_published_count"
        " where measure_code = 'aantal_bevraagd' order by period_code"
    ) == [("22.166", 22166.0, "2022"), ("7.057", 7057.0, "2023-H1")]


def test_the_printed_response_rates_are_hedged_as_printed(rows: Rows) -> None:
    assert rows(
        "select channel_code, printed_response_rate, printed_response_rate_exactness,"
        " rr1, flags from mart_response where perimeter = 'as_reported'"
        " and printed_response_rate is not null order by all"
    ) == [
        ("mail", 0.10, "about", None, "period_missing|value_approximate"),
        ("telefoon", 0.02, "at_most", None, "period_missing|value_approximate"),
    ]


def test_every_published_row_of_the_samples_arrives_in_a_fact(
    house: Installation, rows: Rows
) -> None:
    accepted = dict.fromkeys(("published_result", "published_count"), 0)
    for path in (house.home / "lake" / "deliveries").glob("d*.json"):
        entry = json.loads(path.read_text(encoding="utf-8"))
        if entry["kind"] in accepted:
            accepted[entry["kind"]] += entry["accepted_count"]
    for kind, count in accepted.items():
        assert rows(f"select count(*) from fct_{kind}") == [(count,)]
