"""All SQL is understood by every engine, and what is not is named by file and line."""

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import PROJECT
from portable_sql import main, not_portable

FOLDERS = ("models", "macros", "tests")
# What only DuckDB understands, in a place where it would stand.
PLANTED = {
    "qualify": "select a from t qualify row_number() over (order by a) = 1",
    "* exclude": "select * exclude (a) from t",
    "* replace": "select * replace (1 as a) from t",
    "strptime()": "select strptime(a, '%d/%m/%Y') from t",
    "strftime()": "select strftime(a, '%Y') from t",
    "union all by name": "select a from t union all by name select a from u",
    "union by name": "select a from t union by name select a from u",
    "date_diff()": "select date_diff('day', a, b) from t",
    '"a b" (a name in double quotes)': 'select "a b" from t',
    "//": "select a // 2 from t",
    "**": "select a ** 2 from t",
    "[... for ... in ...]": "select [x + 1 for x in a] from t",
    "[...]": "select a[1] from t",
    "read_parquet()": "select a from read_parquet('file.parquet')",
    "read_csv_auto()": "select a from read_csv_auto('file.csv')",
    "list_transform()": "select list_transform(a, x -> x + 1) from t",
    "unnest()": "select unnest(a) from t",
    "string_agg()": "select string_agg(a, ', ' order by a) as b from t",
    "regexp_matches()": "select regexp_matches(a, 'x') from t",
    "regexp_replace()": "select regexp_replace(a, 'x', 'y') from t",
    "epoch_ms()": "select epoch_ms(a) from t",
    "type varchar": "select cast(a as varchar) from t",
    "type hugeint": "select a::hugeint from t",
    "split() by a pattern": "select split(a, '|') from t",
    "similar to": "select a from t where a similar to 'x.*'",
    "asof join": "select a from t asof join u on t.a >= u.a",
}
PORTABLE = """
{# qualify, exclude (x), "name", a // b, strptime(x) #}
{% macro days(first, last) -%}
    {%- if target is defined and target.type == "spark" -%}
        datediff({{ last }}, {{ first }})
    {%- else -%}
        date_diff('day', {{ first }}, {{ last }})
    {%- endif -%}
{%- endmacro %}
-- qualify, "name", a // b
with counted (a, b) as (
    select
        t.*,
        'qualify strptime(x) a // b "c"' as text,
        cast(null as string[]) as codes,
        split(t.a, ',') as parts,
        count(*) filter (where t.a > 0) as positive,
        cast(t.a as decimal(19, 0)) * {{ config["a"] }} (1) as product
    from {{ ref("t") }} as t (a, b)
    where t.a in (1, 2) and try_cast(t.b as double)::bigint >= 2
    group by all
)
select * from counted
"""


@pytest.mark.parametrize("what", PLANTED)
def test_what_only_one_engine_understands_is_found(what: str) -> None:
    lines = f"with t as (\n    select 1 as a\n)\n\n{PLANTED[what]}\n"
    assert (5, what) in not_portable(lines)


def test_it_is_found_between_and_inside_the_texts_of_jinja_too() -> None:
    assert not_portable("{% set a = 1 %}\nselect\n    strptime({{ a }}, 'x')\n") == [
        (3, "strptime()")
    ]
    assert not_portable(
        "select\n{{ flags({\n    'f': \"strptime(a, '%Y') > 0\",\n}) }}"
    ) == [(3, "strptime()")]


def test_what_both_engines_understand_and_what_is_no_sql_is_left_alone() -> None:
    assert not_portable(PORTABLE) == []


def test_a_branch_without_an_engine_does_not_excuse_it() -> None:
    text = '{% if loop.first %}\nstrptime(a, "x")\n{% endif %}'
    assert (2, "strptime()") in not_portable(text)


def test_every_model_macro_and_test_is_portable() -> None:
    files = [
        path
        for folder in FOLDERS
        for path in sorted((PROJECT / "dbt_project" / folder).rglob("*.sql"))
    ]
    assert len(files) > 80
    assert {
        f"{path.relative_to(PROJECT)}:{line}: {what}"
        for path in files
        for line, what in not_portable(path.read_text(encoding="utf-8"))
    } == set()


def test_the_program_names_file_and_line_and_ends_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "good.sql").write_text("select 1 as a\n")
    assert main([str(tmp_path)]) == 0
    bad = tmp_path / "bad.sql"
    bad.write_text("select 1 as a\nqualify true\n")
    assert main([str(tmp_path)]) == 1
    assert f"{bad}:2: qualify" in capsys.readouterr().out
    process = subprocess.run(
        [sys.executable, str(PROJECT / "tests/portable_sql.py"), str(bad)], check=False
    )
    assert process.returncode == 1


def test_make_lint_runs_it() -> None:
    recipe = (PROJECT / "Makefile").read_text().split("\nlint:")[1].split("\n\n")[0]
    assert "tests/portable_sql.py dbt_project/models dbt_project/macros" in recipe
