-- One row per figure that may stand beside another, of another period or agency: its
-- value and, where its answers are known, the variance of that value. A published figure
-- comes without.
{% set variances = {
    'satisfied_share': 'cast(null as double)',
    'mean_score_100': 'score_variance',
} %}

{% set keys = [
    'perimeter', 'event_code', 'is_simulated', 'agency_code', 'service_code',
    'instrument_code', 'channel_code', 'aspect_code', 'scale_code', 'period_code',
] %}

with spreads as (

    select
        {%- for key in keys %}
        cells.{{ key }},
        {%- endfor %}
        'computed' as basis,
        {{ mean_score_variance(
            'cells.score_sum', 'cells.score_square_sum', 'cells.answer_count'
        ) }} as variance
    from {{ ref('int_satisfaction_cells') }} as cells
    inner join {{ ref('dim_scale') }} as scales
        on cells.scale_code = scales.scale_code

),

satisfaction as (

    select
        results.*,
        spreads.variance as score_variance
    from {{ ref('mart_satisfaction') }} as results
    left join spreads
        on
            results.basis = spreads.basis
            {%- for key in keys %}
            and results.{{ key }} = spreads.{{ key }}
            {%- endfor %}

)

{% for metric, variance in variances.items() %}
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
    is_total,
    {{ metric }} as value,
    answer_count,
    {{ variance }} as variance,
    interval_meaning,
    flags,
    comparability_key
from satisfaction
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
    is_total,
    nps as value,
    answer_count,
    {{ nps_variance('promoter_count', 'detractor_count', 'answer_count') }}
        as variance,
    interval_meaning,
    flags,
    comparability_key
from {{ ref('mart_nps') }}
where nps is not null
