with results as (

    select * from {{ ref('fct_published_result') }}
    where
        is_latest_vintage
        and nps is not null

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
    results.period_grain,
    results.period_code,
    results.period_start,
    results.period_end,
    -- A published row is never the sum of other rows of this mart.
    false as is_total,
    results.answer_count,
    cast(null as bigint) as promoter_count,
    cast(null as bigint) as passive_count,
    cast(null as bigint) as detractor_count,
    results.nps,
    -- The interval needs the promoters and detractors, which a published NPS hides.
    cast(null as double) as nps_low,
    cast(null as double) as nps_high,
    {{ interval_meaning('instruments.sampling_code', 'cast(null as bigint)') }}
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
