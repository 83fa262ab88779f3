-- Rule D7: a printed percentage that no whole number of the stated base gives (GRIM, after
-- Brown and Heathers, 2017). Of shares and NPS the base is the answers; of a published
-- response rate the invited; of a point for improvement those who answered. Nothing is
-- said where the source states no base or hedges its figure.
{% set shares = {
    'tevreden': ('satisfied_share', 'satisfied_pct_printed'),
    'neutraal': ('neutral_share', 'neutral_pct_printed'),
    'ontevreden': ('dissatisfied_share', 'dissatisfied_pct_printed'),
    'NPS': ('nps', 'nps_printed'),
} %}

with results as (

    select * from {{ ref('fct_published_result') }}
    where
        is_latest_vintage
        and answer_count > 0

),

counts as (

    select * from {{ ref('fct_published_count') }}
    where
        is_latest_vintage
        and unit = 'percent'
        and exactness = 'exact'

),

measures as (

    select * from {{ ref('dim_measure') }}

),

response as (

    select * from {{ ref('mart_response') }}
    where
        perimeter = 'as_reported'
        and basis = 'published'

),

printed as (

    {%- for label, (figure, text) in shares.items() %}
    select
        agency_code,
        reporting_agency_code,
        'fct_published_result' as mart,
        concat_ws(
            ' | ', agency_code, service_code, instrument_code, channel_code,
            aspect_code, period_code, delivery_id, '{{ label }}'
        ) as row_key,
        period_code,
        channel_code,
        aspect_code,
        {{ '' if figure == 'nps' else '100 * ' }}{{ figure }} as printed_pct,
        {{ text }} as figure,
        answer_count as base_count,
        ' antwoorden' as base_nl,
        '{{ label }}' as quote,
        source
    from results
    union all
    {%- endfor %}
    select
        counts.agency_code,
        counts.reporting_agency_code,
        'fct_published_count' as mart,
        concat_ws(
            ' | ', counts.agency_code, counts.service_code, counts.channel_code,
            counts.measure_code, counts.period_code, counts.delivery_id
        ) as row_key,
        counts.period_code,
        counts.channel_code,
        'alle' as aspect_code,
        counts.value as printed_pct,
        counts.value_printed as figure,
        case measures.kind
            when 'response' then response.invited_count
            when 'improvement_point' then response.completed_count
        end as base_count,
        case measures.kind when 'response' then ' uitgenodigden' else ' antwoorden' end
            as base_nl,
        measures.label_nl as quote,
        counts.source
    from counts
    inner join measures
        on counts.measure_code = measures.measure_code
    inner join response
        on {{ same('counts', 'response', [
            'agency_code', 'service_code', 'channel_code', 'period_code', 'is_simulated',
        ]) }}

)

select
    'D7' as rule,
    agency_code,
    reporting_agency_code,
    mart,
    row_key,
    period_code,
    channel_code,
    aspect_code,
    figure,
    {{ format_number_nl('base_count') }} || base_nl as expected,
    quote,
    source
from printed
where not {{ is_attainable('printed_pct', 'figure', 'base_count') }}
