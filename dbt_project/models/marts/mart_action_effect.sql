{% set sides = [
    ('value', 'answer_count'),
    ('former_value', 'former_answer_count'),
    ('comparison_value', 'comparison_answer_count'),
    ('comparison_former_value', 'comparison_former_answer_count'),
] %}
{% set fewest = fewest_answers() %}

with cells as (

    select * from {{ ref('int_action_cells') }}

),

channels as (

    select * from {{ ref('dim_channel') }}

),

aspects as (

    select * from {{ ref('dim_aspect') }}

),

-- A printed mean or NPS tells no spread, a share does.
known as (

    select
        *,
        value is not null and former_value is not null as is_measured,
        comparison_kind is not null as is_compared,
        change_reasons <> '' as has_changed,
        answer_count is null
        or former_answer_count is null
        or (
            comparison_kind is not null
            and (
                comparison_answer_count is null or comparison_former_answer_count is null
            )
        ) as is_base_unknown,
        metric = 'satisfied_share'
        or (
            variance is not null
            and former_variance is not null
            and (
                comparison_kind is null
                or (
                    comparison_variance is not null
                    and comparison_former_variance is not null
                )
            )
        ) as has_spread,
        answer_count < {{ fewest }}
        or former_answer_count < {{ fewest }}
        or coalesce(comparison_answer_count < {{ fewest }}, false)
        or coalesce(comparison_former_answer_count < {{ fewest }}, false)
            as has_few_answers
    from cells

),

-- Before anything is tested: what stands in its way, the gravest first.
judged as (

    select
        *,
        case
            when former_value is null then 'not_measured'
            when value is null then 'not_yet_measured'
            when has_changed then 'not_comparable'
            when is_base_unknown or has_sum_deviation then 'unknown_base'
            when has_few_answers then 'too_few'
            when not has_spread then 'unknown_base'
            when not is_compared then 'no_comparison'
        end as obstacle
    from known

),

differences as (

    select
        *,
        case when not has_changed then round(value - former_value, 10) end as difference,
        case
            when not has_changed
                then round(comparison_value - comparison_former_value, 10)
        end as comparison_difference,
        case
            when not has_changed
                then round(
                    {{ difference_in_differences(
                        'value', 'former_value', 'comparison_value',
                        'comparison_former_value',
                    ) }},
                    10
                )
        end as effect,
        case
            when obstacle is null and metric = 'satisfied_share'
                then {{ adjusted_difference_in_differences(sides) }}
            when obstacle is null
                then {{ difference_in_differences(
                    'value', 'former_value', 'comparison_value', 'comparison_former_value'
                ) }}
        end as tested_effect,
        case
            when obstacle is null and metric = 'satisfied_share'
                then {{ difference_in_differences_variance(sides) }}
            when obstacle is null
                then
                    variance
                    + former_variance
                    + comparison_variance
                    + comparison_former_variance
        end as effect_variance
    from judged

),

scored as (

    select
        *,
        {{ difference_z('tested_effect', 'effect_variance') }} as effect_z
    from differences

),

tested as (

    select
        *,
        {{ p_value_or_limit(
            '2 * ' ~ normal_tail('abs(effect_z)'), 'tested_effect', 'effect_variance'
        ) }} as p_value
    from scored

),

-- One family is all that is tested of the actions of an agency over one period, by metric.
corrected as (

    {{ with_holm('tested', 'p_value', [
        'perimeter', 'event_code', 'basis', 'is_simulated', 'agency_code', 'period_code',
        'metric',
    ]) | indent(4) }}

),

concluded as (

    select
        *,
        case
            when obstacle is not null then obstacle
            when p_value_holm >= 0.05 then 'no_demonstrable_effect'
            when tested_effect > 0 then 'improved'
            else 'declined'
        end as verdict,
        case when metric = 'satisfied_share' then 100 else 1 end as shown_per,
        case when metric = 'satisfied_share' then ' %' else '' end as value_unit,
        case when metric = 'satisfied_share' then ' procentpunt' else ' punten' end
            as effect_unit
    from corrected

),

worded as (

    select
        concluded.*,
        case concluded.verdict
            when 'improved' then 'aantoonbaar beter'
            when 'declined' then 'aantoonbaar slechter'
            when 'no_demonstrable_effect' then 'geen aantoonbaar effect'
            when 'too_few' then 'te weinig antwoorden om te toetsen'
            when 'unknown_base'
                then 'niet te toetsen, de basis van minstens een cijfer is niet bekend'
            when 'no_comparison'
                then 'niet te toetsen, er is geen cijfer zonder actie om mee te vergelijken'
            when 'not_comparable'
                then concat(
                    'voor en na zijn niet vergelijkbaar (', concluded.change_reasons_nl, ')'
                )
            when 'not_yet_measured'
                then 'nog niet gemeten in een periode helemaal na de actie'
            else 'niet gemeten in een periode helemaal voor de actie'
        end as verdict_nl,
        case concluded.metric
            when 'satisfied_share' then 'aandeel tevreden over '
            when 'mean_score_100' then 'score op 100 voor '
            else 'NPS, '
        end
        || {{ inside_sentence('aspects.label_nl') }}
        || ' ('
        || {{ inside_sentence('channels.label_nl') }}
        || ')' as subject_nl,
        {{ format_number_nl('concluded.shown_per * concluded.former_value', 1) }}
        || concluded.value_unit
        || ' ('
        || concluded.former_period_code
        || ')' as former_nl,
        {{ format_number_nl('concluded.shown_per * concluded.value', 1) }}
        || concluded.value_unit
        || ' ('
        || concluded.period_code
        || ')' as latter_nl,
        'vergeleken met '
        || {{ inside_sentence('comparison_aspects.label_nl') }}
        || ' ('
        || {{ inside_sentence('comparison_channels.label_nl') }}
        || ') '
        || {{ format_number_nl('concluded.shown_per * concluded.effect', 1, signed=true) }}
        || concluded.effect_unit as effect_size_nl,
        {%- set tested = ['concluded.tested_effect', 'concluded.effect_variance'] %}
        {%- set low = difference_bound(*(tested + [-1])) %}
        {%- set high = difference_bound(*(tested + [1])) %}
        '95 %-interval '
        || {{ format_number_nl('concluded.shown_per * ' ~ low, 1, signed=true) }}
        || ' tot '
        || {{ format_number_nl('concluded.shown_per * ' ~ high, 1, signed=true) }}
            as interval_nl
    from concluded
    left join channels
        on concluded.channel_code = channels.channel_code
    left join aspects
        on concluded.aspect_code = aspects.aspect_code
    left join channels as comparison_channels
        on concluded.comparison_channel_code = comparison_channels.channel_code
    left join aspects as comparison_aspects
        on concluded.comparison_aspect_code = comparison_aspects.aspect_code

)

select
    perimeter,
    event_code,
    basis,
    is_simulated,
    agency_code,
    reporting_agency_code,
    action_code,
    action_text,
    action_started_on,
    action_finished_on,
    service_code,
    instrument_code,
    channel_code,
    aspect_code,
    metric,
    period_grain,
    former_period_code,
    period_code,
    former_value,
    value,
    former_answer_count,
    answer_count,
    difference,
    comparison_kind,
    comparison_instrument_code,
    comparison_channel_code,
    comparison_aspect_code,
    comparison_former_value,
    comparison_value,
    comparison_former_answer_count,
    comparison_answer_count,
    comparison_difference,
    effect,
    {%- for name, sign in [('effect_low', -1), ('effect_high', 1)] %}
    {{ difference_bound('tested_effect', 'effect_variance', sign) }} as {{ name }},
    {%- endfor %}
    case when obstacle is null then interval_meaning end as interval_meaning,
    p_value,
    p_value_holm,
    verdict,
    concat_ws(
        '|',
        nullif(change_reasons, ''),
        nullif(
            {{ flags({
                'base_unknown': 'is_measured and is_base_unknown',
                'few_answers': 'is_measured and has_few_answers',
                'no_comparison': 'is_measured and not is_compared',
                'spread_unknown': 'is_measured and not is_base_unknown and not has_spread',
            }) }},
            ''
        )
    ) as reasons,
    {{ flags({
        'compared_with_reserve': 'is_compared_with_reserve',
        'other_action': 'has_other_action',
        'same_respondents': "comparison_kind = 'aspect'",
        'sum_deviation': 'has_sum_deviation',
    }) }} as flags,
    {{ opening_sentence('verdict_nl') }}
    || ': '
    || concat_ws(
        ', ',
        subject_nl,
        case
            when verdict = 'not_comparable' then null
            when is_measured then 'van ' || former_nl || ' naar ' || latter_nl
            else coalesce(former_nl, latter_nl)
        end,
        case when verdict <> 'not_comparable' then effect_size_nl end,
        case when obstacle is null then interval_nl end
    )
    || '.' as effect_nl
from worded
