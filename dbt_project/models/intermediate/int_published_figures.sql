-- One row per perimeter and figure that was really published, whatever it is of: its value
-- and how far rounding may have moved it, half a unit of the last printed decimal.
{% set results = {
    'satisfied_share': ('satisfied_pct_printed', 0.01),
    'neutral_share': ('neutral_pct_printed', 0.01),
    'dissatisfied_share': ('dissatisfied_pct_printed', 0.01),
    'mean_score_5': ('score_5_printed', 1),
    'nps': ('nps_printed', 1),
} %}

with results as (

    select * from {{ ref('fct_published_result') }}
    where
        is_latest_vintage
        and not is_simulated

),

counts as (

    select
        counts.*,
        measures.quantity,
        measures.kind,
        coalesce(measures.complaint_line, 'niet-vermeld') as complaint_line,
        -- Two measures of one quantity give one figure, as in the marts.
        row_number() over (
            partition by
                counts.agency_code,
                counts.service_code,
                counts.channel_code,
                counts.period_code,
                measures.quantity,
                measures.complaint_line
            order by counts.value desc, counts.measure_code asc
        ) as figure_number
    from {{ ref('fct_published_count') }} as counts
    inner join {{ ref('dim_measure') }} as measures
        on counts.measure_code = measures.measure_code
    where
        counts.is_latest_vintage
        and not counts.is_simulated

),

instruments as (

    select * from {{ ref('int_channel_instruments') }}

),

perimeters as (

    select * from {{ ref('int_published_perimeters') }}

),

figures as (

    {% for metric, (printed, unit) in results.items() %}
    select
        agency_code,
        service_code,
        instrument_code,
        channel_code,
        aspect_code,
        'niet-vermeld' as complaint_line,
        '{{ metric }}' as metric,
        period_grain,
        period_code,
        {{ metric }} as published_value,
        {{ unit }} * 0.5 * power(10, -{{ printed_decimals(printed) }})
            as rounding_tolerance,
        'exact' as exactness,
        answer_count as published_answer_count,
        flags,
        source
    from results
    where {{ metric }} is not null
    union all
    {% endfor %}
    select
        counts.agency_code,
        counts.service_code,
        case
            when counts.kind = 'response'
                then coalesce(instruments.instrument_code, 'niet-vermeld')
            else 'niet-vermeld'
        end as instrument_code,
        counts.channel_code,
        'alle' as aspect_code,
        counts.complaint_line,
        case counts.quantity when 'printed_response_rate' then 'rr1' else counts.quantity end
            as metric,
        coalesce(counts.period_grain, 'niet-vermeld') as period_grain,
        coalesce(counts.period_code, 'niet-vermeld') as period_code,
        case when counts.unit = 'percent' then 0.01 else 1 end * counts.value
            as published_value,
        case when counts.unit = 'percent' then 0.01 else 1 end
        * 0.5 * power(10, -{{ printed_decimals(
            "case when counts.value = floor(counts.value)"
            ~ " then replace(counts.value_printed, '.', '')"
            ~ " else counts.value_printed end"
        ) }})
            as rounding_tolerance,
        counts.exactness,
        cast(null as bigint) as published_answer_count,
        counts.flags,
        counts.source
    from counts
    left join instruments
        on
            counts.agency_code = instruments.agency_code
            and counts.channel_code = instruments.channel_code
    where
        counts.figure_number = 1
        and (
            counts.kind = 'response'
            or counts.kind = 'complaint'
            and counts.channel_code = 'alle'
            and counts.quantity in (
                {%- for quantity in complaint_counts() + complaint_days() %}
                '{{ quantity }}'{{ ',' if not loop.last }}
                {%- endfor %}
            )
        )

)

select
    perimeters.perimeter,
    perimeters.event_code,
    figures.*
from figures
inner join perimeters
    on figures.agency_code = perimeters.agency_code
