"""Themes predicted from labelled comments: one small model for each theme.

Belongs here: training, judging on comments a model has not seen, predicting. Does not
belong here: the lexicon, what counts where, precision and recall (dbt); the labels'
workbook (labels.py). scikit-learn is loaded only where there are labels.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from dagster_project import labels
from dagster_project.contracts import Feed
from dagster_project.files import commit_file, scratch_folder, write_file
from dagster_project.settings import Settings
from dagster_project.sql import quote

SEED = 20240115
FOLDS = 5
# What makes a theme an improvement point; nothing else is predicted.
TO_IMPROVE = "negatief"
# Comments that are predicted at once.
BATCH = 50_000

COLUMNS = {
    "delivery_id": "varchar",
    "row_number": "bigint",
    "is_simulated": "boolean",
    "theme_code": "varchar",
    "is_out_of_fold": "boolean",
    "is_mentioned": "boolean",
    "model_hash": "varchar",
}


@dataclass(frozen=True)
class Rules:
    """How many labels a model needs; declared at the source `theme_predictions`."""

    least_comments: int
    least_positives: int


@dataclass(frozen=True)
class Trained:
    """One theme in one kind of comments: its model and what it says unseen."""

    is_simulated: bool
    theme_code: str
    model_hash: str
    unseen: Sequence[bool]
    predict: Callable[[Sequence[str]], Sequence[bool]]


def load_rules(manifest: dict[str, Any]) -> Rules:
    """Read what dbt's YAML asks of labels."""
    source = manifest["sources"]["source.klantbeeld.klantbeeld.theme_predictions"]
    return Rules(**source["config"]["meta"]["training"])


def renew(
    settings: Settings, feeds: Sequence[Feed], rules: Rules, made_of: str
) -> int | None:
    """Bring the predictions in line with labels and comments; gives the models made.

    `made_of` stands for all comments and rules: the same again and nothing is done
    (None), as without labels.
    """
    labels.prepare(settings)
    folder = settings.lake / "predictions"
    part, stamp = folder / "part.parquet", folder / "made_of"
    files = labels.label_files(settings)
    if not files:
        stamp.unlink(missing_ok=True)
        with duckdb.connect() as connection:
            _start(connection)
            _finish(connection, settings, part)
        return None
    current = _stamp(files, made_of)
    if part.is_file() and stamp.is_file() and stamp.read_text() == current:
        return None
    stamp.unlink(missing_ok=True)
    with duckdb.connect() as connection:
        _start(connection)
        count = 0
        for is_simulated in (False, True):
            count += _predict_kind(connection, settings, feeds, rules, is_simulated)
        _finish(connection, settings, part)
    write_file(stamp, current.encode())
    return count


def _stamp(files: Sequence[Path], made_of: str) -> str:
    import sklearn

    code = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    names = [path.stem for path in files]
    text = repr((names, made_of, code, sklearn.__version__))
    return hashlib.sha256(text.encode()).hexdigest()


def _start(connection: duckdb.DuckDBPyConnection) -> None:
    declared = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    connection.execute(f"create table predictions ({declared})")


def _finish(
    connection: duckdb.DuckDBPyConnection, settings: Settings, part: Path
) -> None:
    with scratch_folder(settings.lake) as scratch:
        made = scratch / part.name
        connection.execute(
            f"copy (from predictions order by all) to {quote(str(made))}"
            " (format parquet, compression zstd, parquet_version v2)"
        )
        commit_file(made, part)


def _predict_kind(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    feeds: Sequence[Feed],
    rules: Rules,
    is_simulated: bool,
) -> int:
    """Train on labels of one kind, simulated or real, and predict that kind only."""
    labelled = connection.execute(
        "select delivery_id, row_number, comment, list(theme_code) filter"
        f" (polarity_code = ?) from ({labels.labels_sql(settings)})"
        " where is_simulated = ? group by all order by all",
        [TO_IMPROVE, is_simulated],
    ).fetchall()
    texts = [comment for _, _, comment, _ in labelled]
    themes: list[set[str]] = [set(found or ()) for *_, found in labelled]
    models = list(_train(texts, themes, rules, is_simulated))
    if not models:
        return 0
    for model in models:
        connection.execute(
            "insert into predictions select unnest($1), unnest($2), $3, $4, true,"
            " unnest($5), $6",
            [
                [delivery for delivery, *_ in labelled],
                [row for _, row, *_ in labelled],
                is_simulated,
                model.theme_code,
                list(model.unseen),
                model.model_hash,
            ],
        )
    connection.execute(
        "create or replace table comments as select * from"
        f" ({labels.comments_sql(settings, feeds)}) where is_simulated = ?",
        [is_simulated],
    )
    connection.execute(
        "create or replace table named (comment varchar, theme_code varchar,"
        " model_hash varchar)"
    )
    for batch in _texts(connection):
        for model in models:
            said = model.predict(batch)
            named = [text for text, yes in zip(batch, said, strict=True) if yes]
            connection.execute(
                "insert into named select unnest($1::varchar[]), $2, $3",
                [named, model.theme_code, model.model_hash],
            )
    connection.execute(
        "insert into predictions select comments.delivery_id, comments.row_number,"
        " comments.is_simulated, named.theme_code, false, true, named.model_hash"
        " from comments inner join named on comments.comment = named.comment"
    )
    return len(models)


def _texts(connection: duckdb.DuckDBPyConnection) -> Iterator[list[str]]:
    reader = connection.cursor().execute(
        "select distinct comment from comments order by all"
    )
    while rows := reader.fetchmany(BATCH):
        yield [text for (text,) in rows]


def _train(
    texts: Sequence[str],
    themes: Sequence[set[str]],
    rules: Rules,
    is_simulated: bool,
) -> Iterator[Trained]:
    """A model for every theme with enough labels; order and seed are fixed."""
    if len(texts) < rules.least_comments:
        return
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    for theme in sorted(set().union(*themes)):
        named = [theme in found for found in themes]
        # The other answer needs examples as well.
        if min(sum(named), len(named) - sum(named)) < rules.least_positives:
            continue
        model = make_model()
        unseen = cross_val_predict(model, texts, named, cv=folds)
        model.fit(texts, named)
        content = repr((theme, list(zip(texts, named, strict=True)), repr(model)))
        yield Trained(
            is_simulated=is_simulated,
            theme_code=theme,
            model_hash=hashlib.sha256(content.encode()).hexdigest()[:12],
            unseen=[bool(value) for value in unseen],
            predict=model.predict,
        )


def make_model() -> Any:
    """Character n-grams within words, weighed by TF-IDF, and logistic regression."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    return make_pipeline(
        TfidfVectorizer(
            analyzer="char_wb",
            ngram_range=(2, 5),
            strip_accents="unicode",
            sublinear_tf=True,
        ),
        # A theme is rare: without weights a model would never dare name it.
        LogisticRegression(
            C=10, class_weight="balanced", max_iter=1000, random_state=SEED
        ),
    )
