-- One row per perimeter, event, agency, line, whether it is simulated and period of which
-- the registers cover every month: only such counts may be held against each other.
with coverage as (

    select * from {{ ref('int_complaint_coverage') }}
    where
        code_list = 'alle'
        and not is_total

),

periods as (

    select
        *,
        {{ month_count('period_start', 'period_end') }} as month_count
    from {{ ref('dim_period') }}

)

select
    coverage.perimeter,
    coverage.event_code,
    coverage.agency_code,
    coverage.complaint_line,
    coverage.is_simulated,
    periods.period_code
from coverage
inner join periods
    on coverage.month_start between periods.period_start and periods.period_end
group by
    coverage.perimeter,
    coverage.event_code,
    coverage.agency_code,
    coverage.complaint_line,
    coverage.is_simulated,
    periods.period_code,
    periods.month_count
having count(*) = periods.month_count
