{% set counts = [
    'contact_count', 'eligible_count', 'invited_count', 'reached_count',
    'started_count', 'completed_count',
] %}

with figures as (

    select
        counts.*,
        measures.quantity
    from {{ ref('fct_published_count') }} as counts
    inner join {{ ref('dim_measure') }} as measures
        on counts.measure_code = measures.measure_code
    where
        counts.is_latest_vintage
        and measures.kind = 'response'

),

perimeters as (

    select * from {{ ref('int_published_perimeters') }}

),

-- A published count names a channel, not an instrument: it belongs to the instrument of
-- that channel where the agency has exactly one.
instruments as (

    select
        agency_code,
        channel_code,
        min(instrument_code) as instrument_code
    from {{ ref('dim_instrument') }}
    group by
        agency_code,
        channel_code
    having count(*) = 1

),

placed as (

    select
        perimeters.perimeter,
        perimeters.event_code,
        figures.is_simulated,
        figures.agency_code,
        figures.service_code,
        coalesce(instruments.instrument_code, 'niet-vermeld') as instrument_code,
        figures.channel_code,
        coalesce(figures.period_grain, 'niet-vermeld') as period_grain,
        coalesce(figures.period_code, 'niet-vermeld') as period_code,
        {%- for count in counts %}
        cast(max(case when figures.quantity = '{{ count }}' then figures.value end) as bigint)
            as {{ count }},
        {%- endfor %}
        max(
            case when figures.quantity = 'printed_response_rate' then figures.value end
        ) / 100 as printed_response_rate,
        max(
            case
                when figures.quantity = 'printed_response_rate' then figures.exactness
            end
        ) as printed_response_rate_exactness,
        {{ text_list('distinct figures.source', "'; '", 'figures.source') }} as source
    from figures
    inner join perimeters
        on figures.agency_code = perimeters.agency_code
    left join instruments
        on
            figures.agency_code = instruments.agency_code
            and figures.channel_code = instruments.channel_code
    group by all

)

select
    perimeter,
    event_code,
    'published' as basis,
    is_simulated,
    agency_code,
    service_code,
    instrument_code,
    channel_code,
    period_grain,
    period_code,
    {%- for count in counts %}
    {{ count }},
    {%- endfor %}
    -- AAPOR with a census of invitations: complete over all that were invited; of the
    -- invited nobody is of unknown eligibility, so RR1 = RR3 = RR5 and RR2 = RR4 = RR6.
    {%- for rate in [1, 3, 5] %}
    cast(completed_count as double) / nullif(invited_count, 0) as rr{{ rate }},
    cast(started_count as double) / nullif(invited_count, 0) as rr{{ rate + 1 }},
    {%- endfor %}
    printed_response_rate,
    printed_response_rate_exactness,
    {{ flags({
        'period_missing': "period_code = 'niet-vermeld'",
        'value_approximate': "printed_response_rate_exactness <> 'exact'",
    }) }} as flags,
    source
from placed
