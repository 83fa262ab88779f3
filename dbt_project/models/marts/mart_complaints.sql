{# Which registered complaints a count of the form counts. #}
{% set counted = {
    'registered_count': "true",
    'received_count': "is_received",
    'not_complaint_count': "not is_received",
    'admissible_count': "admissibility_code = 'ja'",
    'inadmissible_count': "admissibility_code = 'nee'",
    'to_be_judged_count': "admissibility_code = 'te_beoordelen'",
    'grounded_count': "groundedness_code = 'GEGROND'",
    'partly_grounded_count': "groundedness_code = 'DEELS_GEGROND'",
    'ungrounded_count': "groundedness_code = 'ONGEGROND'",
    'pending_count':
        "admissibility_code = 'ja'"
        ~ " and coalesce(groundedness_code, 'NIET_AFGEHANDELD') = 'NIET_AFGEHANDELD'",
    'resolved_count': "resolution_code = 'OPGELOST'",
    'partly_resolved_count': "resolution_code = 'DEELS_OPGELOST'",
    'unresolved_count': "resolution_code = 'ONOPGELOST'",
    'within_45_days_count': "day_count <= 45",
    'over_45_days_count': "day_count > 45",
    'acknowledged_count': "acknowledgement_day_count is not null",
    'late_acknowledgement_count': "acknowledgement_day_count > 10",
    'refused_count': "admissibility_code = 'nee' and day_count is not null",
    'late_refusal_count': "admissibility_code = 'nee' and day_count > 10",
    'handled_count': "is_received and answer_days is not null",
    'late_answer_count': "day_count > case when is_extended then 90 else 45 end",
    'answered_0_20_days_count': "day_count <= 20",
    'answered_21_45_days_count': "day_count between 21 and 45",
    'answered_46_90_days_count': "day_count between 46 and 90",
    'answered_over_90_days_count': "day_count > 90",
} %}

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
            {%- for quantity in complaint_counts() + complaint_days() %}
            {{ 'or ' if not loop.first }}measures.quantity = '{{ quantity }}'
            {%- endfor %}
        )

),

perimeters as (

    select * from {{ ref('int_published_perimeters') }}

),

published as (

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
        {%- for days in complaint_days() %}
        max(case when figures.quantity = '{{ days }}' then figures.value end)
            as {{ days }},
        {%- endfor %}
        {{ flags({
            'perimeter_unknown': "bool_or(figures.flags like '%perimeter_unknown%')",
        }) }} as flags,
        {{ text_list(
            'distinct figures.reporting_agency_code', "'|'", 'figures.reporting_agency_code'
        ) }} as reporting_agency_codes,
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

),

registered as (

    select
        *,
        -- Calendar days. What is no complaint has no term, and neither has an answer
        -- of before the receipt.
        case when is_received and answer_days >= 0 then answer_days end as day_count,
        case when is_received and acknowledgement_days >= 0 then acknowledgement_days end
            as acknowledgement_day_count
    from {{ ref('int_complaint_perimeters') }}

),

with_totals as (

    select
        *,
        service_code as counted_service_code,
        false as is_total
    from registered
    union all
    select
        *,
        'alle' as counted_service_code,
        true as is_total
    from registered

),

periods as (

    select * from {{ ref('dim_period') }}

),

computed as (

    select
        with_totals.perimeter,
        with_totals.event_code,
        'computed' as basis,
        with_totals.is_simulated,
        with_totals.agency_code,
        with_totals.counted_service_code as service_code,
        with_totals.complaint_line,
        periods.period_grain,
        periods.period_code,
        periods.period_start,
        periods.period_end,
        with_totals.is_total,
        {%- for count in complaint_counts() %}
        cast(count(case when {{ counted[count] }} then 1 end) as bigint) as {{ count }},
        {%- endfor %}
        cast(sum(with_totals.day_count) as double)
        / nullif(count(with_totals.day_count), 0) as mean_days,
        cast(median(with_totals.day_count) as double) as median_days,
        cast(sum(with_totals.acknowledgement_day_count) as double)
        / nullif(count(with_totals.acknowledgement_day_count), 0)
            as mean_acknowledgement_days,
        cast(median(with_totals.acknowledgement_day_count) as double)
            as median_acknowledgement_days,
        '' as flags,
        {{ text_list(
            'distinct with_totals.reporting_agency_code', "'|'", 'with_totals.reporting_agency_code'
        ) }} as reporting_agency_codes,
        {{ text_list(
            'distinct with_totals.source', "'; '", 'with_totals.source'
        ) }} as source
    from with_totals
    inner join periods
        on with_totals.received_on between periods.period_start and periods.period_end
    group by
        with_totals.perimeter,
        with_totals.event_code,
        with_totals.is_simulated,
        with_totals.agency_code,
        with_totals.counted_service_code,
        with_totals.complaint_line,
        with_totals.is_total,
        periods.period_grain,
        periods.period_code,
        periods.period_start,
        periods.period_end

),

figures_of_both as (

    select * from published
    union all
    select * from computed

),

contacts as (

    select * from {{ ref('int_contact_counts') }}

)

select
    figures.perimeter,
    figures.event_code,
    figures.basis,
    figures.is_simulated,
    figures.agency_code,
    figures.reporting_agency_codes,
    figures.service_code,
    figures.complaint_line,
    figures.period_grain,
    figures.period_code,
    figures.period_start,
    figures.period_end,
    figures.is_total,
    {%- for quantity in complaint_counts() + complaint_days() %}
    figures.{{ quantity }},
    {%- endfor %}
    contacts.contact_count,
    {{ per_100000('figures.received_count', 'contacts.contact_count') }}
        as complaints_per_100000_contacts,
    figures.flags,
    figures.source
from figures_of_both as figures
left join contacts
    on
        figures.basis = 'computed'
        and figures.perimeter = contacts.perimeter
        and figures.event_code = contacts.event_code
        and figures.is_simulated = contacts.is_simulated
        and figures.agency_code = contacts.agency_code
        and figures.service_code = contacts.service_code
        and figures.period_code = contacts.period_code
