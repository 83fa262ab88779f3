{% set counts = [
    'answer_count', 'satisfied_count', 'neutral_count', 'dissatisfied_count',
    'dont_know_count',
] %}

with published_results as (

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

),

scales as (

    select * from {{ ref('dim_scale') }}

),

questions as (

    select * from {{ ref('int_published_questions') }}

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
        -- The interval needs the spread of the answers, which a published mean hides.
        cast(null as double) as mean_score_100_low,
        cast(null as double) as mean_score_100_high,
        cast(null as double) as satisfied_share_with_dont_know,
        {{ wilson_bound('results.satisfied_share', 'results.answer_count', -1) }}
            as satisfied_share_low,
        {{ wilson_bound('results.satisfied_share', 'results.answer_count', 1) }}
            as satisfied_share_high,
        {{ interval_meaning('instruments.sampling_code', 'results.answer_count') }}
            as interval_meaning,
        instruments.scale_code,
        scales.conversion_name,
        scales.conversion_version,
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
    left join scales
        on instruments.scale_code = scales.scale_code
    left join questions
        on
            results.agency_code = questions.agency_code
            and results.aspect_code = questions.aspect_code

),

-- Where answers on two scales meet in one row their boxes add up, their means do not.
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
        period_grain,
        period_code,
        period_start,
        period_end,
        is_total,
        case when min(scale_code) = max(scale_code) then min(scale_code) else 'gemengd' end
            as scale_code,
        case
            when min(question_code) = max(question_code) then min(question_code)
            else 'gemengd'
        end as question_code,
        {%- for count in counts %}
        cast(sum({{ count }}) as bigint) as {{ count }},
        {%- endfor %}
        cast(sum(score_sum) as bigint) as score_sum,
        cast(sum(score_square_sum) as bigint) as score_square_sum
    from {{ ref('int_satisfaction_cells') }}
    where aspect_code <> 'aanbeveling'
    group by
        perimeter,
        event_code,
        is_simulated,
        agency_code,
        service_code,
        instrument_code,
        channel_code,
        aspect_code,
        period_grain,
        period_code,
        period_start,
        period_end,
        is_total

),

shares as (

    select
        *,
        {%- for box in ['satisfied', 'neutral', 'dissatisfied'] %}
        cast({{ box }}_count as double) / nullif(answer_count, 0) as {{ box }}_share,
        {%- endfor %}
        cast(satisfied_count as double) / nullif(answer_count + dont_know_count, 0)
            as satisfied_share_with_dont_know
    from cells

),

scored as (

    select
        shares.*,
        {{ mean_score_100('shares.score_sum', 'shares.answer_count') }} as mean_score_100,
        {{ mean_score_variance(
            'shares.score_sum', 'shares.score_square_sum', 'shares.answer_count'
        ) }} as mean_score_variance,
        scales.conversion_name,
        scales.conversion_version,
        scales.is_coarse,
        case when shares.scale_code = 'gemengd' then 'gemengd' else scales.scale_family end
            as scale_family
    from shares
    left join scales
        on shares.scale_code = scales.scale_code

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
        results.aspect_code,
        results.period_grain,
        results.period_code,
        results.period_start,
        results.period_end,
        results.is_total,
        {%- for count in counts %}
        results.{{ count }},
        {%- endfor %}
        results.satisfied_share,
        results.neutral_share,
        results.dissatisfied_share,
        1 + results.mean_score_100 / 25 as mean_score_5,
        results.mean_score_100,
        {%- for bound, sign in [('low', -1), ('high', 1)] %}
        {{ mean_bound(
            'results.mean_score_100', 'results.mean_score_variance',
            'results.answer_count', sign
        ) }} as mean_score_100_{{ bound }},
        {%- endfor %}
        results.satisfied_share_with_dont_know,
        {{ wilson_bound('results.satisfied_share', 'results.answer_count', -1) }}
            as satisfied_share_low,
        {{ wilson_bound('results.satisfied_share', 'results.answer_count', 1) }}
            as satisfied_share_high,
        {{ interval_meaning('instruments.sampling_code', 'results.answer_count') }}
            as interval_meaning,
        results.scale_code,
        results.conversion_name,
        results.conversion_version,
        {{ flags({
            'coarse_scale': 'results.is_coarse',
            'few_answers': 'results.answer_count < 30',
            'mixed_scales': "results.scale_code = 'gemengd'",
        }) }} as flags,
        {{ comparability_parts(
            'results.aspect_code',
            'results.scale_family',
            'results.question_code',
            'results.perimeter',
            'results.event_code',
        ) }},
        {{ computed_source() }} as source
    from scored as results
    left join instruments
        on results.instrument_code = instruments.instrument_code

)

select * from published
union all
select * from computed
