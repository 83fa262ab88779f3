"""Macros and models in SQL, rendered without dbt and executed by DuckDB.

They are plain Jinja. Belongs here: rendering and asking. Does not belong here: any
expectation.
"""

import math
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import jinja2
import numpy as np

DBT = Path(__file__).parent.parent / "dbt_project"
FOLDER = DBT / "macros"
FILES = (
    "statistics.sql",
    "student_t.sql",
    "means.sql",
    "shares.sql",
    "net_promoter.sql",
    "counts.sql",
    "holm.sql",
)


def rendered(
    text: str,
    ref: Callable[[str], str] = str,
    source: Callable[[str, str], str] = lambda _, name: name,
) -> str:
    """SQL with the macros of the project, as dbt makes it; relations by bare name."""
    macros = "".join(path.read_text() for path in sorted(FOLDER.glob("*.sql")))
    environment = jinja2.Environment(extensions=["jinja2.ext.do"])
    template = environment.from_string(macros + text)
    return template.render(ref=ref, source=source, config=lambda **_: "").strip()


def model_sql(name: str, **words: Callable[..., str]) -> str:
    """A model in the words of DuckDB.

    words: what `rendered` may be told.
    """
    (path,) = (DBT / "models").rglob(f"{name}.sql")
    return rendered(path.read_text(encoding="utf-8"), **words)


@cache
def statistics_macros() -> jinja2.environment.TemplateModule:
    """All macros of statistics, which call each other across files."""
    text = "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in FILES)
    return jinja2.Environment().from_string(text).module


def column(values: Any) -> np.ndarray:
    """Numbers as an array; null comes as nan."""
    return np.array([math.nan if value is None else value for value in values], float)


def select_from(columns: dict[str, Any]) -> tuple[str, dict[str, list[Any]]]:
    """A relation with these columns, and the parameters it needs."""
    types = {"i": "bigint", "u": "bigint", "b": "boolean", "f": "double"}
    names, parameters = [], {}
    for name, values in columns.items():
        array = np.asarray(values)
        names.append(f"unnest(${name}::{types[array.dtype.kind]}[]) as {name}")
        parameters[name] = [
            None if value != value else value for value in array.tolist()
        ]
    return f"(select {', '.join(names)})", parameters


def evaluated(columns: dict[str, Any], **expressions: str) -> dict[str, np.ndarray]:
    """The expressions for each row of the columns, a relation called `given`."""
    relation, parameters = select_from(columns)
    items = ", ".join(f"({sql})::double as {name}" for name, sql in expressions.items())
    return asked(f"select {items} from {relation} as given", parameters)


def asked(
    sql: str, parameters: dict[str, list[Any]] | None = None
) -> dict[str, np.ndarray]:
    """The answer to a query, by column."""
    with duckdb.connect() as connection:
        result = connection.execute(sql, parameters)
        names = [description[0] for description in result.description]
        rows = result.fetchall()
    return {
        name: column(values)
        for name, values in zip(names, zip(*rows, strict=True), strict=True)
    }
