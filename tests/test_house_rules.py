"""The house stays in order: who may read what, what is declared, what is described.

Holds the rules against dbt's manifest and the sources themselves; needs no run.
"""

import ast
import csv
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).resolve().parent.parent
MODELS = PROJECT / "dbt_project" / "models"
REFERENCE = PROJECT / "seeds" / "reference"
# These two marts say what the door and the calendar say, with no figure in between.
MARTS_OF_THE_DOOR = {"mart_delivery", "dim_period"}
DUTCH = re.compile(
    r"\b(de|het|een|van|of|en|die|dat|wat|waar|wie|bij|voor|is|niet|per|met|op|zoals)\b",
    re.IGNORECASE,
)
# Words that stand in an English description and in no Dutch one.
ENGLISH = re.compile(
    r"\b(the|and|with|which|from|where|this|share of|number of|code of the)\b",
    re.IGNORECASE,
)

Node = dict[str, Any]


@pytest.fixture(scope="module")
def models(manifest: dict[str, Any]) -> dict[str, Node]:
    """Every model, by its name."""
    return {
        node["name"]: node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
    }


@pytest.fixture(scope="module")
def mart_models(models: dict[str, Node]) -> dict[str, Node]:
    return {name: node for name, node in models.items() if node["schema"] == "marts"}


@pytest.fixture(scope="module")
def seeds(manifest: dict[str, Any]) -> dict[str, Node]:
    return {
        node["name"]: node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "seed"
    }


def layer(node: Node) -> str:
    """The folder under models/ that a model lies in."""
    return Path(node["original_file_path"]).parts[1]


def upstream(node: Node, models: dict[str, Node]) -> Iterator[Node]:
    """The models that a model reads itself."""
    by_id = {model["unique_id"]: model for model in models.values()}
    return (by_id[name] for name in node["depends_on"]["nodes"] if name in by_id)


# -- layers ---------------------------------------------------------------------


def test_only_staging_models_read_a_source(models: dict[str, Node]) -> None:
    readers = {
        name
        for name, node in models.items()
        if any(parent.startswith("source.") for parent in node["depends_on"]["nodes"])
    }
    assert readers, "no model reads a source: the rule says nothing"
    assert not {name for name in readers if layer(models[name]) != "staging"}


def test_a_mart_reads_staging_only_through_an_intermediate_model_or_a_fact(
    models: dict[str, Node],
) -> None:
    broken = {
        f"{name} reads {parent['name']}"
        for name, node in models.items()
        if name.startswith(("mart_", "dim_"))
        for parent in upstream(node, models)
        if layer(parent) == "staging"
        and not (
            name in MARTS_OF_THE_DOOR and parent["name"].startswith("stg_klantbeeld__")
        )
    }
    assert not broken


def test_what_lies_below_never_reads_what_lies_above(models: dict[str, Node]) -> None:
    staging_reads = {
        f"{name} reads {parent['name']}"
        for name, node in models.items()
        if layer(node) == "staging"
        for parent in upstream(node, models)
        if layer(parent) != "staging"
    }
    assert not staging_reads


def test_every_model_is_named_after_its_layer(models: dict[str, Node]) -> None:
    prefixes = {
        "staging": ("stg_",),
        "intermediate": ("int_",),
        "marts": ("dim_", "fct_", "bridge_", "mart_"),
    }
    assert {layer(node) for node in models.values()} == set(prefixes)
    misnamed = {
        name
        for name, node in models.items()
        if not name.startswith(prefixes[layer(node)])
    }
    assert not misnamed


# -- what a mart promises -------------------------------------------------------


def test_every_mart_has_an_enforced_contract(mart_models: dict[str, Node]) -> None:
    assert mart_models
    assert not {
        name
        for name, node in mart_models.items()
        if not node["config"]["contract"]["enforced"]
    }


def test_every_mart_and_column_is_described_in_dutch_and_has_a_header(
    mart_models: dict[str, Node],
) -> None:
    missing = []
    for name, node in mart_models.items():
        if not DUTCH.search(node["description"]):
            missing.append(f"{name}: description")
        for column in node["columns"].values():
            place = f"{name}.{column['name']}"
            if not column.get("data_type"):
                missing.append(f"{place}: data_type")
            if not column["description"] or ENGLISH.search(column["description"]):
                missing.append(f"{place}: description ({column['description']!r})")
            if not column["config"].get("meta", {}).get("header"):
                missing.append(f"{place}: header")
    assert not missing


def test_the_same_column_means_the_same_in_every_mart(
    mart_models: dict[str, Node],
) -> None:
    meanings = defaultdict(lambda: defaultdict(list))
    for name, node in mart_models.items():
        for column in node["columns"].values():
            meaning = (
                column["data_type"],
                column["config"].get("meta", {}).get("header"),
                " ".join(column["description"].split()),
            )
            meanings[column["name"]][meaning].append(name)
    assert {
        column: dict(said) for column, said in meanings.items() if len(said) > 1
    } == {}


def test_every_mart_is_in_a_workbook_or_says_why_not(
    manifest: dict[str, Any], mart_models: dict[str, Node]
) -> None:
    exported = {
        parent
        for exposure in manifest["exposures"].values()
        for parent in exposure["depends_on"]["nodes"]
    }
    silent = {
        name
        for name, node in mart_models.items()
        if node["unique_id"] not in exported
        and not node["config"].get("meta", {}).get("not_exported")
    }
    assert not silent, "neither in an exposure nor `config.meta.not_exported: <why>`"


# -- what is declared -----------------------------------------------------------


def test_every_bespoke_staging_folder_is_an_agency() -> None:
    with (REFERENCE / "agencies.csv").open(encoding="utf-8") as stream:
        agencies = {row["agency_code"] for row in csv.DictReader(stream)}
    folders = {path.name for path in (MODELS / "staging").iterdir() if path.is_dir()}
    assert {"standard", "klantbeeld", "vutg"} <= folders
    assert folders - {"standard", "klantbeeld"} <= agencies


def test_every_source_of_a_bespoke_folder_is_named_after_it(
    manifest: dict[str, Any],
) -> None:
    assert not {
        source["unique_id"]
        for source in manifest["sources"].values()
        if Path(source["original_file_path"]).parent.name != source["source_name"]
    }


def test_every_column_of_every_seed_is_described(seeds: dict[str, Node]) -> None:
    files = sorted(REFERENCE.glob("*.csv"))
    assert {path.stem for path in files} == set(seeds)
    missing = []
    for path in files:
        with path.open(encoding="utf-8") as stream:
            header = next(csv.reader(stream))
        described = seeds[path.stem]["columns"]
        if not seeds[path.stem]["description"]:
            missing.append(path.stem)
        missing += [
            f"{path.stem}.{name}"
            for name in header
            if not described.get(name, {}).get("description")
        ]
        missing += [
            f"{path.stem}.{name}: no such column"
            for name in described
            if name not in header
        ]
    assert not missing


def test_every_column_of_every_feed_is_described(manifest: dict[str, Any]) -> None:
    feeds = [
        source
        for source in manifest["sources"].values()
        if "feed" in source["config"].get("meta", {})
    ]
    assert feeds
    missing = [
        f"{source['source_name']}.{source['name']}.{column['name']}"
        for source in feeds
        for column in source["columns"].values()
        if not column["description"] or ENGLISH.search(column["description"])
    ]
    assert not missing


# -- Python ---------------------------------------------------------------------


def test_only_definitions_and_schedules_know_dagster() -> None:
    importers = set()
    for path in (PROJECT / "dagster_project").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            if any(re.match(r"dagster(_dbt)?(\.|$)", name) for name in names):
                importers.add(path.name)
    # The command line starts Dagster inside `klantbeeld run`, and nowhere else.
    assert importers - {"cli.py"} == {"definitions.py", "schedules.py"}


def test_a_quick_command_does_not_wait_for_dagster_or_dbt() -> None:
    modules = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, dagster_project.cli;"
            " print({name.split('.')[0] for name in sys.modules})",
        ],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = ast.literal_eval(modules.stdout)
    assert "dagster_project" in loaded
    assert not {"dagster", "dagster_dbt", "dbt"} & loaded
