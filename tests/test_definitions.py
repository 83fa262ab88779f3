"""Dagster sees one graph from file to workbook, and starts it by itself.

The schedules' jobs are launched for real, on the home of the shared run.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from conftest import Installation

from dagster_project.contracts import load_feeds
from dagster_project.definitions import make_definitions
from dagster_project.exports import load_workbooks
from dagster_project.publish import mart_names


@pytest.fixture(scope="module", autouse=True)
def places() -> Iterator[None]:
    """A graph tells dbt its places through the environment: no other test sees it."""
    with mock.patch.dict(os.environ):
        yield


@pytest.fixture(scope="module")
def definitions(
    house: Installation, tmp_path_factory: pytest.TempPathFactory
) -> dg.Definitions:
    """The graph of the shared home, with a folder of its own for workbooks."""
    exports = tmp_path_factory.mktemp("exports")
    return make_definitions(replace(house.settings, exports=exports))


@pytest.fixture(scope="module")
def graph(definitions: dg.Definitions) -> Any:
    return definitions.resolve_asset_graph()


def parents(graph: Any, *key: str) -> set[str]:
    """The names of what an asset is made from."""
    return {"/".join(parent.path) for parent in graph.get(dg.AssetKey(key)).parent_keys}


def ancestors(graph: Any, key: str) -> Iterator[str]:
    for parent in parents(graph, *key.split("/")):
        yield parent
        yield from ancestors(graph, parent)


def test_the_definitions_load(definitions: dg.Definitions) -> None:
    dg.Definitions.validate_loadable(definitions)


def test_the_graph_leads_from_file_over_source_and_model_to_workbook(
    graph: Any,
) -> None:
    assert parents(graph, "landing", "vutg", "fons_results") == set()
    assert parents(graph, "vutg", "fons_results") == {"landing/vutg/fons_results"}
    assert "vutg/fons_results" in parents(graph, "staging", "stg_vutg__fons_results")
    assert "staging/stg_vutg__fons_results" in ancestors(
        graph, "marts/mart_satisfaction"
    )
    assert "marts/mart_satisfaction" in parents(graph, "publication")
    assert parents(graph, "exports", "intern") == {"publication"}
    assert "landing/vutg/fons_results" in ancestors(graph, "exports/intern")


def test_every_feed_mart_and_workbook_is_an_asset(
    graph: Any, manifest: dict[str, Any]
) -> None:
    keys = {"/".join(key.path) for key in graph.get_all_asset_keys()}
    for feed in load_feeds(manifest):
        assert {
            f"landing/{feed.source}/{feed.name}",
            f"{feed.source}/{feed.name}",
        } <= keys
    assert {f"marts/{mart}" for mart in mart_names(manifest)} <= keys
    assert {f"exports/{book.suffix}" for book in load_workbooks(manifest)} <= keys


def test_the_publication_waits_for_every_mart(
    graph: Any, manifest: dict[str, Any]
) -> None:
    assert parents(graph, "publication") == {
        f"marts/{mart}" for mart in mart_names(manifest)
    }


def test_every_dbt_test_is_an_asset_check(graph: Any, manifest: dict[str, Any]) -> None:
    tests = {
        node["name"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test"
    }
    checks = {key.name for key in graph.asset_check_keys}
    assert tests
    assert tests - checks == set()


def test_every_asset_says_what_it_is(graph: Any) -> None:
    silent = {
        "/".join(node.key.path)
        for node in graph.asset_nodes
        if node.key.path[0] in ("landing", "marts", "publication", "exports")
        and not node.description
    }
    assert not silent


# -- schedules and sensor -------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "cron", "job"),
    [
        ("daily_run", "0 6 * * *", "klantbeeld"),
        ("half_yearly_workbooks", "0 8 1 3,10 *", "workbooks"),
    ],
)
def test_a_schedule_runs_in_the_time_of_brussels_from_the_start(
    definitions: dg.Definitions, name: str, cron: str, job: str
) -> None:
    schedule = definitions.resolve_schedule_def(name)
    assert schedule.cron_schedule == cron
    assert schedule.execution_timezone == "Europe/Brussels"
    assert schedule.job_name == job
    assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING


def test_the_half_yearly_schedule_writes_the_workbooks_when_launched(
    house: Installation, definitions: dg.Definitions
) -> None:
    schedule = definitions.resolve_schedule_def("half_yearly_workbooks")
    with dg.build_schedule_context(
        scheduled_execution_time=datetime(
            2026, 3, 1, 8, tzinfo=ZoneInfo("Europe/Brussels")
        )
    ) as context:
        tick = schedule.evaluate_tick(context)
    (request,) = tick.run_requests
    job = definitions.resolve_job_def(request.job_name or schedule.job_name)
    result = job.execute_in_process(
        run_config=request.run_config,
        tags=request.tags,
        instance=dg.DagsterInstance.ephemeral(),
    )
    assert result.success
    (event,) = result.get_asset_materialization_events()
    written = event.materialization.metadata["files"].value
    assert {Path(path).name: Path(path).read_bytes() for path in written} == {
        name: path.read_bytes() for name, path in house.workbooks().items()
    }


def test_the_daily_job_runs_the_chain_from_nothing_but_the_users_settings(
    house: Installation,
    rebuilt: tuple[Installation, CompletedProcess[str]],
) -> None:
    made, process = rebuilt
    assert process.returncode == 0, (process.stdout + process.stderr)[-4000:]
    assert "RUN_SUCCESS" in process.stdout + process.stderr
    assert set(made.workbooks()) == set(house.workbooks())


def test_the_sensor_asks_for_one_run_when_something_landed_and_then_for_none(
    house: Installation, tmp_path: Path
) -> None:
    place = house.copy(tmp_path)
    sensor = make_definitions(place.settings).resolve_sensor_def("landing_zone")
    assert sensor.default_status == dg.DefaultSensorStatus.RUNNING
    assert sensor.job_name == "klantbeeld"
    cursor = None

    def look() -> Any:
        nonlocal cursor
        with dg.build_sensor_context(
            cursor=cursor, instance=dg.DagsterInstance.ephemeral()
        ) as context:
            answer = sensor.evaluate_tick(context)
        cursor = answer.cursor or cursor
        return answer

    first, second = look(), look()
    assert len(first.run_requests) == 1
    assert not second.run_requests
    assert re.search("nothing new", second.skip_message or "")

    place.land("vlm/published_count/nieuw.csv", "periode;maat;waarde;bron\n")
    third, fourth = look(), look()
    assert len(third.run_requests) == 1
    assert third.run_requests[0].run_key != first.run_requests[0].run_key
    assert not fourth.run_requests
