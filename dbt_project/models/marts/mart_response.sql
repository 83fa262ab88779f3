{% set counts = response_counts() %}

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

instruments as (

    select * from {{ ref('int_channel_instruments') }}

),

published as (

    select
        perimeters.perimeter,
        perimeters.event_code,
        'published' as basis,
        figures.is_simulated,
        figures.agency_code,
        figures.service_code,
        coalesce(instruments.instrument_code, 'niet-vermeld') as instrument_code,
        figures.channel_code,
        coalesce(figures.period_grain, 'niet-vermeld') as period_grain,
        coalesce(figures.period_code, 'niet-vermeld') as period_code,
        -- A published row is never the sum of other rows of this mart.
        false as is_total,
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

),

invitations as (

    select * from {{ ref('int_invitation_periods') }}

),

-- A period is placed by its first day.
invited as (

    select
        perimeters.perimeter,
        perimeters.event_code,
        perimeters.agency_code,
        perimeters.service_code,
        invitations.is_simulated,
        invitations.instrument_code,
        invitations.channel_code,
        invitations.period_grain,
        invitations.period_code,
        {%- for count in counts %}
        invitations.{{ count }},
        {%- endfor %}
        invitations.source
    from invitations
    {{ in_perimeters('invitations', 'period_start') }}

),

with_totals as (

    select
        *,
        service_code as counted_service_code,
        false as is_total
    from invited
    union all
    select
        *,
        'alle' as counted_service_code,
        true as is_total
    from invited

),

computed as (

    select
        perimeter,
        event_code,
        'computed' as basis,
        is_simulated,
        agency_code,
        counted_service_code as service_code,
        instrument_code,
        channel_code,
        period_grain,
        period_code,
        is_total,
        {%- for count in counts %}
        {{ complete_sum(count) }} as {{ count }},
        {%- endfor %}
        cast(null as double) as printed_response_rate,
        cast(null as string) as printed_response_rate_exactness,
        {{ text_list('distinct source', "'; '", 'source') }} as source
    from with_totals
    group by
        perimeter,
        event_code,
        is_simulated,
        agency_code,
        counted_service_code,
        instrument_code,
        channel_code,
        period_grain,
        period_code,
        is_total

),

together as (

    select * from published
    union all
    select * from computed

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
    period_grain,
    period_code,
    is_total,
    {%- for count in counts %}
    {{ count }},
    {%- endfor %}
    {%- for number in range(1, 7) %}
    {{ response_rate(number) }} as rr{{ number }},
    {%- endfor %}
    printed_response_rate,
    printed_response_rate_exactness,
    {{ flags({
        'period_missing': "period_code = 'niet-vermeld'",
        'value_approximate': "printed_response_rate_exactness <> 'exact'",
    }) }} as flags,
    source
from together
