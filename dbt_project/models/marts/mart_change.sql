{% set satisfaction_metrics = ['satisfied_share', 'mean_score_100'] %}

with figures as (

    {% for metric in satisfaction_metrics %}
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
        '{{ metric }}' as metric,
        period_grain,
        period_code,
        period_start,
        period_end,
        {{ metric }} as value,
        answer_count,
        flags
    from {{ ref('mart_satisfaction') }}
    where {{ metric }} is not null
    union all
    {% endfor %}
    select
        perimeter,
        event_code,
        basis,
        is_simulated,
        agency_code,
        service_code,
        instrument_code,
        channel_code,
        'aanbeveling' as aspect_code,
        'nps' as metric,
        period_grain,
        period_code,
        period_start,
        period_end,
        nps as value,
        answer_count,
        flags
    from {{ ref('mart_nps') }}

),

with_former as (

    select
        *,
        lag(period_code) over former as former_period_code,
        lag(period_start) over former as former_period_start,
        lag(value) over former as former_value,
        lag(answer_count) over former as former_answer_count,
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

-- A published mean or NPS comes without its spread: only shares can be tested.
testable as (

    select
        *,
        metric = 'satisfied_share'
        and not is_base_unknown
        and not has_break
        and not has_sum_deviation
        and answer_count >= 30
        and former_answer_count >= 30 as is_testable
    from changes

),

shares as (

    select
        *,
        case when is_testable then value end as tested_share,
        case when is_testable then former_value end as former_share
    from testable

),

pooled as (

    select
        *,
        (tested_share * answer_count + former_share * former_answer_count)
        / (answer_count + former_answer_count) as pooled_share,
        {{ wilson_bound('tested_share', 'answer_count', -1) }} as low,
        {{ wilson_bound('tested_share', 'answer_count', 1) }} as high,
        {{ wilson_bound('former_share', 'former_answer_count', -1) }} as former_low,
        {{ wilson_bound('former_share', 'former_answer_count', 1) }} as former_high
    from shares

),

-- Two-proportion z-test, pooled; equal shares of 0 or 1 have no spread and no difference.
scored as (

    select
        *,
        case
            when is_testable
                then coalesce(
                    abs(value - former_value) / nullif(
                        sqrt(
                            pooled_share * (1 - pooled_share)
                            * (1.0 / answer_count + 1.0 / former_answer_count)
                        ),
                        0
                    ),
                    0
                )
        end as z_score
    from pooled

),

tested as (

    select
        *,
        2 * {{ normal_tail('z_score') }} as p_value
    from scored

),

-- Holm: one family is an agency, instrument, period and metric, within one perimeter.
ranked as (

    select
        *,
        row_number() over family as p_rank,
        count(p_value) over (
            partition by
                perimeter, event_code, basis, is_simulated, agency_code,
                instrument_code, period_code, metric
        ) as test_count
    from tested
    window family as (
        partition by
            perimeter, event_code, basis, is_simulated, agency_code,
            instrument_code, period_code, metric
        order by p_value asc nulls last
    )

),

corrected as (

    select
        *,
        case
            when p_value is not null
                then max(least(1.0, (test_count - p_rank + 1) * p_value)) over (
                    partition by
                        perimeter, event_code, basis, is_simulated, agency_code,
                        instrument_code, period_code, metric
                    order by p_rank
                )
        end as p_value_holm
    from ranked

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
    value,
    former_value,
    answer_count,
    former_answer_count,
    -- Printed figures have few decimals: no noise beyond the tenth.
    round(value - former_value, 10) as difference,
    -- Newcombe's interval from the two Wilson intervals.
    case
        when is_testable
            then
                value - former_value - sqrt(
                    (value - low) * (value - low)
                    + (former_high - former_value) * (former_high - former_value)
                )
    end as difference_low,
    case
        when is_testable
            then
                value - former_value + sqrt(
                    (high - value) * (high - value)
                    + (former_value - former_low) * (former_value - former_low)
                )
    end as difference_high,
    p_value,
    p_value_holm,
    case
        when has_break then 'not_comparable'
        when is_base_unknown or has_sum_deviation then 'unknown_base'
        when metric <> 'satisfied_share' then 'unknown_base'
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
                'few_answers': 'answer_count < 30 or former_answer_count < 30',
                'spread_unknown': "metric <> 'satisfied_share' and not is_base_unknown",
                'sum_deviation': "metric = 'satisfied_share' and has_sum_deviation",
            }) }},
            ''
        )
    ) as reasons,
    {{ flags({'sum_deviation': 'has_sum_deviation'}) }} as flags
from corrected
