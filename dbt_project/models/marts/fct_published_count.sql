with counts as (

    select * from {{ ref('stg_standard__published_counts') }}

),

periods as (

    select * from {{ ref('dim_period') }}

),

measures as (

    select * from {{ ref('dim_measure') }}

),

breaks as (

    select
        agency_code,
        max(event_date) as last_break_date
    from {{ ref('int_agency_breaks') }}
    group by agency_code

),

placed as (

    select
        counts.*,
        measures.unit,
        periods.period_grain,
        coalesce(periods.period_code, counts.period_code) as placed_period_code,
        coalesce(periods.period_start, counts.period_from) as period_start,
        coalesce(periods.period_end, counts.period_until) as period_end
    from counts
    inner join measures
        on counts.measure_code = measures.measure_code
    left join periods
        on
            counts.period_code = periods.period_code
            or (
                counts.period_from = periods.period_start
                and counts.period_until = periods.period_end
            )

),

ranked as (

    select
        placed.*,
        coalesce(placed.period_start < breaks.last_break_date, false)
            as is_perimeter_unknown,
        row_number() over (
            partition by
                placed.agency_code,
                placed.service_code,
                placed.channel_code,
                placed.measure_code,
                placed.placed_period_code,
                placed.period_start,
                placed.period_end
            order by
                placed.published_on desc nulls last,
                placed.version desc,
                placed.delivery_id desc,
                placed.source_place asc
        ) as vintage_rank
    from placed
    left join breaks
        on placed.agency_code = breaks.agency_code

)

select
    agency_code,
    reporting_agency_code,
    service_code,
    channel_code,
    measure_code,
    unit,
    period_grain,
    placed_period_code as period_code,
    period_start,
    period_end,
    published_on,
    version,
    vintage_rank = 1 as is_latest_vintage,
    is_simulated,
    value_printed,
    cast(value as double) as value,
    exactness,
    delimitation,
    {{ flags({
        'period_missing': 'period_start is null and period_end is null',
        'perimeter_unknown': 'is_perimeter_unknown',
        'value_approximate': "exactness <> 'exact'",
    }) }} as flags,
    source,
    delivery_id,
    source_place
from ranked
