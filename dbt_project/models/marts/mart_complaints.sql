with figures as (

    select
        counts.*,
        measures.quantity,
        measures.complaint_line
    from {{ ref('fct_published_count') }} as counts
    inner join {{ ref('dim_measure') }} as measures
        on counts.measure_code = measures.measure_code
    where
        counts.is_latest_vintage
        and counts.period_code is not null
        and counts.channel_code = 'alle'
        and measures.kind = 'complaint'
        and (
            measures.quantity = 'mean_days'
            {%- for count in complaint_counts() %}
            or measures.quantity = '{{ count }}'
            {%- endfor %}
        )

),

perimeters as (

    select * from {{ ref('int_published_perimeters') }}

)

select
    perimeters.perimeter,
    perimeters.event_code,
    'published' as basis,
    figures.is_simulated,
    figures.agency_code,
    figures.service_code,
    figures.complaint_line,
    figures.period_grain,
    figures.period_code,
    figures.period_start,
    figures.period_end,
    -- A published row is never the sum of other rows of this mart.
    false as is_total,
    {%- for count in complaint_counts() %}
    cast(max(case when figures.quantity = '{{ count }}' then figures.value end) as bigint)
        as {{ count }},
    {%- endfor %}
    max(case when figures.quantity = 'mean_days' then figures.value end) as mean_days,
    cast(null as bigint) as contact_count,
    cast(null as double) as complaints_per_100000_contacts,
    {{ flags({
        'perimeter_unknown': "bool_or(figures.flags like '%perimeter_unknown%')",
    }) }} as flags,
    {{ text_list('distinct figures.source', "'; '", 'figures.source') }} as source
from figures
inner join perimeters
    on figures.agency_code = perimeters.agency_code
group by
    perimeters.perimeter,
    perimeters.event_code,
    figures.is_simulated,
    figures.agency_code,
    figures.service_code,
    figures.complaint_line,
    figures.period_grain,
    figures.period_code,
    figures.period_start,
    figures.period_end
