with results as (

    select * from {{ ref('fct_published_result') }}
    where
        is_latest_vintage
        and (
            satisfied_share is not null
            or neutral_share is not null
            or dissatisfied_share is not null
            or mean_score_5 is not null
        )

),

perimeters as (

    select * from {{ ref('int_published_perimeters') }}

),

instruments as (

    select * from {{ ref('dim_instrument') }}

)

select
    perimeters.perimeter,
    perimeters.event_code,
    'published' as basis,
    results.is_simulated,
    results.agency_code,
    results.service_code,
    results.instrument_code,
    results.channel_code,
    results.aspect_code,
    results.period_grain,
    results.period_code,
    results.period_start,
    results.period_end,
    -- A published row is never the sum of other rows of this mart.
    false as is_total,
    results.answer_count,
    cast(null as bigint) as satisfied_count,
    cast(null as bigint) as neutral_count,
    cast(null as bigint) as dissatisfied_count,
    cast(null as bigint) as dont_know_count,
    results.satisfied_share,
    results.neutral_share,
    results.dissatisfied_share,
    results.mean_score_5,
    results.mean_score_100,
    {{ wilson_bound('results.satisfied_share', 'results.answer_count', -1) }}
        as satisfied_share_low,
    {{ wilson_bound('results.satisfied_share', 'results.answer_count', 1) }}
        as satisfied_share_high,
    {{ interval_meaning('instruments.sampling_code', 'results.answer_count') }}
        as interval_meaning,
    results.flags,
    {{ comparability_key('results.aspect_code', 'perimeters.perimeter') }}
        as comparability_key,
    results.source
from results
inner join perimeters
    on results.agency_code = perimeters.agency_code
left join instruments
    on results.instrument_code = instruments.instrument_code
