{% set keys = [
    'perimeter', 'event_code', 'basis', 'is_simulated', 'agency_code', 'service_code',
    'aspect_code', 'period_grain', 'period_code', 'period_start', 'period_end',
] %}

with reference_mix as (

    select * from {{ ref('reference_mix') }}

),

results as (

    select
        satisfaction.*,
        instruments.object_judged_code,
        scales.raw_max - scales.raw_min as scale_length
    from {{ ref('mart_satisfaction') }} as satisfaction
    left join {{ ref('dim_instrument') }} as instruments
        on satisfaction.instrument_code = instruments.instrument_code
    left join {{ ref('dim_scale') }} as scales
        on satisfaction.scale_code = scales.scale_code
    where satisfaction.aspect_code <> 'alle'

),

-- A figure for each key that has a channel of the mix, and in it a row for each channel.
mixed as (

    select distinct
        {%- for key in keys %}
        results.{{ key }},
        {%- endfor %}
        results.is_total,
        reference_mix.reference_period_code
    from results
    inner join reference_mix
        on
            results.agency_code = reference_mix.agency_code
            and results.channel_code = reference_mix.channel_code

),

strata as (

    select
        {%- for key in keys %}
        mixed.{{ key }},
        {%- endfor %}
        mixed.is_total,
        mixed.reference_period_code,
        reference_mix.channel_code,
        reference_mix.contact_count,
        results.channel_code is null as is_missing,
        coalesce(results.object_judged_code, 'niet-vermeld') as object_judged_code,
        coalesce(results.scale_length, 0) as scale_length,
        results.satisfied_share,
        results.mean_score_100,
        results.answer_count,
        results.interval_meaning,
        coalesce(results.flags like '%sum_deviation%', false) as has_sum_deviation
    from mixed
    inner join reference_mix
        on mixed.agency_code = reference_mix.agency_code
    left join results
        on
            reference_mix.channel_code = results.channel_code
            {%- for key in keys %}
            and mixed.{{ key }} = results.{{ key }}
            {%- endfor %}

),

summed as (

    select
        {%- for key in keys %}
        {{ key }},
        {%- endfor %}
        is_total,
        reference_period_code,
        {{ complete_sum('answer_count') }} as answer_count,
        {{ standardised_mean('satisfied_share', 'contact_count') }} as standardised_share,
        {{ standardised_variance(
            share_variance('satisfied_share', 'answer_count'), 'contact_count'
        ) }} as share_variance,
        {{ standardised_mean('mean_score_100', 'contact_count') }}
            as standardised_score_100,
        case
            when bool_or(interval_meaning = 'spread_on_repetition')
                then 'spread_on_repetition'
            else min(interval_meaning)
        end as interval_meaning,
        bool_or(has_sum_deviation) as has_sum_deviation,
        {{ flags({
            'channel_missing': 'bool_or(is_missing)',
            'object_differs': 'count(distinct case when not is_missing'
                ~ ' then object_judged_code end) > 1',
            'scale_differs': 'count(distinct case when not is_missing'
                ~ ' then scale_length end) > 1 or min(case when not is_missing'
                ~ ' then scale_length end) = 0',
            'several_instruments': 'count(*) > count(distinct channel_code)',
        }) }} as reasons
    from strata
    group by
        {%- for key in keys %}
        {{ key }},
        {%- endfor %}
        is_total,
        reference_period_code

),

-- Channels that do not make one figure together make none.
standardised as (

    select
        {%- for key in keys %}
        {{ key }},
        {%- endfor %}
        is_total,
        reference_period_code,
        cast(1 as bigint) as aspect_count,
        answer_count,
        case when reasons = '' then standardised_share end as standardised_share,
        case when reasons = '' then share_variance end as share_variance,
        case when reasons = '' then standardised_score_100 end as standardised_score_100,
        case when reasons = '' then interval_meaning end as interval_meaning,
        has_sum_deviation,
        reasons
    from summed

),

-- The mean over the aspects of the quality of a service. The same people answer several
-- of them: its spread is not that of separate samples, so it has no interval.
with_mean as (

    select * from standardised
    union all
    select
        {%- for key in keys %}
        {{ "'alle' as " if key == 'aspect_code' else 'standardised.' }}{{ key }},
        {%- endfor %}
        true as is_total,
        standardised.reference_period_code,
        count(*) as aspect_count,
        {{ complete_sum('standardised.answer_count') }} as answer_count,
        {{ standardised_mean('standardised.standardised_share', '1') }}
            as standardised_share,
        cast(null as double) as share_variance,
        {{ standardised_mean('standardised.standardised_score_100', '1') }}
            as standardised_score_100,
        cast(null as string) as interval_meaning,
        bool_or(standardised.has_sum_deviation) as has_sum_deviation,
        {{ flags({
            'aspect_missing': "bool_or(standardised.reasons <> '')",
        }) }} as reasons
    from standardised
    inner join {{ ref('dim_aspect') }} as aspects
        on standardised.aspect_code = aspects.aspect_code
    where aspects.servqual_dimension is not null
    group by
        {%- for key in keys if key != 'aspect_code' %}
        standardised.{{ key }},
        {%- endfor %}
        standardised.reference_period_code

)

select
    perimeter,
    event_code,
    basis,
    is_simulated,
    agency_code,
    service_code,
    aspect_code,
    period_grain,
    period_code,
    period_start,
    period_end,
    is_total,
    reference_period_code,
    aspect_count,
    answer_count,
    -- A sum of fractions depends on its order in the last of sixteen digits.
    round(standardised_share, 14) as standardised_share,
    {%- for side, sign, limit in [('low', -1, 'greatest(0e0, '), ('high', 1, 'least(1e0, ')] %}
    case
        when share_variance is not null
            then {{ limit }}round({{ difference_bound(
                'standardised_share', 'share_variance', sign
            ) }}, 14))
    end as standardised_share_{{ side }},
    {%- endfor %}
    round(standardised_score_100, 12) as standardised_score_100,
    case when share_variance is not null then interval_meaning end as interval_meaning,
    {{ flags({
        'base_unknown': 'answer_count is null',
        'sum_deviation': 'has_sum_deviation',
    }) }} as flags,
    reasons
from with_mean
