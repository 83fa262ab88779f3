with figures as (

    select * from {{ ref('int_comparable_figures') }}

),

with_former as (

    select
        *,
        lag(period_code) over former as former_period_code,
        lag(period_start) over former as former_period_start,
        lag(value) over former as former_value,
        lag(answer_count) over former as former_answer_count,
        lag(variance) over former as former_variance,
        lag(flags) over former as former_flags
    from figures
    window former as (
        partition by
            perimeter,
            event_code,
            basis,
            is_simulated,
            agency_code,
            service_code,
            instrument_code,
            channel_code,
            aspect_code,
            metric,
            is_total,
            period_grain
        order by period_start
    )

),

broken as (

    {{ breaks_between(
        'with_former',
        ['former_period_code', 'period_code'],
        'former_period_start',
        'period_end',
    ) }}

),

changes as (

    select
        with_former.*,
        broken.break_reasons,
        broken.break_reasons is not null as has_break,
        with_former.answer_count is null
        or with_former.former_answer_count is null as is_base_unknown,
        with_former.flags like '%sum_deviation%'
        or with_former.former_flags like '%sum_deviation%' as has_sum_deviation
    from with_former
    left join broken
        on
            with_former.perimeter = broken.perimeter
            and with_former.event_code = broken.event_code
            and with_former.basis = broken.basis
            and with_former.is_simulated = broken.is_simulated
            and with_former.agency_code = broken.agency_code
            and with_former.instrument_code = broken.instrument_code
            and with_former.former_period_code = broken.former_period_code
            and with_former.period_code = broken.period_code
    where with_former.former_period_code is not null

),

-- A share tells its own spread; a published mean or NPS comes without.
spreads as (

    select
        *,
        metric = 'satisfied_share'
        or (variance is not null and former_variance is not null) as has_spread
    from changes

),

testable as (

    select
        *,
        has_spread
        and not is_base_unknown
        and not has_break
        and not has_sum_deviation
        and answer_count >= {{ fewest_answers() }}
        and former_answer_count >= {{ fewest_answers() }} as is_testable
    from spreads

),

-- Each metric has a test of its own, and is null in those of the others.
figures_to_test as (

    select
        *,
        case when is_testable and metric = 'satisfied_share' then value end as tested_share,
        case when is_testable and metric = 'satisfied_share' then former_value end
            as former_tested_share,
        case when is_testable and metric = 'mean_score_100' then value end as tested_mean,
        case when is_testable and metric = 'mean_score_100' then former_value end
            as former_tested_mean,
        case when is_testable and metric = 'nps' then value - former_value end
            as nps_difference,
        case when is_testable and metric = 'nps' then variance + former_variance end
            as nps_variance
    from testable

),

means as (

    {{ with_welch_test(
        'figures_to_test',
        'tested_mean', 'variance', 'answer_count',
        'former_tested_mean', 'former_variance', 'former_answer_count',
        'welch'
    ) | indent(4) }}

),

scored as (

    select
        *,
        {{ two_proportion_z(
            'tested_share', 'answer_count', 'former_tested_share', 'former_answer_count'
        ) }} as share_z,
        {{ difference_z('nps_difference', 'nps_variance') }} as nps_z,
        {{ wilson_bound('tested_share', 'answer_count', -1) }} as share_low,
        {{ wilson_bound('tested_share', 'answer_count', 1) }} as share_high,
        {{ wilson_bound('former_tested_share', 'former_answer_count', -1) }}
            as former_share_low,
        {{ wilson_bound('former_tested_share', 'former_answer_count', 1) }}
            as former_share_high
    from means

),

tested as (

    select
        *,
        case metric
            when 'satisfied_share' then 2 * {{ normal_tail('share_z') }}
            when 'mean_score_100' then welch_p_value
            when 'nps' then {{ p_value_or_limit(
                '2 * ' ~ normal_tail('abs(nps_z)'), 'nps_difference', 'nps_variance'
            ) }}
        end as p_value
    from scored

),

-- One family is an agency, instrument, period and metric, within one perimeter; a total
-- tests again what its parts do, so totals are a family of their own.
corrected as (

    {{ with_holm('tested', 'p_value', [
        'perimeter', 'event_code', 'basis', 'is_simulated', 'agency_code',
        'instrument_code', 'period_code', 'metric', 'is_total',
    ]) | indent(4) }}

)

select
    perimeter,
    event_code,
    basis,
    is_simulated,
    agency_code,
    service_code,
    instrument_code,
    channel_code,
    aspect_code,
    metric,
    period_grain,
    period_code,
    former_period_code,
    is_total,
    value,
    former_value,
    answer_count,
    former_answer_count,
    -- Printed figures have few decimals: no noise beyond the tenth.
    round(value - former_value, 10) as difference,
    {%- for name, sign in [('difference_low', -1), ('difference_high', 1)] %}
    case metric
        when 'satisfied_share'
            then {{ newcombe_bound(
                'tested_share', 'share_low', 'share_high',
                'former_tested_share', 'former_share_low', 'former_share_high', sign
            ) }}
        when 'mean_score_100' then {{ 'welch_low' if sign < 0 else 'welch_high' }}
        when 'nps' then {{ difference_bound('nps_difference', 'nps_variance', sign) }}
    end as {{ name }},
    {%- endfor %}
    case when is_testable then interval_meaning end as interval_meaning,
    p_value,
    p_value_holm,
    case
        when has_break then 'not_comparable'
        when is_base_unknown or has_sum_deviation then 'unknown_base'
        when basis = 'published' and not has_spread then 'unknown_base'
        when not is_testable then 'too_few'
        when p_value_holm >= 0.05 then 'stable'
        when value > former_value then 'improved'
        else 'declined'
    end as verdict,
    concat_ws(
        '|',
        case when is_base_unknown then 'base_unknown' end,
        break_reasons,
        nullif(
            {{ flags({
                'few_answers': 'answer_count < ' ~ fewest_answers()
                    ~ ' or former_answer_count < ' ~ fewest_answers(),
                'spread_unknown': 'not has_spread and not is_base_unknown',
                'sum_deviation': "metric = 'satisfied_share' and has_sum_deviation",
            }) }},
            ''
        )
    ) as reasons,
    {{ flags({'sum_deviation': 'has_sum_deviation'}) }} as flags
from corrected
