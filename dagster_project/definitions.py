"""The front door of Dagster: every asset, job, schedule and sensor in one object.

Belongs here: how the rooms are joined into one graph, file -> source -> model ->
publication -> workbook. Does not belong here: what a room does.
"""

import functools
import logging
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import dagster as dg
from dagster_dbt import (
    DagsterDbtTranslator,
    DagsterDbtTranslatorSettings,
    DbtCliResource,
    dbt_assets,
)

from dagster_project import exports, themes, warehouse
from dagster_project.contracts import Feed, load_feeds
from dagster_project.feeds import Door, find_arrivals, load_agencies
from dagster_project.files import hold_run_lock
from dagster_project.publish import (
    current_publication,
    mart_names,
    open_for_reading,
)
from dagster_project.publish import publish as publish_marts
from dagster_project.schedules import (
    EXPORTS_JOB,
    MAIN_JOB,
    make_schedules,
    make_sensor,
)
from dagster_project.settings import Settings, load_settings

# What a person follows during a run; Dagster's own log has the rest.
progress = logging.getLogger("klantbeeld")

TRANSLATOR = DagsterDbtTranslator(
    settings=DagsterDbtTranslatorSettings(enable_source_tests_as_checks=True)
)
# What the door writes for dbt beside the feeds.
LEDGER = ("deliveries", "delivery_spans", "rejected_rows")
LABELS = dg.AssetKey(["klantbeeld", "theme_labels"])
PUBLICATION = dg.AssetKey(["publication"])


def open_door(settings: Settings, feeds: tuple[Feed, ...]) -> Door:
    """Hold the run's lock and open the door."""
    hold_run_lock(settings.warehouse.parent / "run.lock")
    settings.lake.mkdir(parents=True, exist_ok=True)
    door = Door(settings, feeds, progress.info)
    door.prepare()
    if gone := door.forget(datetime.now(UTC).date()):
        progress.info("archive: %s files past their retention are gone", gone)
    return door


def feed_asset(
    settings: Settings, door_of_run: Callable[[str], Door], feed: Feed
) -> dg.AssetsDefinition:
    """One asset per feed: its landed files -> the lake."""

    @dg.asset(
        key=[feed.source, feed.name],
        description=feed.description,
        group_name="feeds",
        kinds={"file", "parquet"},
        deps=[dg.AssetKey(["landing", feed.source, feed.name])],
    )
    def take_in(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        door = door_of_run(context.run_id)
        arrivals = find_arrivals(settings, [feed], load_agencies(settings))
        outcomes = door.take_in(arrivals) + door.retake(feed)
        new = [outcome for outcome in outcomes if outcome.is_new]
        for outcome in new:
            entry = outcome.entry
            progress.info(
                "%s %s/%s/%s: %s of %s rows",
                entry["status"],
                entry["reporting_agency_code"],
                entry["feed"],
                entry["file_name"],
                entry["accepted_count"],
                entry["delivered_count"],
            )
        return dg.MaterializeResult(
            metadata={
                "deliveries": len(outcomes),
                "new": len(new),
                "refused": sum(outcome.status == "refused" for outcome in new),
                "rows accepted": sum(o.entry["accepted_count"] for o in new),
            }
        )

    return take_in


def landing_asset(feed: Feed) -> dg.AssetSpec:
    """The folder in the landing zone: somebody else writes it."""
    return dg.AssetSpec(
        ["landing", feed.source, feed.name],
        description=f"Wat in de landingszone klaarligt voor {feed.label}.",
        group_name="landing",
    )


def ledger_assets(feeds: tuple[Feed, ...]) -> list[dg.AssetSpec]:
    """What the door writes down of all feeds together."""
    deps = [dg.AssetKey([feed.source, feed.name]) for feed in feeds]
    return [
        dg.AssetSpec(["klantbeeld", name], deps=deps, group_name="feeds")
        for name in LEDGER
    ]


def label_asset() -> dg.AssetSpec:
    """What people said of comments: `klantbeeld label import` writes it."""
    return dg.AssetSpec(
        LABELS, description="Opmerkingen die een mens labelde.", group_name="feeds"
    )


def prediction_asset(
    settings: Settings, manifest: dict[str, Any], feeds: tuple[Feed, ...]
) -> dg.AssetsDefinition:
    """Themes of comments, by models trained on the labels; nothing without labels."""
    surveys = [feed for feed in feeds if feed.contract.kind == "survey_response"]

    @dg.asset(
        key=["klantbeeld", "theme_predictions"],
        deps=[LABELS, *(dg.AssetKey([feed.source, feed.name]) for feed in surveys)],
        description="Wat modellen uit labels leerden, toegepast op alle opmerkingen.",
        group_name="feeds",
        kinds={"scikitlearn", "parquet"},
    )
    def predict_themes() -> dg.MaterializeResult:
        hold_run_lock(settings.warehouse.parent / "run.lock")
        count = themes.renew(
            settings,
            surveys,
            themes.load_rules(manifest),
            warehouse.build_stamp(settings),
        )
        if count is not None:
            progress.info("labels: %s models of themes trained", count)
        return dg.MaterializeResult(metadata={"models": count or 0})

    return predict_themes


def warehouse_assets(
    settings: Settings, manifest: dict[str, Any]
) -> dg.AssetsDefinition:
    """One asset per model and seed, one check per test."""

    @dbt_assets(manifest=manifest, dagster_dbt_translator=TRANSLATOR, pool="warehouse")
    def build(context: dg.AssetExecutionContext, dbt: DbtCliResource) -> Iterator[Any]:
        hold_run_lock(settings.warehouse.parent / "run.lock")
        project = warehouse.start_build(settings)
        progress.info("dbt builds the warehouse")
        invocation = dbt.cli(
            # Unit tests ask nothing of the data: tests of the project run them.
            ["build", "--exclude-resource-type", "unit_test"],
            context=context,
            target_path=settings.dbt_project / "target",
            raise_on_error=False,
        )
        yield from _counted(invocation.stream(), manifest)
        if not invocation.is_successful():
            failed = _failures(invocation)
            raise dg.Failure(
                "the warehouse was not renewed, the former one stands: "
                + "; ".join(failed),
                allow_retries=False,
            )
        warehouse.finish_build(settings, project)

    return build


def _failures(invocation: Any) -> list[str]:
    """What failed, from dbt's results or else from its own error."""
    try:
        failed = warehouse.failures(invocation.get_artifact("run_results.json"))
    except FileNotFoundError:
        failed = []
    return failed or [str(invocation.get_error() or "dbt gave no reason")]


def _counted(events: Iterator[Any], manifest: dict[str, Any]) -> Iterator[Any]:
    """Pass dbt's results on, and say how far it is."""
    built = ("model", "seed", "test")
    total = sum(n["resource_type"] in built for n in manifest["nodes"].values())
    step = max(1, total // 4)
    for number, event in enumerate(events, start=1):
        if number % step == 0:
            progress.info("dbt: %s of about %s models and tests", number, total)
        yield event


def publication_asset(
    settings: Settings, manifest: dict[str, Any]
) -> dg.AssetsDefinition:
    """The frozen set of all marts."""

    @dg.asset(
        key=PUBLICATION,
        deps=[dg.AssetKey(["marts", mart]) for mart in mart_names(manifest)],
        description="De publicatie: alle marts, bevroren onder een eigen naam.",
        group_name="publication",
        kinds={"duckdb", "parquet"},
        pool="warehouse",
    )
    def publication() -> dg.MaterializeResult:
        hold_run_lock(settings.warehouse.parent / "run.lock")
        published, is_new = publish_marts(settings, manifest)
        progress.info(
            "publication %s%s", published.id, "" if is_new else " (the same figures)"
        )
        return dg.MaterializeResult(
            data_version=dg.DataVersion(published.facts["content_hash"]),
            metadata={"id": published.id, "new": is_new},
        )

    return publication


def workbook_asset(
    settings: Settings, manifest: dict[str, Any], workbook: exports.Workbook
) -> dg.AssetsDefinition:
    """One asset per workbook that an exposure declares, for every agency."""

    @dg.asset(
        key=["exports", workbook.suffix],
        deps=[PUBLICATION],
        description=workbook.label,
        group_name="exports",
        kinds={"excel"},
    )
    def write_workbooks() -> dg.MaterializeResult:
        publication = current_publication(settings)
        with open_for_reading(publication) as connection:
            report = exports.export_workbooks(
                connection, [workbook], manifest, publication.facts, settings.exports
            )
        for path in report.written:
            progress.info("workbook %s", path)
        if report.failed:
            raise dg.Failure(
                "; ".join(f"{agency}: {why}" for agency, why in report.failed.items()),
                allow_retries=False,
            )
        return dg.MaterializeResult(
            metadata={
                "workbooks": len(report.written),
                "files": [str(path) for path in report.written],
            }
        )

    return write_workbooks


def make_definitions(settings: Settings) -> dg.Definitions:
    """The whole graph for one installation."""
    # dbt finds the lake and the warehouse through these.
    os.environ.update(settings.environment())
    manifest = warehouse.load_manifest(settings)
    feeds = load_feeds(manifest)
    workbooks = exports.load_workbooks(manifest)

    @functools.lru_cache(maxsize=1)
    def door_of_run(run_id: str) -> Door:
        # Opened once, for all the feeds of a run.
        return open_door(settings, feeds)

    main_job = dg.define_asset_job(MAIN_JOB, selection=dg.AssetSelection.all())
    exports_job = dg.define_asset_job(
        EXPORTS_JOB, selection=dg.AssetSelection.groups("exports")
    )
    return dg.Definitions(
        assets=[
            *(landing_asset(feed) for feed in feeds),
            *(feed_asset(settings, door_of_run, feed) for feed in feeds),
            *ledger_assets(feeds),
            label_asset(),
            prediction_asset(settings, manifest, feeds),
            warehouse_assets(settings, manifest),
            publication_asset(settings, manifest),
            *(workbook_asset(settings, manifest, book) for book in workbooks),
        ],
        jobs=[main_job, exports_job],
        schedules=make_schedules(main_job, exports_job),
        sensors=[make_sensor(settings, main_job)],
        resources={
            "dbt": DbtCliResource(
                project_dir=str(settings.dbt_project),
                profiles_dir=str(settings.dbt_project),
                dbt_executable=warehouse.dbt_executable(),
            )
        },
        # Seven fixed seconds instead of forty: one process for all steps.
        executor=dg.in_process_executor,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """What `dagster dev` and the daemon load."""
    return make_definitions(load_settings())
