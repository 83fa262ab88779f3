{# A total is taken over the topics of a line, over the lines, and of each over services. #}
{% set levels = [
    ['service_code', 'contact_line', 'topic_code'],
    ['service_code', 'contact_line'],
    ['service_code'],
    ['contact_line', 'topic_code'],
    ['contact_line'],
    [],
] %}
{% set cell = [
    'perimeter', 'event_code', 'is_simulated', 'agency_code', 'reporting_agency_code',
    'channel_code', 'period_grain', 'period_code', 'period_start', 'period_end',
] %}

with contacts as (

    select * from {{ ref('fct_contact') }}

),

lines as (

    select * from {{ ref('dim_contact_line') }}

),

thresholds as (

    select * from {{ ref('contact_thresholds') }}

),

coverage as (

    select * from {{ ref('int_contact_coverage') }}

),

periods as (

    select * from {{ ref('dim_period') }}

),

post_call as (

    select * from {{ ref('int_post_call_answers') }}

),

described as (

    select
        contacts.*,
        lines.agency_code,
        lines.reporting_agency_code,
        lines.service_code,
        lines.contact_line,
        lines.topic_code,
        lines.channel_code,
        thresholds.answer_threshold_seconds,
        thresholds.short_abandon_seconds,
        post_call.answer_count,
        post_call.score_sum,
        post_call.score_range_sum
    from contacts
    inner join lines
        on contacts.contact_line_id = lines.contact_line_id
    left join thresholds
        on
            lines.reporting_agency_code = thresholds.reporting_agency_code
            and lines.contact_line = thresholds.contact_line
            and contacts.is_simulated = thresholds.is_simulated
    left join post_call
        on
            contacts.contact_line_id = post_call.contact_line_id
            and contacts.contacted_on = post_call.contacted_on
            and contacts.is_simulated = post_call.is_simulated

),

placed as (

    select
        perimeters.perimeter,
        perimeters.event_code,
        perimeters.agency_code,
        perimeters.service_code,
        described.reporting_agency_code,
        described.contact_line,
        described.topic_code,
        described.channel_code,
        described.is_simulated,
        periods.period_grain,
        periods.period_code,
        periods.period_start,
        periods.period_end,
        described.answer_threshold_seconds,
        described.short_abandon_seconds,
        {%- for quantity in contact_quantities() %}
        described.{{ quantity }},
        {%- endfor %}
        described.answer_count,
        described.score_sum,
        described.score_range_sum
    from described
    {{ in_perimeters('described', 'contacted_on') }}
    inner join periods
        on described.contacted_on between periods.period_start and periods.period_end

),

summed as (

    select
        {%- for column in cell %}
        {{ column }},
        {%- endfor %}
        {%- for column in levels[0] %}
        case when grouping({{ column }}) = 1 then 'alle' else {{ column }} end
            as counted_{{ column }},
        {%- endfor %}
        grouping(service_code) + grouping(topic_code) > 0 as is_total,
        {%- for seconds in ['answer_threshold_seconds', 'short_abandon_seconds'] %}
        case
            when
                count({{ seconds }}) = count(*)
                and min({{ seconds }}) = max({{ seconds }})
                then min({{ seconds }})
        end as {{ seconds }},
        {%- endfor %}
        {%- for quantity in contact_quantities() %}
        {{ complete_sum(quantity) }} as {{ quantity }},
        {%- endfor %}
        cast(sum(answer_count) as bigint) as answer_count,
        cast(sum(score_sum) as bigint) as score_sum,
        cast(sum(score_range_sum) as bigint) as score_range_sum
    from placed
    group by
        grouping sets (
            {%- for level in levels %}
            ({{ (cell + level) | join(', ') }}){{ ',' if not loop.last }}
            {%- endfor %}
        )

)

select
    summed.perimeter,
    summed.event_code,
    'computed' as basis,
    summed.is_simulated,
    summed.agency_code,
    summed.reporting_agency_code,
    summed.counted_service_code as service_code,
    summed.counted_contact_line as contact_line,
    summed.counted_topic_code as topic_code,
    summed.channel_code,
    summed.period_grain,
    summed.period_code,
    summed.period_start,
    summed.period_end,
    summed.is_total,
    summed.answer_threshold_seconds,
    summed.short_abandon_seconds,
    {%- for quantity in contact_quantities() %}
    summed.{{ quantity }},
    {%- endfor %}
    {%- for name, base in service_level_bases().items() %}
    {{ service_level(base) }} as service_level_{{ name }}_share,
    {%- endfor %}
    cast(summed.wait_seconds as double) / nullif(summed.answered_count, 0)
        as mean_wait_seconds,
    cast(summed.talk_seconds + summed.wrap_up_seconds as double)
    / nullif(summed.answered_count, 0) as mean_handle_seconds,
    cast(summed.resolved_first_contact_count as double)
    / nullif(summed.answered_count, 0) as first_contact_resolution_share,
    summed.answer_count,
    100 * cast(summed.score_sum as double) / nullif(summed.score_range_sum, 0)
        as mean_score_100,
    {{ flags({
        'period_incomplete': 'not coalesce(coverage.is_complete, false)',
        'threshold_unknown': 'summed.answered_within_threshold_count is null'
            ~ ' or summed.short_abandoned_count is null',
    }) }} as flags
from summed
left join coverage
    on
        summed.reporting_agency_code = coverage.reporting_agency_code
        and summed.is_simulated = coverage.is_simulated
        and summed.period_code = coverage.period_code
