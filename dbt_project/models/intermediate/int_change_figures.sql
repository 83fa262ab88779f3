{% set satisfaction_metrics = ['satisfied_share', 'mean_score_100'] %}

-- One row per figure that is compared over time: what it is, its value and, where its
-- answers are known, the variance of that value. A published figure comes without.
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
    {{ metric }} as value,
    answer_count,
    cast(null as double) as variance,
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
    nps as value,
    answer_count,
    {{ nps_variance('promoter_count', 'detractor_count', 'answer_count') }}
        as variance,
    flags
from {{ ref('mart_nps') }}
