{% set services = {'total': 'alle', 'nhs': 'nhs', 'independent': 'independent'} %}

with delivered_totals as (

    select * from {{ delivered('nhs-england', 'rolling_totals') }} as delivered

)
{% for prefix, service in services.items() %}
{{ 'union all' if not loop.first }}
select
    reporting_agency_code as agency_code,
    reporting_agency_code,
    '{{ service }}' as service_code,
    'niet-vermeld' as instrument_code,
    'alle' as channel_code,
    'algemeen' as aspect_code,
    substr(cast(month_on as string), 1, 7) as period_code,
    {{ prefix }}_positive_share * 100 as satisfied_pct,
    cast(null as decimal(18, 6)) as neutral_pct,
    {{ prefix }}_negative_share * 100 as dissatisfied_pct,
    cast(null as decimal(18, 6)) as score_5,
    cast(null as decimal(18, 6)) as nps,
    {{ prefix }}_count as answer_count,
    {{ prefix }}_positive_share_printed as satisfied_pct_printed,
    cast(null as string) as neutral_pct_printed,
    {{ prefix }}_negative_share_printed as dissatisfied_pct_printed,
    cast(null as string) as score_5_printed,
    cast(null as string) as nps_printed,
    {{ prefix }}_count_printed as answer_count_printed,
    'Monthly Rolling Totals' as source,
    cast(null as date) as published_on,
    version,
    is_simulated,
    delivery_id,
    -- A row of this sheet prints three figures; each has a place of its own.
    source_place || ', {{ prefix }}' as source_place
from delivered_totals
{% endfor %}
