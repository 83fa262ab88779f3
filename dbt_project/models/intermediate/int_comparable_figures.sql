-- One row per figure that may stand beside another: a cell of satisfaction or NPS and a
-- metric.
{%- for metric in ['satisfied_share', 'mean_score_100'] %}
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
    flags,
    comparability_key
from {{ ref('mart_satisfaction') }}
where {{ metric }} is not null
union all
{%- endfor %}
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
    flags,
    comparability_key
from {{ ref('mart_nps') }}
where nps is not null
