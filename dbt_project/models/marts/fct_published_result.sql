with results as (

    select * from {{ ref('int_published_results') }}

),

periods as (

    select * from {{ ref('dim_period') }}

),

breaks as (

    select
        agency_code,
        max(event_date) as last_break_date
    from {{ ref('int_agency_breaks') }}
    group by agency_code

),

ranked as (

    select
        results.*,
        periods.period_grain,
        periods.period_start,
        periods.period_end,
        results.satisfied_pct + results.neutral_pct + results.dissatisfied_pct
            as share_sum_pct,
        coalesce(periods.period_start < breaks.last_break_date, false)
            as is_perimeter_unknown,
        row_number() over (
            partition by
                results.agency_code,
                results.service_code,
                results.instrument_code,
                results.channel_code,
                results.aspect_code,
                results.period_code
            order by
                results.published_on desc nulls last,
                results.version desc,
                results.delivery_id desc,
                results.source_place asc
        ) as vintage_rank
    from results
    inner join periods
        on results.period_code = periods.period_code
    left join breaks
        on results.agency_code = breaks.agency_code

)

select
    agency_code,
    reporting_agency_code,
    service_code,
    instrument_code,
    channel_code,
    aspect_code,
    period_grain,
    period_code,
    period_start,
    period_end,
    published_on,
    version,
    vintage_rank = 1 as is_latest_vintage,
    is_simulated,
    satisfied_pct_printed,
    neutral_pct_printed,
    dissatisfied_pct_printed,
    score_5_printed,
    nps_printed,
    answer_count_printed,
    cast(satisfied_pct * 0.01 as double) as satisfied_share,
    cast(neutral_pct * 0.01 as double) as neutral_share,
    cast(dissatisfied_pct * 0.01 as double) as dissatisfied_share,
    cast(score_5 as double) as mean_score_5,
    cast((score_5 - 1) * 25 as double) as mean_score_100,
    cast(nps as double) as nps,
    answer_count,
    cast(share_sum_pct as decimal(18, 2)) as share_sum_pct,
    {{ flags({
        'base_unknown': 'answer_count is null',
        'perimeter_unknown': 'is_perimeter_unknown',
        'sum_deviation': sum_deviation(),
    }) }} as flags,
    source,
    delivery_id,
    source_place
from ranked
