with planned as (

    select * from {{ ref('stg_standard__planned_measurements') }}

),

periods as (

    select * from {{ ref('dim_period') }}

)

select
    planned.agency_code,
    planned.reporting_agency_code,
    planned.service_code,
    planned.instrument_code,
    periods.period_code,
    periods.period_start,
    periods.period_end,
    planned.target_group,
    planned.results_expected_on,
    planned.is_simulated,
    planned.delivery_id,
    planned.source_place
from planned
inner join periods
    on planned.period_code = periods.period_code
