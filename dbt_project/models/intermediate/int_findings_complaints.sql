-- Rules K4, K6, K7 and K10 on registered complaints, by agency as reported, line and year.
{% set lists = complaint_code_lists() %}

with complaints as (

    select
        complaints.*,
        periods.period_code
    from {{ ref('fct_complaint') }} as complaints
    inner join {{ ref('dim_period') }} as periods
        on
            periods.period_grain = 'year'
            and complaints.received_on between periods.period_start and periods.period_end

),

codes as (

    select
        {%- for code_list in lists %}
        count(case when code_list = '{{ code_list }}' then 1 end)
            as {{ code_list }}_count,
        {%- endfor %}
        delivery_ordinal,
        row_number
    from {{ ref('bridge_complaint_code') }}
    group by
        delivery_ordinal,
        row_number

),

coded as (

    select
        {%- for code_list in lists %}
        coalesce(codes.{{ code_list }}_count, 0) as {{ code_list }}_count,
        {%- endfor %}
        complaints.*
    from complaints
    left join codes
        on
            complaints.delivery_ordinal = codes.delivery_ordinal
            and complaints.row_number = codes.row_number

),

judged as (

    select
        *,
        (
            groundedness_code is not null
            and coalesce(admissibility_code, 'ja') <> 'ja'
        )
        or (
            coalesce(groundedness_code, 'ONGEGROND') = 'ONGEGROND'
            and (resolution_code is not null or ombudsnorm_count > 0)
        ) as is_contradictory,
        {%- for code_list, (_, carries) in lists.items() %}
        coalesce({{ carries }}, false) as {{ code_list }}_expected,
        {%- endfor %}
        coalesce(acknowledgement_days < 0 or answer_days < 0, false)
            as is_before_receipt
    from coded

),

years as (

    select
        agency_code,
        reporting_agency_code,
        complaint_line,
        period_code,
        is_simulated,
        count(case when is_contradictory then 1 end) as contradictory_count,
        count(case when is_before_receipt then 1 end) as before_receipt_count,
        {%- for code_list in lists %}
        count(case when {{ code_list }}_expected then 1 end)
            as {{ code_list }}_complaint_count,
        count(case when {{ code_list }}_expected and {{ code_list }}_count = 0 then 1 end)
            as {{ code_list }}_missing_count,
        sum(case when {{ code_list }}_expected then {{ code_list }}_count else 0 end)
            as {{ code_list }}_code_count,
        {%- endfor %}
        {{ text_list('distinct source', "'; '", 'source') }} as source
    from judged
    group by
        agency_code,
        reporting_agency_code,
        complaint_line,
        period_code,
        is_simulated

),

findings as (

    select
        *,
        'K4' as rule,
        contradictory_count as figure_count,
        cast(null as bigint) as expected_count,
        '' as code_list
    from years
    where contradictory_count > 0
    union all
    select
        *,
        'K7' as rule,
        before_receipt_count as figure_count,
        cast(null as bigint) as expected_count,
        '' as code_list
    from years
    where before_receipt_count > 0
    {%- for code_list in lists %}
    {%- if code_list != 'categorie' %}
    union all
    -- A register that gives no code of the list at all does not have the list.
    select
        *,
        'K6' as rule,
        {{ code_list }}_missing_count as figure_count,
        {{ code_list }}_complaint_count as expected_count,
        '{{ code_list }}' as code_list
    from years
    where
        {{ code_list }}_missing_count > 0
        and {{ code_list }}_code_count > 0
    {%- endif %}
    {%- endfor %}
    union all
    -- Of the other lists the form itself says that a complaint may carry several codes.
    select
        *,
        'K10' as rule,
        reden_onontvankelijk_code_count as figure_count,
        reden_onontvankelijk_complaint_count as expected_count,
        'reden_onontvankelijk' as code_list
    from years
    where reden_onontvankelijk_code_count > reden_onontvankelijk_complaint_count

)

select
    rule,
    agency_code,
    reporting_agency_code,
    'fct_complaint' as mart,
    concat_ws(
        ' | ', agency_code, reporting_agency_code, complaint_line, period_code,
        nullif(code_list, ''), case when is_simulated then 'gesimuleerd' end
    ) as row_key,
    period_code,
    'alle' as channel_code,
    'alle' as aspect_code,
    cast(figure_count as string) as figure,
    coalesce(cast(expected_count as string), '') as expected,
    code_list as quote,
    {{ simulated_source('source', 'is_simulated') }} as source
from findings
