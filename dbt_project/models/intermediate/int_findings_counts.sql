-- Rules D4, D5, D6 and K1, K2, K3, K5, K10 on published counts.
with counts as (

    select * from {{ ref('fct_published_count') }}
    where is_latest_vintage

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

computed_response as (

    select * from {{ ref('mart_response') }}
    where
        perimeter = 'as_reported'
        and basis = 'computed'

),

-- The course of a survey, as published and as delivered.
courses as (

    select
        'mart_response' as mart,
        agency_code,
        agency_code as reporting_agency_code,
        concat_ws(
            ' | ',
            agency_code,
            service_code,
            instrument_code,
            channel_code,
            period_code
        ) as row_key,
        period_code,
        channel_code,
        {%- for count in response_counts() %}
        {{ count }},
        {%- endfor %}
        source
    from response
    union all
    select
        'fct_survey_invitation' as mart,
        agency_code,
        reporting_agency_code,
        concat_ws(
            ' | ',
            agency_code,
            service_code,
            instrument_code,
            channel_code,
            period_code,
            delivery_id,
            source_place
        ) as row_key,
        period_code,
        channel_code,
        {%- for count in response_counts() %}
        {{ count }},
        {%- endfor %}
        source
    from {{ ref('fct_survey_invitation') }}

),

-- A printed rate is held against the printed counts, else against the delivered ones of
-- the same period; never a real one against simulated counts.
rates as (

    select
        response.*,
        coalesce(response.rr1, computed_response.rr1) as computed_rate
    from response
    left join computed_response
        on
            response.agency_code = computed_response.agency_code
            and response.service_code = computed_response.service_code
            and response.instrument_code = computed_response.instrument_code
            and response.channel_code = computed_response.channel_code
            and response.period_code = computed_response.period_code
            and response.is_simulated = computed_response.is_simulated

),

complaints as (

    select
        *,
        admissible_count
        + inadmissible_count
        + coalesce(to_be_judged_count, 0) as judged_sum,
        grounded_count
        + coalesce(partly_grounded_count, 0)
        + ungrounded_count
        + coalesce(pending_count, 0) as groundedness_sum,
        grounded_count + coalesce(partly_grounded_count, 0) as grounded_sum,
        resolved_count
        + coalesce(partly_resolved_count, 0)
        + unresolved_count as resolution_sum,
        within_45_days_count + over_45_days_count as term_sum,
        concat_ws(
            ' | ', agency_code, service_code, complaint_line, period_code
        ) as row_key
    from {{ ref('mart_complaints') }}
    where perimeter = 'as_reported'

),

reasons as (

    select
        counts.agency_code,
        counts.service_code,
        counts.period_code,
        measures.complaint_line,
        sum(counts.value) as reason_sum
    from counts
    inner join measures
        on counts.measure_code = measures.measure_code
    where measures.code_list = 'reden_onontvankelijk'
    group by
        counts.agency_code,
        counts.service_code,
        counts.period_code,
        measures.complaint_line

),

reason_sums as (

    select
        complaints.*,
        reasons.reason_sum
    from complaints
    inner join reasons
        on
            complaints.agency_code = reasons.agency_code
            and complaints.service_code = reasons.service_code
            and complaints.period_code = reasons.period_code
            and complaints.complaint_line = reasons.complaint_line

)

{% set sums = {
    'K1': ('complaints', 'received_count', 'judged_sum', '<>'),
    'K2': ('complaints', 'admissible_count', 'groundedness_sum', '<>'),
    'K3': ('complaints', 'grounded_sum', 'resolution_sum', '<>'),
    'K5': ('complaints', 'received_count', 'term_sum', '<>'),
    'K10': ('reason_sums', 'reason_sum', 'inadmissible_count', '>'),
} %}

select
    'D4' as rule,
    counts.agency_code,
    counts.reporting_agency_code,
    'fct_published_count' as mart,
    concat_ws(
        ' | ', counts.agency_code, counts.service_code, counts.channel_code,
        counts.measure_code, counts.delivery_id
    ) as row_key,
    cast(null as string) as period_code,
    counts.channel_code,
    'alle' as aspect_code,
    counts.value_printed as figure,
    concat_ws(', ', measures.label_nl, counts.delimitation) as expected,
    '' as quote,
    counts.source
from counts
inner join measures
    on counts.measure_code = measures.measure_code
where counts.flags like '%period_missing%'
union all
select
    'D5' as rule,
    agency_code,
    reporting_agency_code,
    mart,
    row_key,
    period_code,
    channel_code,
    'alle' as aspect_code,
    concat_ws(
        ', ',
        'contacten ' || cast(contact_count as string),
        'in aanmerking ' || cast(eligible_count as string),
        'uitgenodigd ' || cast(invited_count as string),
        'bereikt ' || cast(reached_count as string),
        'gestart ' || cast(started_count as string),
        'voltooid ' || cast(completed_count as string)
    ) as figure,
    '' as expected,
    '' as quote,
    source
from courses
where {{ impossible_course() }}
union all
select
    'D6' as rule,
    agency_code,
    agency_code as reporting_agency_code,
    'mart_response' as mart,
    concat_ws(
        ' | ', agency_code, service_code, instrument_code, channel_code, period_code
    ) as row_key,
    period_code,
    channel_code,
    'alle' as aspect_code,
    concat(
        {{ format_number_nl('100 * printed_response_rate', 1) }}, ' % gedrukt, ',
        {{ format_number_nl('100 * computed_rate', 1) }}, ' % berekend'
    ) as figure,
    '' as expected,
    '' as quote,
    source
from rates
where
    case
        when printed_response_rate_exactness = 'at_most'
            then computed_rate > printed_response_rate + 0.005
        else abs(computed_rate - printed_response_rate) > 0.005
    end
{%- for rule, parts in sums.items() %}
union all
select
    '{{ rule }}' as rule,
    agency_code,
    agency_code as reporting_agency_code,
    'mart_complaints' as mart,
    row_key,
    period_code,
    'alle' as channel_code,
    'alle' as aspect_code,
    cast(cast({{ parts[1] }} as bigint) as string) as figure,
    cast(cast({{ parts[2] }} as bigint) as string) as expected,
    '' as quote,
    source
from {{ parts[0] }}
where {{ parts[1] }} {{ parts[3] }} {{ parts[2] }}
{%- endfor %}
