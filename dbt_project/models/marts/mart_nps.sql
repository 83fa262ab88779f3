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

questions as (

    select * from {{ ref('int_published_questions') }}

),

scales as (

    select * from {{ ref('dim_scale') }}

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
        {{ comparability_parts(
            'results.aspect_code',
            'scales.scale_family',
            'questions.question_code',
            'perimeters.perimeter',
            'perimeters.event_code',
        ) }},
        results.source
    from published_results as results
    inner join perimeters
        on results.agency_code = perimeters.agency_code
    left join instruments
        on results.instrument_code = instruments.instrument_code
    left join questions
        on
            results.agency_code = questions.agency_code
            and results.aspect_code = questions.aspect_code
    left join scales
        on questions.scale_code = scales.scale_code

),

cells as (

    select
        perimeter,
        event_code,
        is_simulated,
        agency_code,
        service_code,
        instrument_code,
        channel_code,
        aspect_code,
        scale_code,
        period_grain,
        period_code,
        period_start,
        period_end,
        is_total,
        case
            when min(question_code) = max(question_code) then min(question_code)
            else 'gemengd'
        end as question_code,
        cast(sum(answer_count) as bigint) as answer_count,
        cast(sum(satisfied_count) as bigint) as promoter_count,
        cast(sum(neutral_count) as bigint) as passive_count,
        cast(sum(dissatisfied_count) as bigint) as detractor_count
    from {{ ref('int_satisfaction_cells') }}
    where
        aspect_code = 'aanbeveling'
        and answer_count > 0
    group by
        perimeter,
        event_code,
        is_simulated,
        agency_code,
        service_code,
        instrument_code,
        channel_code,
        aspect_code,
        scale_code,
        period_grain,
        period_code,
        period_start,
        period_end,
        is_total

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
        {{ comparability_parts(
            'results.aspect_code',
            'scales.scale_family',
            'results.question_code',
            'results.perimeter',
            'results.event_code',
        ) }},
        {{ computed_source() }} as source
    from cells as results
    left join instruments
        on results.instrument_code = instruments.instrument_code
    left join scales
        on results.scale_code = scales.scale_code

)

select * from published
union all
select * from computed
