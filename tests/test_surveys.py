"""Answers of respondents become figures by one method, whatever scale they came on.

The judges are from the definition: pure Python over the delivered files, statsmodels
for intervals.
"""

import csv
import json
import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

import duckdb
import pytest
from conftest import PROJECT, Installation
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sql_macros import model_sql
from statsmodels.stats.proportion import proportion_confint
from test_simulate import FEEDS, csv_rows, published, sheet_rows

from dagster_project.publish import current_publication, mart_names
from dagster_project.simulate import ASPECTS

Rows = Callable[[str], list[tuple[Any, ...]]]
Answer = tuple[str, str, date, str]
DONT_KNOW = ("weet niet", "n.v.t.")
# The box of each value, written out: satisfied, neutral, dissatisfied.
BOXES = {
    "likert-5": ({4, 5}, {3}, {1, 2}),
    "likert-5-omgekeerd": ({1, 2}, {3}, {4, 5}),
    "likert-7": ({5, 6, 7}, {4}, {1, 2, 3}),
    "rapportcijfer-10": ({8, 9, 10}, {6, 7}, {1, 2, 3, 4, 5}),
    "smiley-4": ({3, 4}, set(), {1, 2}),
    "smiley-3": ({3}, {2}, {1}),
    "nps-0-10": ({9, 10}, {7, 8}, {0, 1, 2, 3, 4, 5, 6}),
    "tevreden-5": ({4, 5}, {3}, {1, 2}),
}
SCALES = {
    "fons-mail": "likert-5",
    "fons-telefoon": "likert-5-omgekeerd",
    "zorgkas-mail": "rapportcijfer-10",
    "eloket-zorgberoepen": "likert-7",
    "1700-nagesprek": "smiley-4",
}


def score_100(values: list[int], scale: str) -> float:
    """The mean on 0 to 100: where a value lies between the worst and the best one."""
    numbers = set().union(*BOXES[scale])
    worst, best = min(numbers), max(numbers)
    if worst in BOXES[scale][0]:
        worst, best = best, worst
    return math.fsum(100 * (v - worst) / (best - worst) for v in values) / len(values)


# -- the delivered files, read by the test's own readers -----------------------------


def delivered() -> Iterator[Answer]:
    """Instrument, aspect, day and answer as text, of every accepted answer."""
    for path in sorted((FEEDS / "vutg/mail_survey").iterdir()):
        for row in csv_rows(path, "cp1252", ";"):
            day = datetime.strptime(row["Datum"], "%d/%m/%Y").date()
            for aspect, title in ASPECTS.items():
                yield "fons-mail", aspect, day, row[title]
            yield "fons-mail", "aanbeveling", day, row["Zou u FONS aanbevelen (0-10)?"]
    for path in sorted((FEEDS / "vutg/phone_survey").iterdir()):
        titles = {a: f"Toets {n}: {a}" for n, a in enumerate(ASPECTS, 1)}
        for row in sheet_rows(path):
            if max(row[title] for title in titles.values()) > 5:
                continue
            for aspect, title in (titles | {"aanbeveling": "Aanbeveling"}).items():
                yield "fons-telefoon", aspect, row["Datum"].date(), str(row[title])
    folder = FEEDS / "departement-zorg"
    for path in sorted((folder / "zorgkas_mail_survey").iterdir()):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            day = date.fromisoformat(row["ingevuld_op"])
            yield "zorgkas-mail", "algemeen", day, str(row["tevredenheid"])
            yield "zorgkas-mail", "duidelijkheid", day, str(row["duidelijkheid"])
    for path in sorted((folder / "eloket_survey").iterdir()):
        for row in sheet_rows(path):
            _, day, _, overall, clarity, ease, _ = row.values()
            answers = {
                "algemeen": overall,
                "duidelijkheid": clarity,
                "gebruiksgemak": ease,
            }
            for aspect, answer in answers.items():
                yield "eloket-zorgberoepen", aspect, day.date(), str(answer)
    for path in sorted((FEEDS / "1700/after_call_survey").iterdir()):
        faces = {face: str(n) for n, face in enumerate("😠🙁🙂😀", 1)}
        for row in csv_rows(path, "utf-8", ",", skip=2):
            day = datetime.strptime(row["dag"], "%Y%m%d").date()
            answer = faces.get(row["smiley"], row["smiley"])
            yield "1700-nagesprek", "algemeen", day, answer


def periods_of(day: date) -> tuple[str, ...]:
    half, quarter = (day.month + 5) // 6, (day.month + 2) // 3
    return (
        f"{day.year}",
        f"{day.year}-H{half}",
        f"{day.year}-Q{quarter}",
        f"{day.year}-{day.month:02d}",
    )


@pytest.fixture(scope="module")
def answers() -> dict[tuple[str, str, str], list[str]]:
    """All answers as text per instrument, aspect and period."""
    found = defaultdict(list)
    for instrument, aspect, day, answer in delivered():
        for period in periods_of(day):
            found[instrument, aspect, period].append(answer)
    return found


# -- the sample deliveries ------------------------------------------------------------


def test_fons_comes_out_as_published(rows: Rows) -> None:
    figures = published()
    found = {
        (period, channel, aspect): shares
        for period, channel, aspect, *shares in rows(
            "select period_code, channel_code, aspect_code, satisfied_share,"
            " neutral_share, dissatisfied_share, mean_score_5 from mart_satisfaction"
            " where basis = 'computed' and perimeter = 'current'"
            " and agency_code = 'vutg' and is_total and period_grain = 'half_year'"
        )
    }
    assert set(found) == set(figures)
    for cell, printed in figures.items():
        whole = sum(printed[:3])
        if abs(whole - 100) < 1e-9:
            whole = 100
        *shares, score = found[cell]
        for share, pct in zip(shares, printed[:3], strict=True):
            assert abs(100 * share - 100 * pct / whole) <= 0.1, cell
        assert abs(score - printed[3]) <= 0.01, cell


def test_the_nps_of_fons_comes_out_as_published(rows: Rows) -> None:
    for period, promoters, detractors, count in rows(
        "select period_code, sum(promoter_count), sum(detractor_count),"
        " sum(answer_count) from mart_nps where basis = 'computed' and is_total"
        " and perimeter = 'current' and agency_code = 'vutg'"
        " and period_grain = 'half_year' group by period_code"
    ):
        goal = {"2022-H2": 31.15, "2023-H1": 22.95}[period]
        assert abs(100 * (promoters - detractors) / count - goal) <= 0.1


def test_five_scales_meet_and_every_count_is_that_of_the_files(
    rows: Rows, answers: dict[tuple[str, str, str], list[str]]
) -> None:
    found = {
        row[:3]: row[3:]
        for row in rows(
            "select instrument_code, aspect_code, period_code, scale_code,"
            " answer_count, satisfied_count, neutral_count, dissatisfied_count,"
            " dont_know_count, mean_score_100, satisfied_share_with_dont_know,"
            " satisfied_share_low, satisfied_share_high from mart_satisfaction"
            " where basis = 'computed' and perimeter = 'as_reported' and is_total"
        )
    }
    expected = {cell for cell in answers if cell[1] != "aanbeveling"}
    assert set(found) == expected
    assert {scale for scale, *_ in found.values()} == set(SCALES.values())
    for cell in expected:
        scale, n, *counts, unknown, score, share, low, high = found[cell]
        assert scale == SCALES[cell[0]]
        values = [int(a) for a in answers[cell] if a not in DONT_KNOW]
        boxes = [sum(value in box for value in values) for box in BOXES[scale]]
        assert (n, counts, unknown) == (
            len(values),
            boxes,
            len(answers[cell]) - len(values),
        ), cell
        assert score == pytest.approx(score_100(values, scale), rel=1e-12)
        assert share == pytest.approx(boxes[0] / len(answers[cell]), rel=1e-12)
        wilson = proportion_confint(boxes[0], n, method="wilson")
        assert (low, high) == pytest.approx(wilson, rel=1e-12, abs=1e-15)


def test_the_interval_of_a_mean_is_that_of_the_answers_and_of_nothing_else(
    rows: Rows, answers: dict[tuple[str, str, str], list[str]]
) -> None:
    found = {
        (aspect, period): figures
        for aspect, period, *figures in rows(
            "select aspect_code, period_code, mean_score_100_low, mean_score_100_high,"
            " interval_meaning from mart_satisfaction where basis = 'computed'"
            " and perimeter = 'as_reported' and is_total"
            " and instrument_code = 'zorgkas-mail'"
        )
    }
    assert found
    for (aspect, period), (low, high, meaning) in found.items():
        texts = answers["zorgkas-mail", aspect, period]
        scores = [100 * (int(a) - 1) / 9 for a in texts if a not in DONT_KNOW]
        half = stats.t.ppf(0.975, len(scores) - 1) * stats.sem(scores)
        mean = statistics.fmean(scores)
        assert (low, high) == pytest.approx((mean - half, mean + half), rel=1e-6)
        assert meaning == "spread_on_repetition"
    assert rows(
        "select count(*) filter (where mean_score_100_low is not null)"
        " from mart_satisfaction where basis = 'published'"
    ) == [(0,)]


def test_every_nps_is_that_of_the_files(
    rows: Rows, answers: dict[tuple[str, str, str], list[str]]
) -> None:
    found = {
        (instrument, period): figures
        for instrument, period, *figures in rows(
            "select instrument_code, period_code, answer_count, promoter_count,"
            " passive_count, detractor_count, nps from mart_nps"
            " where basis = 'computed' and perimeter = 'as_reported' and is_total"
        )
    }
    expected = {
        (i, p): texts for (i, a, p), texts in answers.items() if a == "aanbeveling"
    }
    assert set(found) == set(expected)
    for cell, texts in expected.items():
        values = [int(text) for text in texts if text not in DONT_KNOW]
        promoters = sum(value >= 9 for value in values)
        detractors = sum(value <= 6 for value in values)
        passives = len(values) - promoters - detractors
        nps = 100 * (promoters - detractors) / len(values)
        assert found[cell] == pytest.approx(
            [len(values), promoters, passives, detractors, nps], rel=1e-12
        )


def test_improvement_points_are_those_that_were_ticked(rows: Rows) -> None:
    ticked, asked = Counter(), Counter()
    for path in sorted((FEEDS / "vutg/mail_survey").iterdir()):
        for row in csv_rows(path, "cp1252", ";"):
            day = datetime.strptime(row["Datum"], "%d/%m/%Y").date()
            for period in periods_of(day):
                asked[period] += 1
                for point in row["Verbeterpunten"].split(", "):
                    if point != "n.v.t.":
                        ticked[period, point.replace(" ", "_")] += 1
    found = rows(
        "select period_code, theme_code, mention_count, response_count, mention_share"
        " from mart_improvement_point where basis = 'computed' and not is_predicted"
        " and perimeter = 'as_reported' and channel_code = 'mail'"
    )
    assert {(p, theme): count for p, theme, count, *_ in found} == ticked
    assert {p: base for p, _, _, base, _ in found} == asked
    for _, _, count, base, share in found:
        assert share == pytest.approx(count / base, rel=1e-12)
    assert rows(
        "select theme_code, mention_share, mention_count, response_count"
        " from mart_improvement_point where basis = 'published'"
        " and perimeter = 'current' order by all"
    ) == [
        ("duidelijker_antwoord", 0.2156, None, None),
        ("vollediger_antwoord", 0.2462, None, None),
    ]


def test_simulated_and_real_figures_never_share_a_row(rows: Rows) -> None:
    for mart in ("mart_satisfaction", "mart_nps", "mart_improvement_point"):
        assert rows(
            f"select distinct is_simulated, basis from {mart} order by all"
        ) == [
            (False, "published"),
            (True, "computed"),
        ]


def test_no_answer_of_one_person_is_published(
    house: Installation, rows: Rows, manifest: dict[str, Any]
) -> None:
    facts = {"fct_survey_response", "fct_survey_answer"}
    held = {name for (name,) in rows("select table_name from duckdb_tables()")}
    assert held == set(mart_names(manifest))
    assert not held & facts
    folder = current_publication(house.settings).folder
    assert not [path for path in folder.rglob("*") if path.stem in facts]


def test_the_facts_hold_one_row_an_answer_and_no_text(
    house: Installation, answers: dict[tuple[str, str, str], list[str]]
) -> None:
    years = {cell: texts for cell, texts in answers.items() if len(cell[2]) == 4}
    with duckdb.connect(house.settings.warehouse, read_only=True) as warehouse:
        fact = warehouse.sql("from marts.fct_survey_answer")
        assert [str(kind) for kind in fact.types] == [
            "SMALLINT",
            "INTEGER",
            "SMALLINT",
            "TINYINT",
        ]
        found = warehouse.sql(
            "select int_response_groups.instrument_code, aspect_code,"
            " year(answered_on)::varchar, count(*) from marts.fct_survey_answer"
            " inner join marts.fct_survey_response using (delivery_ordinal, row_number)"
            " inner join intermediate.int_response_groups"
            " using (delivery_ordinal, response_group_number)"
            " inner join reference.questions using (question_id)"
            " where questions.instrument_code = int_response_groups.instrument_code"
            " group by all"
        ).fetchall()
    assert {row[:3]: row[3] for row in found} == {
        cell: len(texts) for cell, texts in years.items()
    }


# -- any answers: the models themselves on made-up counts ------------------------------


@pytest.fixture(scope="module")
def models() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"threads": 1})
    reference = PROJECT / "seeds/reference"
    connection.execute(
        f"create table scales as from read_csv('{reference / 'scales.csv'}',"
        " types = {'conversion_version': 'varchar', 'neutral_values': 'varchar',"
        " 'satisfied_values': 'varchar', 'dissatisfied_values': 'varchar'});"
        """
        create view dim_scale as from scales;
        create table dim_instrument (
            instrument_code text, label_nl text, object_judged_code text,
            mode_code text, scale_code text, sampling_code text
        );
        create table int_published_perimeters (
            perimeter text, event_code text, agency_code text
        );
        create table fct_published_result (
            is_latest_vintage boolean, is_simulated boolean, agency_code text,
            service_code text, instrument_code text, channel_code text,
            aspect_code text, period_grain text, period_code text,
            period_start date, period_end date, answer_count bigint,
            satisfied_share double, neutral_share double, dissatisfied_share double,
            mean_score_5 double, mean_score_100 double, nps double, flags text,
            source text
        );
        create table int_published_questions (
            agency_code text, aspect_code text, question_code text, scale_code text
        );
        create table int_month_periods as select
            date '2023-02-01' as month_start, 'month' as period_grain,
            '2023-02' as period_code, date '2023-02-01' as period_start,
            date '2023-02-28' as period_end;
        -- Two agencies that are one today.
        create table int_perimeters as
        select 'as_reported' as perimeter, 'geen' as event_code, agency as
            delivered_agency_code, service as delivered_service_code,
            date '0001-01-01' as valid_from, date '9999-12-31' as valid_to,
            agency as agency_code, service as service_code
        from (values ('a'), ('b')) agencies (agency), (values ('s'), ('t')) s (service)
        union all
        select 'current', 'geen', agency, service, date '0001-01-01',
            date '9999-12-31', 'ab', service
        from (values ('a'), ('b')) agencies (agency), (values ('s'), ('t')) s (service);
        """ + f"create view int_scale_values as {model_sql('int_scale_values')}"
    )
    return connection


Group = tuple[str, str, str, list[int], int]


def figures(connection: duckdb.DuckDBPyConnection, groups: list[Group]) -> None:
    """Both marts over groups of agency, service, scale, values and don't-knows."""
    connection.execute("begin")
    connection.execute(
        """
        create table int_response_groups (
            delivery_ordinal smallint, response_group_number int,
            agency_code text, service_code text,
            instrument_code text, channel_code text, answered_on date,
            is_simulated boolean
        );
        create table int_asked_questions (
            delivery_ordinal smallint, response_group_number int,
            aspect_code text, scale_code text,
            question_code text
        );
        create table int_answer_counts (
            delivery_ordinal smallint, response_group_number int,
            aspect_code text, answer_value int,
            answer_count bigint
        )
        """
    )
    for number, (agency, service, scale, values, unknown) in enumerate(groups):
        aspect = "aanbeveling" if scale == "nps-0-10" else "algemeen"
        connection.execute(
            "insert into int_response_groups values (1, ?, ?, ?, ?, 'mail',"
            " date '2023-02-14', true)",
            [number, agency, service, f"i-{scale}"],
        )
        connection.execute(
            "insert into int_asked_questions values (1, ?, ?, ?, ?)",
            [number, aspect, scale, f"{agency}-{scale}"],
        )
        counts = Counter(values)
        if unknown:
            counts[-1] = unknown
        for value, count in counts.items():
            connection.execute(
                "insert into int_answer_counts values (1, ?, ?, ?, ?)",
                [number, aspect, value, count],
            )
    for model in ("int_satisfaction_cells", "mart_satisfaction", "mart_nps"):
        connection.execute(f"create table {model} as {model_sql(model)}")


def asked(
    connection: duckdb.DuckDBPyConnection, groups: list[Group], sql: str
) -> list[tuple[Any, ...]]:
    figures(connection, groups)
    try:
        return connection.sql(sql).fetchall()
    finally:
        connection.execute("rollback")


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [([4], None, None), ([4, 4, 4], 75.0, 75.0), ([], None, None)],
)
def test_the_interval_of_a_mean_at_its_edges(
    models: duckdb.DuckDBPyConnection,
    values: list[int],
    low: float | None,
    high: float | None,
) -> None:
    # One don't-know, so that there is a row without answers as well.
    assert asked(
        models,
        [("a", "s", "likert-5", values, 1)],
        "select mean_score_100_low, mean_score_100_high from mart_satisfaction"
        " where perimeter = 'current' and is_total",
    ) == [(low, high)]


def some_values(scale: str, least: int = 0) -> st.SearchStrategy[list[int]]:
    return st.lists(
        st.sampled_from(sorted(set().union(*BOXES[scale]))),
        min_size=least,
        max_size=40,
    )


def a_group(scales: list[str], least: int = 0) -> st.SearchStrategy[Group]:
    return st.sampled_from(scales).flatmap(
        lambda scale: st.tuples(
            st.sampled_from("ab"),
            st.sampled_from("st"),
            st.just(scale),
            some_values(scale, least),
            st.integers(0, 5),
        )
    )


SATISFACTION = [scale for scale in BOXES if scale != "nps-0-10"]
SHARES = (
    "select instrument_code, satisfied_share, neutral_share, dissatisfied_share,"
    " mean_score_100, answer_count, satisfied_count, dont_know_count"
    " from mart_satisfaction where perimeter = 'current' and is_total order by all"
)


@settings(max_examples=25, deadline=None)
@given(groups=st.lists(a_group(SATISFACTION), min_size=1, max_size=6))
def test_boxes_and_scores_are_those_of_the_definition(
    models: duckdb.DuckDBPyConnection, groups: list[Group]
) -> None:
    by_scale: dict[str, list[Group]] = defaultdict(list)
    for group in groups:
        if group[3] or group[4]:
            by_scale[group[2]].append(group)
    found = {row[0]: row[1:] for row in asked(models, groups, SHARES)}
    assert set(found) == {f"i-{scale}" for scale in by_scale}
    for scale, parts in by_scale.items():
        values = [value for part in parts for value in part[3]]
        *shares, score, count, _, unknown = found[f"i-{scale}"]
        assert count == len(values)
        assert unknown == sum(part[4] for part in parts)
        if not values:
            assert [*shares, score] == [None] * 4
            continue
        boxes = [sum(v in box for v in values) / count for box in BOXES[scale]]
        assert shares == pytest.approx(boxes, rel=1e-12)
        assert score == pytest.approx(score_100(values, scale), rel=1e-12, abs=1e-12)


@settings(max_examples=15, deadline=None)
@given(group=a_group(SATISFACTION, least=1), more=st.integers(1, 9))
def test_a_dont_know_more_changes_no_share(
    models: duckdb.DuckDBPyConnection, group: Group, more: int
) -> None:
    ((_, *before, unknown),) = asked(models, [group], SHARES)
    grown = (*group[:4], group[4] + more)
    ((_, *after, unknown_after),) = asked(models, [grown], SHARES)
    assert after == before
    assert unknown_after == unknown + more


@settings(max_examples=15, deadline=None)
@given(left=some_values("nps-0-10", 1), right=some_values("nps-0-10", 1))
def test_the_nps_of_a_union_lies_between_its_parts(
    models: duckdb.DuckDBPyConnection, left: list[int], right: list[int]
) -> None:
    groups: list[Group] = [
        ("a", "s", "nps-0-10", left, 0),
        ("b", "s", "nps-0-10", right, 1),
    ]
    found = dict(
        asked(models, groups, "select agency_code, nps from mart_nps where is_total")
    )
    low, high = sorted((found["a"], found["b"]))
    assert low - 1e-9 <= found["ab"] <= high + 1e-9


@settings(max_examples=15, deadline=None)
@given(groups=st.lists(a_group(list(BOXES)), min_size=1, max_size=6))
def test_sums_agree_across_perimeters_and_services(
    models: duckdb.DuckDBPyConnection, groups: list[Group]
) -> None:
    sums = asked(
        models,
        groups,
        "select perimeter, is_total, sum(answer_count), sum(satisfied_count),"
        " sum(dont_know_count), sum(score_sum), sum(score_square_sum)"
        " from int_satisfaction_cells group by all",
    )
    assert len({row[2:] for row in sums}) <= 1
    values = [value for group in groups for value in group[3]]
    if sums:
        assert sums[0][2] == len(values)
        assert sums[0][5:] == (sum(values), sum(value**2 for value in values))


def test_two_scales_in_one_row_have_shares_and_no_score(
    models: duckdb.DuckDBPyConnection,
) -> None:
    figures(models, [("a", "s", "likert-5", [5, 5, 1], 0)])
    models.execute(
        "insert into int_satisfaction_cells select * replace ('likert-7' as scale_code)"
        " from int_satisfaction_cells"
    )
    found = models.sql(
        "select scale_code, answer_count, satisfied_share, mean_score_100, flags from"
        f" ({model_sql('mart_satisfaction')}) where is_total and perimeter = 'current'"
    ).fetchall()
    models.execute("rollback")
    assert found == [("gemengd", 6, 4 / 6, None, "few_answers|mixed_scales")]


def test_every_value_of_a_scale_stands_in_exactly_one_box() -> None:
    with (PROJECT / "seeds/reference/scales.csv").open(encoding="utf-8") as stream:
        scales = {row["scale_code"]: row for row in csv.DictReader(stream)}
    assert set(scales) == set(BOXES)
    for code, row in scales.items():
        boxes = [
            {int(value) for value in row[f"{box}_values"].split("|") if value}
            for box in ("satisfied", "neutral", "dissatisfied")
        ]
        assert boxes == list(BOXES[code])
        every = set(range(int(row["raw_min"]), int(row["raw_max"]) + 1))
        assert sorted(value for box in boxes for value in box) == sorted(every)
