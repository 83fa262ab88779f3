-- One row per perimeter, agency, service, instrument, channel, aspect, question, scale and
-- period: how many answers in each box, and the integer sums of their raw values and
-- squares, from which means and their spread are made. On an NPS scale the boxes are
-- promoters, passives and detractors. `is_total` rows sum the services.
-- A table: the marts of figures, of change and of the channel mix read it.
{{ config(materialized='table') }}

{% set sums = [
    'answer_count', 'satisfied_count', 'neutral_count', 'dissatisfied_count',
    'dont_know_count', 'score_sum', 'score_square_sum',
] %}

with answer_counts as (

    select * from {{ ref('int_answer_counts') }}

),

response_groups as (

    select * from {{ ref('int_response_groups') }}

),

asked as (

    select * from {{ ref('int_asked_questions') }}

),

scale_values as (

    select * from {{ ref('int_scale_values') }}

),

months as (

    select * from {{ ref('int_month_periods') }}

),

-- Shares and means are over answers in a box.
boxed as (

    select
        response_groups.*,
        answer_counts.aspect_code,
        asked.scale_code,
        asked.question_code,
        case when scale_values.is_dont_know then 0 else answer_counts.answer_count end
            as answer_count,
        case when scale_values.is_satisfied then answer_counts.answer_count else 0 end
            as satisfied_count,
        case when scale_values.is_neutral then answer_counts.answer_count else 0 end
            as neutral_count,
        case when scale_values.is_dissatisfied then answer_counts.answer_count else 0 end
            as dissatisfied_count,
        case when scale_values.is_dont_know then answer_counts.answer_count else 0 end
            as dont_know_count,
        case when scale_values.is_dont_know then 0 else answer_counts.answer_value end
            as score
    from answer_counts
    inner join response_groups
        on
            answer_counts.delivery_ordinal = response_groups.delivery_ordinal
            and answer_counts.response_group_number = response_groups.response_group_number
    inner join asked
        on
            answer_counts.delivery_ordinal = asked.delivery_ordinal
            and answer_counts.response_group_number = asked.response_group_number
            and answer_counts.aspect_code = asked.aspect_code
    inner join scale_values
        on
            asked.scale_code = scale_values.scale_code
            and answer_counts.answer_value = scale_values.answer_value

),

placed as (

    select
        perimeters.perimeter,
        perimeters.event_code,
        perimeters.agency_code,
        perimeters.service_code,
        boxed.instrument_code,
        boxed.channel_code,
        boxed.aspect_code,
        boxed.scale_code,
        boxed.question_code,
        boxed.is_simulated,
        cast(date_trunc('month', boxed.answered_on) as date) as month_start,
        boxed.answer_count,
        boxed.satisfied_count,
        boxed.neutral_count,
        boxed.dissatisfied_count,
        boxed.dont_know_count,
        boxed.answer_count * boxed.score as score_sum,
        boxed.answer_count * boxed.score * boxed.score as score_square_sum
    from boxed
    {{ in_perimeters('boxed', 'answered_on') }}

),

monthly as (

    select
        perimeter,
        event_code,
        agency_code,
        service_code,
        instrument_code,
        channel_code,
        aspect_code,
        scale_code,
        question_code,
        is_simulated,
        {%- for sum in sums %}
        sum({{ sum }}) as {{ sum }},
        {%- endfor %}
        month_start
    from placed
    group by
        perimeter,
        event_code,
        agency_code,
        service_code,
        instrument_code,
        channel_code,
        aspect_code,
        scale_code,
        question_code,
        is_simulated,
        month_start

),

with_totals as (

    select
        *,
        service_code as counted_service_code,
        false as is_total
    from monthly
    union all
    select
        *,
        'alle' as counted_service_code,
        true as is_total
    from monthly

)

select
    with_totals.perimeter,
    with_totals.event_code,
    with_totals.is_simulated,
    with_totals.agency_code,
    with_totals.counted_service_code as service_code,
    with_totals.instrument_code,
    with_totals.channel_code,
    with_totals.aspect_code,
    with_totals.scale_code,
    with_totals.question_code,
    months.period_grain,
    months.period_code,
    months.period_start,
    months.period_end,
    {%- for sum in sums %}
    cast(sum(with_totals.{{ sum }}) as bigint) as {{ sum }},
    {%- endfor %}
    with_totals.is_total
from with_totals
inner join months
    on with_totals.month_start = months.month_start
group by
    with_totals.perimeter,
    with_totals.event_code,
    with_totals.is_simulated,
    with_totals.agency_code,
    with_totals.counted_service_code,
    with_totals.instrument_code,
    with_totals.channel_code,
    with_totals.aspect_code,
    with_totals.scale_code,
    with_totals.question_code,
    months.period_grain,
    months.period_code,
    months.period_start,
    months.period_end,
    with_totals.is_total
