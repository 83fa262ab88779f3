-- One row per contact centre and period of which it delivered contacts: whether it
-- delivered every month of it. A part of a year is no year.
with deliveries as (

    select * from {{ ref('stg_klantbeeld__deliveries') }}
    where kind in ('contact', 'contact_count')

),

months as (

    select distinct
        deliveries.reporting_agency_code,
        deliveries.is_simulated,
        candidates.month_start
    from deliveries
    inner join {{ ref('stg_klantbeeld__month_candidates') }} as candidates
        on deliveries.delivery_id = candidates.delivery_id
    where candidates.is_counting

),

periods as (

    select * from {{ ref('dim_period') }}

)

select
    months.reporting_agency_code,
    months.is_simulated,
    periods.period_code,
    count(*) = {{ month_count('periods.period_start', 'periods.period_end') }}
        as is_complete
from months
inner join periods
    on months.month_start between periods.period_start and periods.period_end
group by
    months.reporting_agency_code,
    months.is_simulated,
    periods.period_code,
    periods.period_start,
    periods.period_end
