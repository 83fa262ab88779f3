-- The periods that a month belongs to: itself, its quarter, half-year and year.
with periods as (

    select * from {{ ref('dim_period') }}

)

select
    months.period_start as month_start,
    periods.period_grain,
    periods.period_code,
    periods.period_start,
    periods.period_end
from periods as months
inner join periods
    on months.period_start between periods.period_start and periods.period_end
where months.period_grain = 'month'
