"""Figures stand side by side only where they compare; elsewhere the reasons do.

The expected table was written by hand from the method and the answers to questions 192
and 196. The macros are rendered without dbt and executed by DuckDB.
"""

import csv
import random
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import PROJECT, Installation
from sql_macros import model_sql, rendered

Rows = Callable[[str], list[tuple[Any, ...]]]

DBT = PROJECT / "dbt_project"
REFERENCE = PROJECT / "seeds" / "reference"

FONS = {"fons-mail", "fons-telefoon"}
# Per pair of instruments what keeps their figures apart on an aspect that both ask, or
# on any where they share none. Question 196: FONS asks about its service (4g), by mail
# and by phone (5), by self-selection (4e). Question 192: 1700 asks how the call was
# handled and Zorgkas about its answer, by mail; about mode and sampling it says no more
# (1-10+12); the survey on the online service desk is announced (11). The NPS names no
# instrument (7a).
PUBLISHED = {
    ("fons-mail", "fons-mail"): ("green", ""),
    ("fons-mail", "fons-telefoon"): ("amber", "mode"),
    ("fons-telefoon", "fons-telefoon"): ("green", ""),
    ("fons-mail", "niet-vermeld"): (
        "red",
        "aspect scale_family unknown_mode unknown_object_judged unknown_sampling",
    ),
    ("fons-telefoon", "niet-vermeld"): (
        "red",
        "aspect scale_family unknown_mode unknown_object_judged unknown_sampling",
    ),
    ("niet-vermeld", "niet-vermeld"): (
        "amber",
        "unknown_mode unknown_object_judged unknown_sampling",
    ),
}
# The simulated surveys ask with the words and on the scales of their sample files.
SIMULATED = {
    ("fons-mail", "fons-mail"): ("green", ""),
    ("fons-telefoon", "fons-telefoon"): ("green", ""),
    ("zorgkas-mail", "zorgkas-mail"): ("amber", "unknown_sampling"),
    ("1700-nagesprek", "1700-nagesprek"): ("amber", "unknown_mode unknown_sampling"),
    ("eloket-zorgberoepen", "eloket-zorgberoepen"): (
        "amber",
        "unknown_mode unknown_sampling",
    ),
    ("fons-mail", "fons-telefoon"): ("amber", "mode wording"),
    ("fons-mail", "zorgkas-mail"): (
        "red",
        "object_judged scale_family unknown_sampling wording",
    ),
    ("fons-telefoon", "zorgkas-mail"): (
        "red",
        "mode object_judged scale_family unknown_sampling wording",
    ),
    ("1700-nagesprek", "fons-mail"): (
        "red",
        "aspect object_judged scale_family unknown_mode unknown_sampling",
    ),
    ("1700-nagesprek", "fons-telefoon"): (
        "red",
        "aspect object_judged scale_family unknown_mode unknown_sampling",
    ),
    ("1700-nagesprek", "zorgkas-mail"): (
        "red",
        "object_judged scale_family unknown_mode unknown_sampling wording",
    ),
    ("1700-nagesprek", "eloket-zorgberoepen"): (
        "red",
        "object_judged scale_family unknown_mode unknown_sampling wording",
    ),
    ("eloket-zorgberoepen", "fons-mail"): (
        "red",
        "object_judged scale_family unknown_mode unknown_sampling wording",
    ),
    ("eloket-zorgberoepen", "fons-telefoon"): (
        "red",
        "object_judged scale_family unknown_mode unknown_sampling wording",
    ),
    ("eloket-zorgberoepen", "zorgkas-mail"): (
        "red",
        "object_judged scale_family unknown_mode unknown_sampling wording",
    ),
}

CELLS = """
    select is_simulated, instrument_code, aspect_code, comparability_key
    from mart_satisfaction where perimeter = 'as_reported'
    union
    select is_simulated, instrument_code, 'aanbeveling', comparability_key
    from mart_nps where perimeter = 'as_reported'
"""


# -- the instruments ------------------------------------------------------------


@pytest.mark.parametrize(
    ("is_simulated", "expected"), [(False, PUBLISHED), (True, SIMULATED)]
)
def test_every_pair_of_instruments_has_the_verdict_of_method_and_sources(
    rows: Rows,
    is_simulated: bool,  # noqa: FBT001
    expected: dict[tuple[str, str], tuple[str, str]],
) -> None:
    pairs = rows(
        f"""
        with cells as ({CELLS})
        select a.instrument_code, b.instrument_code, a.aspect_code = b.aspect_code,
            verdict, reasons
        from cells as a
        inner join cells as b
            on a.is_simulated = b.is_simulated
            and a.instrument_code <= b.instrument_code
        inner join mart_comparability
            on key_a = least(a.comparability_key, b.comparability_key)
            and key_b = greatest(a.comparability_key, b.comparability_key)
        where a.is_simulated = {is_simulated}
        """
    )
    found: dict[tuple[str, str], set[tuple[str, str]]] = {}
    sharing = {(one, other) for one, other, is_shared, *_ in pairs if is_shared}
    for one, other, is_shared, verdict, reasons in pairs:
        if is_shared or (one, other) not in sharing:
            found.setdefault((one, other), set()).add(
                (verdict, reasons.replace("|", " "))
            )
    # One verdict a pair: on whichever aspect they meet.
    assert found == {pair: {verdict} for pair, verdict in expected.items()}


def test_figures_on_two_aspects_never_compare(rows: Rows) -> None:
    ((pairs, red),) = rows(
        """
        select count(*),
            count(*) filter (where verdict = 'red' and reasons like 'aspect%')
        from mart_comparability
        where split_part(key_a, '|', 1) <> split_part(key_b, '|', 1)
        """
    )
    assert pairs == red > 100


def test_every_pair_of_keys_is_judged_once(rows: Rows) -> None:
    keys = {key for *_, key in rows(CELLS.replace("'as_reported'", "perimeter"))}
    pairs = [
        tuple(pair) for pair in rows("select key_a, key_b from mart_comparability")
    ]
    assert len(pairs) == len(set(pairs)) == len(keys) * (len(keys) + 1) // 2
    assert {key for pair in pairs for key in pair} == keys
    assert all(one <= other for one, other in pairs)


# -- the views that compare -----------------------------------------------------


def test_what_does_not_compare_has_no_number(rows: Rows) -> None:
    found = rows(
        "select value, other_value, answer_count, other_answer_count, is_rankable,"
        " comparison_nl, reasons_nl from mart_comparison where verdict = 'red'"
    )
    assert found
    for *numbers, is_rankable, sentence, reasons in found:
        assert numbers == [None] * 4
        assert not is_rankable
        assert reasons
        assert sentence == f"niet vergelijkbaar: {reasons}"


def test_what_compares_has_its_numbers_and_its_reserves(rows: Rows) -> None:
    found = rows(
        "select value, other_value, verdict, reasons, is_rankable, comparison_nl,"
        " reasons_nl from mart_comparison where verdict <> 'red'"
    )
    assert found
    for value, other_value, verdict, reasons, is_rankable, sentence, words in found:
        assert value is not None
        assert other_value is not None
        assert is_rankable == (verdict == "green") == (reasons == "")
        assert words in sentence


def test_1700_zorgkas_and_fons_never_stand_side_by_side_as_numbers(
    marts: duckdb.DuckDBPyConnection, rows: Rows
) -> None:
    columns = rows("select table_name, column_name, data_type from duckdb_columns()")
    comparing = {
        table for table, name, _ in columns if name.startswith("other_instrument")
    }
    assert "mart_comparison" in comparing
    object_judged = """
        case when {0} like 'fons-%' then 'service'
            when {0} = 'zorgkas-mail' then 'answer'
            when {0} = '1700-nagesprek' then 'call' end
    """
    for table in comparing:
        numbers = [
            name
            for of, name, data_type in columns
            if of == table and data_type in ("DOUBLE", "BIGINT", "INTEGER")
        ]
        one = object_judged.format("instrument_code")
        other = object_judged.format("other_instrument_code")
        ((pairs, with_number),) = marts.sql(
            f"select count(*), count(coalesce({', '.join(numbers)})) from {table}"
            f" where {one} <> {other}"
        ).fetchall()
        assert pairs, f"{table} has no such pair: the test says nothing"
        assert not with_number
    # An action is held against another figure only where the two compare.
    one = object_judged.format("instrument_code")
    other = object_judged.format("comparison_instrument_code")
    ((compared, apart),) = rows(
        f"select count(*), count(case when {one} <> {other} then 1 end)"
        " from mart_action_effect where comparison_instrument_code is not null"
    )
    assert compared
    assert not apart


def test_no_mart_lays_two_instruments_beside_each_other_in_another_way(
    rows: Rows,
) -> None:
    """A mart that compares says so by its columns, so that the test above finds it."""
    pairing = rows(
        """
        select table_name, column_name from duckdb_columns()
        where column_name like '%instrument\\_code' escape '\\'
            and column_name not in ('instrument_code', 'other_instrument_code')
        """
    )
    assert pairing == [("mart_action_effect", "comparison_instrument_code")]


def test_a_comparison_is_of_the_latest_period_that_both_have(
    house: Installation, rows: Rows
) -> None:
    expected = house.query(
        """
        with cells as (
            select distinct instrument_code, period_grain, period_code, period_start
            from mart_satisfaction
            where perimeter = 'current' and is_simulated
                and aspect_code = 'duidelijkheid'
        )
        select a.instrument_code, b.instrument_code, a.period_grain,
            max_by(a.period_code, a.period_start)
        from cells as a inner join cells as b using (period_code)
        where a.instrument_code <> b.instrument_code
        group by all
        """
    )
    found = rows(
        """
        select instrument_code, other_instrument_code, period_grain, period_code
        from mart_comparison
        where perimeter = 'current' and is_simulated and aspect_code = 'duidelijkheid'
            and metric = 'satisfied_share'
        """
    )
    assert found
    assert {(*sorted(pair), grain, period) for *pair, grain, period in expected} == {
        (*sorted(pair), grain, period) for *pair, grain, period in found
    }
    assert len(found) == len(set(found))


def test_real_and_simulated_figures_are_never_compared(rows: Rows) -> None:
    found = rows(
        "select distinct instrument_code, other_instrument_code from mart_comparison"
        " where not is_simulated"
    )
    assert {name for pair in found for name in pair} == FONS


# -- the rules, on parts of any kind --------------------------------------------

PARTS = {
    "aspect_code": ["snelheid", "algemeen"],
    "object_judged_code": ["dienstverlening", "antwoord", "niet-vermeld"],
    "mode_code": ["digitaal", "telefonisch", "niet-vermeld"],
    "scale_family": ["punten-5", "punten-7", "gemengd", "niet-vermeld"],
    "sampling_code": ["zelfselectie", "willekeurig", "niet-vermeld"],
    "question_code": ["vraag-1", "vraag-2", "gemengd", "niet-vermeld"],
    "perimeter": ["as_reported", "constant"],
    "event_code": ["geen", "fusie"],
}
REASON_OF = {
    "object_judged_code": "object_judged",
    "mode_code": "mode",
    "scale_family": "scale_family",
    "sampling_code": "sampling",
    "question_code": "wording",
}
MIXED = {"scale_family": "mixed_scale", "question_code": "mixed_wording"}
RED = {"aspect", "object_judged", "perimeter"}
Key = dict[str, str]


def judged(one: Key, other: Key) -> tuple[str, str]:
    """Verdict and reasons, from the words of the method."""
    reasons = set()
    if one["aspect_code"] != other["aspect_code"]:
        reasons.add("aspect")
    for part in ("perimeter", "event_code"):
        if one[part] != other[part]:
            reasons.add("perimeter")
    for part, reason in REASON_OF.items():
        values = {one[part], other[part]}
        if "niet-vermeld" in values:
            reasons.add(f"unknown_{reason}")
        if "gemengd" in values:
            reasons.add(MIXED[part])
        if len(values) == 2 and not values & {"niet-vermeld", "gemengd"}:
            reasons.add(reason)
    # Of two aspects the questions differ as a matter of course.
    if "aspect" in reasons:
        reasons.discard("wording")
    verdict = "red" if reasons & RED else "amber" if reasons else "green"
    return verdict, "|".join(sorted(reasons))


@pytest.fixture(scope="module")
def verdicts() -> Callable[[list[tuple[Key, Key]]], list[tuple[str, str]]]:
    """What the macros say of pairs of keys, each pair in the order given."""
    columns = ", ".join(
        f"{side}[{place}] as {side}_{part}"
        for side in ("one", "other")
        for place, part in enumerate(PARTS, 1)
    )
    sides = {
        side: "{" + ", ".join(f"'{part}': {side}_{part}" for part in PARTS) + "}"
        for side in ("one", "other")
    }
    reasons = rendered("{{ comparability_reasons('one', 'other') }}")
    sql = f"""
        with given as (
            select number, {columns}
            from (select unnest($number) as number, unnest($one) as one,
                unnest($other) as other)
        ),
        sides as (
            select number, {sides["one"]} as one, {sides["other"]} as other from given
        ),
        pairs as (select number, {reasons} as found_reasons from sides),
        verdicts as ({rendered("{{ comparability_verdicts('pairs') }}")})
        select verdict, reasons from pairs inner join verdicts using (found_reasons)
        order by number
    """
    connection = duckdb.connect()
    seed = REFERENCE / "comparability_reasons.csv"
    connection.execute(
        f"create table comparability_reasons as select * from read_csv('{seed}')"
    )

    def ask(pairs: list[tuple[Key, Key]]) -> list[tuple[str, str]]:
        sides = [
            [list(key.values()) for key in side] for side in zip(*pairs, strict=True)
        ]
        return connection.execute(
            sql,
            {"number": list(range(len(pairs))), "one": sides[0], "other": sides[1]},
        ).fetchall()

    return ask


@pytest.fixture(scope="module")
def key_pairs() -> list[tuple[Key, Key]]:
    """Pairs of random keys: many that differ in one part, some in all."""
    chance = random.Random(4)  # noqa: S311
    pairs = []
    for _ in range(3_000):
        one = {part: chance.choice(values) for part, values in PARTS.items()}
        other = dict(one)
        for part in chance.sample(list(PARTS), chance.randrange(len(PARTS) + 1)):
            other[part] = chance.choice(PARTS[part])
        pairs.append((one, other))
    return pairs


def test_the_rules_are_those_of_the_method(verdicts, key_pairs) -> None:
    expected = [judged(one, other) for one, other in key_pairs]
    assert {verdict for verdict, _ in expected} == {"green", "amber", "red"}
    assert verdicts(key_pairs) == expected


def test_the_order_of_two_figures_does_not_matter(verdicts, key_pairs) -> None:
    assert verdicts(key_pairs) == verdicts([(b, a) for a, b in key_pairs])


def test_a_key_compares_with_itself_unless_something_is_unknown(
    verdicts, key_pairs
) -> None:
    keys = [one for one, _ in key_pairs]
    for key, (verdict, _) in zip(
        keys, verdicts([(key, key) for key in keys]), strict=True
    ):
        is_known = not {"niet-vermeld", "gemengd"} & set(key.values())
        assert verdict == ("green" if is_known else "amber")


@pytest.mark.parametrize("part", list(REASON_OF))
def test_what_is_unknown_is_never_green(verdicts, key_pairs, part: str) -> None:
    ignorant = [(one | {part: "niet-vermeld"}, other) for one, other in key_pairs]
    for verdict, reasons in verdicts(ignorant):
        assert verdict in ("amber", "red")
        assert f"unknown_{REASON_OF[part]}" in reasons.split("|")


def test_every_part_of_the_key_counts(verdicts) -> None:
    base = {part: values[0] for part, values in PARTS.items()}
    for part, values in PARTS.items():
        ((verdict, _),) = verdicts([(base, base | {part: values[1]})])
        assert verdict == (
            "amber" if REASON_OF.get(part) not in (None, *RED) else "red"
        )


def test_every_reason_has_its_word() -> None:
    with (REFERENCE / "comparability_reasons.csv").open(encoding="utf-8") as stream:
        words = {row["reason_code"]: row for row in csv.DictReader(stream)}
    said = rendered("{{ comparability_reasons('one', 'other') }}")
    used = set(re.findall(r"then '(\w+)' end", said))
    # Those of two cells, whatever their keys.
    used |= {"few_answers", "sum_deviation", "unknown_base"}
    kinds = ("scale", "mode", "wording", "registration", "perimeter")
    assert set(words) == used | {f"break_{kind}" for kind in kinds}
    # Reasons in words are joined with a semicolon.
    assert not [row for row in words.values() if ";" in row["label_nl"]]


# -- breaks ---------------------------------------------------------------------


class Warehouse:
    """A copy of the warehouse of the run, in which breaks can be planted."""

    def __init__(self, path: Path) -> None:
        """Open the copy; models are looked up by name, as dbt does."""
        self.connection = duckdb.connect(str(path))
        self.places = dict(
            self.connection.sql(
                "select table_name, table_schema || '.' || table_name"
                " from information_schema.tables"
            ).fetchall()
        )

    def plant(self, **words: object) -> None:
        """One break and no other, on what FONS asks by mail unless said otherwise."""
        planted = {
            "break_code": "gepland",
            "break_type": "mode",
            "agency_code": "vutg",
            "instrument_code": "fons-mail",
            "label_nl": "van mail naar telefoon",
            "is_simulated": False,
            "source": "deze test",
        } | words
        self.connection.execute("delete from reference.breaks")
        self.connection.execute(
            f"insert into reference.breaks ({', '.join(planted)}) values"
            f" ({', '.join('?' * len(planted))})",
            list(planted.values()),
        )
        breaks = self.sql("int_breaks")
        self.connection.execute(f"create temp table breaks_now as {breaks}")
        self.connection.execute(
            f"create or replace table {self.places['int_breaks']} as from breaks_now"
        )
        self.connection.execute("drop table breaks_now")

    def ask(self, mart: str, columns: str, where: str) -> list[tuple[Any, ...]]:
        """What a mart holds now that the break is there."""
        return self.connection.sql(
            f"select {columns} from ({self.sql(mart)}) where {where} order by all"
        ).fetchall()

    def sql(self, name: str) -> str:
        """A model in the words of DuckDB."""
        return model_sql(name, ref=lambda name: self.places[name])


@pytest.fixture
def warehouse(house: Installation, tmp_path: Path) -> Iterator[Warehouse]:
    # dbt's views name the database, which DuckDB calls after the file.
    path = tmp_path / house.settings.building.name
    copy = Warehouse(Path(shutil.copyfile(house.home / "warehouse.duckdb", path)))
    yield copy
    copy.connection.close()


REAL_MAIL = (
    "not is_simulated and perimeter = 'as_reported' and instrument_code = 'fons-mail'"
)


def test_a_break_between_two_periods_forbids_to_speak_of_change(
    warehouse: Warehouse,
) -> None:
    warehouse.plant(break_date="2023-01-01")
    changes = warehouse.ask("mart_change", "verdict, reasons", REAL_MAIL)
    assert changes
    for verdict, reasons in changes:
        assert verdict == "not_comparable"
        assert "break_mode" in reasons.split("|")
    other = REAL_MAIL.replace("fons-mail", "fons-telefoon")
    assert not {
        reasons
        for (reasons,) in warehouse.ask("mart_change", "reasons", other)
        if "break" in reasons
    }


@pytest.mark.parametrize("kind", ["scale", "mode", "wording", "registration"])
def test_a_break_inside_the_period_turns_a_pair_red_and_is_named(
    warehouse: Warehouse, kind: str
) -> None:
    columns = "verdict, reasons, comparison_nl, value, other_value"
    assert {row[0] for row in warehouse.ask("mart_comparison", columns, REAL_MAIL)} == {
        "amber"
    }
    warehouse.plant(break_type=kind, break_date="2023-03-01")
    pairs = warehouse.ask("mart_comparison", columns, REAL_MAIL)
    assert pairs
    for verdict, reasons, sentence, *numbers in pairs:
        assert verdict == "red"
        assert {f"break_{kind}", "mode"} <= set(reasons.split("|"))
        assert reasons.split("|") == sorted(reasons.split("|"))
        assert sentence.startswith("niet vergelijkbaar: ")
        assert "van mail naar telefoon (1 maart 2023)" in sentence
        assert numbers == [None, None]


@pytest.mark.parametrize("day", ["2022-07-01", "2023-07-01"])
def test_a_break_before_or_after_both_periods_says_nothing(
    warehouse: Warehouse, day: str
) -> None:
    warehouse.plant(break_date=day)
    for model in ("mart_change", "mart_comparison"):
        found = warehouse.ask(model, "reasons", REAL_MAIL)
        assert found
        assert not [reasons for (reasons,) in found if "break" in reasons]


@pytest.mark.parametrize(
    "words",
    [
        {"is_simulated": True},
        {"instrument_code": None, "register_code": "klachten"},
        {"agency_code": "vlm"},
    ],
    ids=["a simulated one", "one of a register", "one of another agency"],
)
def test_a_break_of_something_else_breaks_no_series(
    warehouse: Warehouse, words: dict[str, object]
) -> None:
    warehouse.plant(break_date="2023-03-01", **words)
    for model in ("mart_change", "mart_comparison"):
        found = warehouse.ask(model, "reasons", REAL_MAIL)
        assert found
        assert not [reasons for (reasons,) in found if "break" in reasons]


def test_a_simulated_break_breaks_the_simulated_series(warehouse: Warehouse) -> None:
    warehouse.plant(break_date="2023-01-01", is_simulated=True)
    verdicts = warehouse.ask(
        "mart_change",
        "verdict, reasons",
        REAL_MAIL.replace("not is_simulated", "is_simulated")
        + " and former_period_code = '2022-H2' and period_code = '2023-H1'",
    )
    assert verdicts
    assert {verdict for verdict, _ in verdicts} == {"not_comparable"}
    assert all("break_mode" in reasons for _, reasons in verdicts)


def test_the_merger_breaks_what_was_reported_and_not_what_was_summed(
    rows: Rows,
) -> None:
    """1 June 2023: under the agencies of today the computed history goes on over it."""
    found = set(
        rows(
            """
            select distinct perimeter, period_code, reasons like '%break_perimeter%'
            from mart_change
            where agency_code = 'departement-zorg' and instrument_code = 'zorgkas-mail'
                and period_code in ('2023-Q4', '2024-H1', '2024')
            """
        )
    )
    # Of these only the year 2023, before 2024, holds the day of the merger.
    assert found == {
        (perimeter, period, (perimeter, period) == ("as_reported", "2024"))
        for perimeter in ("as_reported", "current")
        for period in ("2023-Q4", "2024-H1", "2024")
    }


def test_no_break_is_said_twice_or_without_a_source() -> None:
    with (REFERENCE / "breaks.csv").open(encoding="utf-8") as stream:
        breaks = list(csv.DictReader(stream))
    assert breaks
    for row in breaks:
        assert row["source"]
        assert row["break_type"] != "perimeter", "that follows from agency_events.csv"
