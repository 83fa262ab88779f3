"""When the jobs run, in the time of Brussels.

Belongs here: schedules and the sensor on the landing zone. Does not belong here:
what a job does.
"""

import hashlib

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import (
    UnresolvedAssetJobDefinition,
)

from dagster_project.feeds import landing_state
from dagster_project.settings import Settings

MAIN_JOB = "klantbeeld"
EXPORTS_JOB = "workbooks"
TIME_ZONE = "Europe/Brussels"


def make_schedules(
    main_job: UnresolvedAssetJobDefinition, exports_job: UnresolvedAssetJobDefinition
) -> list[dg.ScheduleDefinition]:
    """The daily run, and the workbooks of each half-year on 1 March and 1 October."""
    return [
        dg.ScheduleDefinition(
            name="daily_run",
            job=main_job,
            cron_schedule="0 6 * * *",
            execution_timezone=TIME_ZONE,
            default_status=dg.DefaultScheduleStatus.RUNNING,
        ),
        dg.ScheduleDefinition(
            name="half_yearly_workbooks",
            job=exports_job,
            cron_schedule="0 8 1 3,10 *",
            execution_timezone=TIME_ZONE,
            default_status=dg.DefaultScheduleStatus.RUNNING,
        ),
    ]


def make_sensor(
    settings: Settings, main_job: UnresolvedAssetJobDefinition
) -> dg.SensorDefinition:
    """Asks for a run when the landing zone has changed since the last look."""

    @dg.sensor(
        name="landing_zone",
        job=main_job,
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def landing_zone(
        context: dg.SensorEvaluationContext,
    ) -> dg.SensorResult | dg.SkipReason:
        state = hashlib.sha256(repr(landing_state(settings)).encode()).hexdigest()
        if state == context.cursor:
            return dg.SkipReason("nothing new in the landing zone")
        return dg.SensorResult(
            run_requests=[dg.RunRequest(run_key=state)], cursor=state
        )

    return landing_zone
