"""What dbt itself can say of the project, on the warehouse of the shared run.

Belongs here: dbt's unit tests and its pages. Does not belong here: tests of the data,
which are part of every run.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from conftest import Installation

from dagster_project.warehouse import dbt_executable


def test_the_unit_tests_of_dbt_pass(
    house: Installation, manifest: dict[str, Any], tmp_path: Path
) -> None:
    settings = house.settings
    copy = shutil.copy(house.home / "warehouse.duckdb", tmp_path)
    process = subprocess.run(
        [
            *(dbt_executable(), "test", "--select", "test_type:unit"),
            *("--project-dir", settings.dbt_project),
            *("--profiles-dir", settings.dbt_project),
            *("--target-path", tmp_path / "target", "--log-path", tmp_path),
        ],
        env={
            **os.environ,
            **settings.environment(),
            "KLANTBEELD_BUILDING": str(copy),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stdout[-4000:]
    results = json.loads((tmp_path / "target" / "run_results.json").read_text())
    passed = {one["unique_id"] for one in results["results"]}
    assert passed == set(manifest["unit_tests"])
    assert passed


def test_every_mart_has_a_page_with_its_words_and_columns(
    house: Installation, manifest: dict[str, Any]
) -> None:
    process = house.klantbeeld("docs")
    assert process.returncode == 0, process.stdout + process.stderr
    page = house.home / "docs" / "index.html"
    assert str(page) in process.stdout
    text = page.read_text(encoding="utf-8")
    # The page carries what it shows as JSON.
    start = text.index('manifest:{"metadata"') + len("manifest:")
    shown = json.JSONDecoder().raw_decode(text, start)[0]["nodes"]
    for key, node in manifest["nodes"].items():
        if node["resource_type"] == "model" and "marts" in node["fqn"]:
            described = shown[key]
            assert described["description"] == node["description"]
            assert described["columns"].keys() == node["columns"].keys()


def test_there_are_no_pages_before_the_first_run(tmp_path: Path) -> None:
    place = Installation(tmp_path / "home", tmp_path / "landing")
    process = place.klantbeeld("docs")
    assert process.returncode == 1
    assert "`klantbeeld run` makes one" in process.stderr
