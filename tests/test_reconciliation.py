"""Computed figures stand beside the published ones, which stay as they were printed.

The judge is the table of the answer to question 196, read by the test's own reader.
"""

from collections.abc import Callable
from typing import Any

import pytest
from test_simulate import published

Rows = Callable[[str], list[tuple[Any, ...]]]
METRICS = ("satisfied_share", "neutral_share", "dissatisfied_share", "mean_score_5")


@pytest.fixture(scope="module")
def fons(rows: Rows) -> dict[tuple[str, str, str], dict[str, dict[str, Any]]]:
    """Each published cell of VUTG, by metric."""
    names = ("published_value", "computed_value", "difference", "verdict", "reasons")
    cells: dict[tuple[str, str, str], dict[str, dict[str, Any]]] = {}
    for *cell, metric, published_value, computed, difference, verdict, reasons in rows(
        f"select period_code, channel_code, aspect_code, metric, {', '.join(names)}"
        " from mart_reconciliation where agency_code = 'vutg' and perimeter = 'current'"
        " and is_simulated and aspect_code not in ('alle', 'aanbeveling')"
    ):
        values = (published_value, computed, difference, verdict, reasons)
        period, channel, aspect = cell
        cells.setdefault((period, channel, aspect), {})[metric] = dict(
            zip(names, values, strict=True)
        )
    return cells


def test_the_published_side_is_what_was_printed(fons) -> None:
    printed = published()
    assert set(fons) == set(printed)
    for cell, figures in printed.items():
        assert set(fons[cell]) == set(METRICS)
        for metric, figure in zip(METRICS, figures, strict=True):
            unit = 1 if metric == "mean_score_5" else 100
            found = unit * fons[cell][metric]["published_value"]
            assert found == pytest.approx(figure, abs=1e-9), cell


def test_the_simulated_fons_deliveries_reproduce_the_published_shares(fons) -> None:
    flawed = 0
    for cell, metrics in fons.items():
        shares = [metrics[metric] for metric in METRICS[:3]]
        whole = sum(share["published_value"] for share in shares)
        is_flawed = abs(whole - 1) > 0.0015
        flawed += is_flawed
        for share in shares:
            goal = share["published_value"] / (whole if is_flawed else 1)
            assert abs(share["computed_value"] - goal) <= 0.001, cell
            assert ("sum_deviation" in share["reasons"].split("|")) == is_flawed, cell
            assert share["difference"] == pytest.approx(
                share["computed_value"] - share["published_value"]
            )
    assert flawed == 5


def test_an_nps_of_all_channels_is_held_against_their_counts_together(
    rows: Rows,
) -> None:
    found = rows(
        "select period_code, published_value, computed_value, answer_count, reasons"
        " from mart_reconciliation where metric = 'nps' and agency_code = 'vutg'"
        " and perimeter = 'current' order by all"
    )
    counts = dict(
        (period, (promoters, detractors, count))
        for period, promoters, detractors, count in rows(
            "select period_code, sum(promoter_count), sum(detractor_count),"
            " sum(answer_count) from mart_nps where basis = 'computed'"
            " and perimeter = 'current' and agency_code = 'vutg' and is_total"
            " and period_grain = 'half_year' group by period_code"
        )
    )
    assert [row[:2] for row in found] == [("2022-H2", 31.15), ("2023-H1", 22.95)]
    for period, _, computed, answers, reasons in found:
        promoters, detractors, count = counts[period]
        assert computed == pytest.approx(100 * (promoters - detractors) / count)
        assert answers == count
        assert reasons == "pooled|simulated"


def test_complaints_and_invitations_stand_beside_what_was_published(rows: Rows) -> None:
    assert rows(
        "select agency_code, metric, period_code, published_value, computed_value"
        " from mart_reconciliation where perimeter = 'current' and is_simulated"
        " and metric in ('received_count', 'invited_count') order by all"
    ) == [
        ("departement-zorg", "received_count", "2021", 142, 142),
        ("departement-zorg", "received_count", "2022", 159, 159),
        ("departement-zorg", "received_count", "2023", 127, 127),
        ("vutg", "invited_count", "2023-H1", 7057, 7057),
    ]


def test_simulated_answers_confirm_nothing(rows: Rows) -> None:
    assert rows(
        "select distinct verdict from mart_reconciliation where is_simulated"
    ) == [("simulated",)]
    # The samples hold no real rows of respondents: nothing real is computed.
    assert rows(
        "select distinct verdict, computed_value from mart_reconciliation"
        " where not is_simulated"
    ) == [("not_computed", None)]
