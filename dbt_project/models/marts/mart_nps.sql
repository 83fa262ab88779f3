with published_results as (

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

),

published as (

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
    from published_results as results
    inner join perimeters
        on results.agency_code = perimeters.agency_code
    left join instruments
        on results.instrument_code = instruments.instrument_code

),

cells as (

    select
        *,
        satisfied_count as promoter_count,
        neutral_count as passive_count,
        dissatisfied_count as detractor_count
    from {{ ref('int_satisfaction_cells') }}
    where
        aspect_code = 'aanbeveling'
        and answer_count > 0

),

computed as (

    select
        results.perimeter,
        results.event_code,
        'computed' as basis,
        results.is_simulated,
        results.agency_code,
        results.service_code,
        results.instrument_code,
        results.channel_code,
        results.period_grain,
        results.period_code,
        results.period_start,
        results.period_end,
        results.is_total,
        results.answer_count,
        results.promoter_count,
        results.passive_count,
        results.detractor_count,
        {{ net_promoter_score(
            'results.promoter_count', 'results.detractor_count', 'results.answer_count'
        ) }} as nps,
        {{ nps_bound(
            'results.promoter_count', 'results.detractor_count', 'results.answer_count', -1
        ) }} as nps_low,
        {{ nps_bound(
            'results.promoter_count', 'results.detractor_count', 'results.answer_count', 1
        ) }} as nps_high,
        {{ interval_meaning('instruments.sampling_code', 'results.answer_count') }}
            as interval_meaning,
        {{ flags({'few_answers': 'results.answer_count < 30'}) }} as flags,
        {{ comparability_key(
            'results.aspect_code', 'results.perimeter', 'results.scale_code'
        ) }} as comparability_key,
        {{ computed_source() }} as source
    from cells as results
    left join instruments
        on results.instrument_code = instruments.instrument_code

)

select * from published
union all
select * from computed
