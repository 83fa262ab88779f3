"""Cells that are recognised at little cost come out as the careful checks make them.

The door looks first whether a cell is written as usual, and trims, folds and checks
only the others. With that look taken away it must accept and refuse the same rows.
"""

import os
from typing import Any

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dagster_project.checks import Checker, CodeList
from dagster_project.contracts import Feed
from dagster_project.sql import quote

CASES = 3_000 if os.environ.get("KLANTBEELD_TEST_FULL") == "1" else 60
LISTS = {
    "colours": CodeList(
        "colours",
        {"r": "r", "rood": "r", "b": "b", "donker blauw": "b", "7": "7", "x-1": "X-1"},
    )
}
COLUMNS: dict[str, tuple[str, dict[str, Any]]] = {
    "text": ("varchar", {}),
    "text_required": ("varchar", {"required": True}),
    "whole": ("integer", {}),
    "small": ("tinyint", {"minimum": 1, "maximum": 10, "required": True}),
    "day": ("date", {}),
    "day_iso": ("date", {"format": "%Y-%m-%d"}),
    "code": ("varchar", {"codes": "colours"}),
    "own_code": ("varchar", {"codes": "colours", "other_values": "keep"}),
    "parts": ("varchar[]", {"separator": "|"}),
    "amount": ("decimal(9,2)", {}),
    "share": ("decimal(9,2)", {"format": "percent"}),
    "yes": ("boolean", {}),
    "comment": ("varchar", {"personal": "scrub"}),
    "client": ("varchar", {"personal": "pseudonymise"}),
    "client_required": ("varchar", {"personal": "pseudonymise", "required": True}),
    "client_number": ("integer", {"personal": "pseudonymise"}),
}
# An underscore stands for a space.
PLAINLY = """
    0 7 07 +7 -7 7_ 7.5 7,5 1e1 11 300 99999999999 1.000
    31/12/2024 1/2/2024 2024-02-29 01/02/24 2024-02-29T10:00 _31/12/2024 31/12/20241
    r R rood _Rood_ b donker__blauw x-1 X-1 groen ja Nee
    a|b b|a a|a a||b _a_|_b b|a|c | #N/A #a a# #DIV/0! n.v.t. N.V.T. 63%
    é ék_ ~ ~a (a) ' "a"
"""
WRITTEN = [text.replace("_", " ") for text in PLAINLY.split()]
WRITTEN += ["", " ", "\u00a07", "a\tb", "\ta", "a\u00a0", "a\u202f"]
CELLS = st.one_of(
    st.sampled_from(WRITTEN), st.text("01/2-|#rba é.,\u00a0\t", max_size=6)
)
MISSING = ([""], ["", "n.v.t."], ["", "7", "r", "1/2/2024", "a|b"])


def feed_of(column: str, missing: list[str]) -> Feed:
    """A contract with one column."""
    kind, words = COLUMNS[column]
    table = {
        "declared_in": "test.yml",
        "source": "test",
        "name": "cells",
        "description": "",
        "contract": {"kind": "survey_response", "missing_values": missing},
        "columns": [
            {"name": column, "data_type": kind, "description": "", "words": words}
        ],
    }
    return Feed.model_validate(table)


def pseudonym(text: str) -> str:
    """Like the real one blind to capitals, blanks, dots and dashes, and never plain."""
    return rf"'p1_' || nullif(lower(regexp_replace({text}, '[\s\xa0.-]', '', 'g')), '')"


def outcome(checker: Checker, relation: str) -> tuple[list[Any], list[Any]]:
    """What is accepted and what is refused, with the reasons."""
    accepted = duckdb.sql(checker.accepted(relation, {"feed": "cells"})).fetchall()
    rejected = duckdb.sql(checker.rejected(relation)).fetchall()
    return accepted, rejected


@pytest.mark.parametrize("column", COLUMNS)
@settings(max_examples=CASES, deadline=None, derandomize=True)
@given(cells=st.lists(CELLS, max_size=40), missing=st.sampled_from(MISSING))
@example(cells=WRITTEN, missing=MISSING[0])
@example(cells=WRITTEN, missing=MISSING[1])
@example(cells=WRITTEN, missing=MISSING[2])
def test_a_cell_written_as_usual_is_judged_as_any_other(
    column: str, cells: list[str], missing: list[str]
) -> None:
    """The same rows are accepted, with the same values, and refused for the same."""
    values = ", ".join(f"({quote(cell)})" for cell in ["", *cells])
    relation = (
        "(select row_number() over () as row_number, null::varchar as sheet,"
        " row_number() over () + 1 as line, nullif(cell, '') as"
        f' "{column}" from (values {values}) as cells(cell))'
    )
    feed = feed_of(column, missing)
    careful = Checker(feed, LISTS, None, None, pseudonym)
    careful._recognised = lambda column: None  # type: ignore[method-assign]
    found = outcome(Checker(feed, LISTS, None, None, pseudonym), relation)
    assert found == outcome(careful, relation)
    assert len(found[0]) + len(found[1]) == len(cells) + 1
    if column.startswith("client"):
        assert all(row[-1] is None or row[-1].startswith("p1_") for row in found[0])
