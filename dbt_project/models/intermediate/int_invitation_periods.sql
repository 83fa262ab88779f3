-- One row per agency, service, instrument, channel and period: the counts of the course
-- of a survey as delivered for that period, else added up from shorter periods where
-- these fill it exactly.
{% set cell = [
    'agency_code', 'service_code', 'instrument_code', 'channel_code', 'is_simulated',
] %}
{% set span = ['period_grain', 'period_code', 'period_start', 'period_end'] %}

with delivered as (

    select
        {%- for column in cell + span %}
        {{ column }},
        {%- endfor %}
        {%- for count in response_counts() %}
        {{ complete_sum(count) }} as {{ count }},
        {%- endfor %}
        {{ text_list('distinct source', "'; '", 'source') }} as source
    from {{ ref('fct_survey_invitation') }}
    group by all

),

periods as (

    select * from {{ ref('dim_period') }}

),

added as (

    select
        {%- for column in cell %}
        delivered.{{ column }},
        {%- endfor %}
        {%- for column in span %}
        periods.{{ column }},
        {%- endfor %}
        {%- for count in response_counts() %}
        {{ complete_sum('delivered.' ~ count) }} as {{ count }},
        {%- endfor %}
        {{ text_list('distinct delivered.source', "'; '", 'delivered.source') }}
            as source
    from delivered
    inner join periods
        on
            delivered.period_start >= periods.period_start
            and delivered.period_end <= periods.period_end
            and delivered.period_code <> periods.period_code
    group by all
    -- More months than the period has were delivered in two grains.
    having
        sum({{ month_count('delivered.period_start', 'delivered.period_end') }})
        = {{ month_count('periods.period_start', 'periods.period_end') }}

)

select * from delivered
union all
select added.*
from added
left join delivered
    on
        {%- for column in cell %}
        added.{{ column }} = delivered.{{ column }}
        and
        {%- endfor %}
        added.period_code = delivered.period_code
where delivered.period_code is null
