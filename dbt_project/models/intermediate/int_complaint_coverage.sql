-- Which months the registers cover whole. One row per perimeter, event, agency (alle for
-- all agencies together), line, whether it is simulated, code list (alle for the
-- complaints themselves) and month. A month without a complaint counts 0 only here; a
-- month that was not delivered, or whose register does not have the list, is absent.
with complaints as (

    select * from {{ ref('fct_complaint') }}

),

codes as (

    select * from {{ ref('bridge_complaint_code') }}

),

ordinals as (

    select * from {{ ref('int_delivery_ordinals') }}

),

deliveries as (

    select
        delivery_id,
        first_month,
        last_month,
        is_simulated,
        counts_whole,
        concat_ws('/', reporting_agency_code, feed, part) as register_code
    from {{ ref('stg_klantbeeld__deliveries') }}
    where kind = 'complaint'

),

candidates as (

    select * from {{ ref('stg_klantbeeld__month_candidates') }}

),

months as (

    select
        period_start as month_start,
        period_end as month_end
    from {{ ref('dim_period') }}
    where period_grain = 'month'

),

agencies as (

    select * from {{ ref('dim_agency') }}

),

registered as (

    select
        deliveries.register_code,
        complaints.*
    from complaints
    inner join ordinals
        on complaints.delivery_ordinal = ordinals.delivery_ordinal
    inner join deliveries
        on ordinals.delivery_id = deliveries.delivery_id

),

-- A register begins and ends with its own complaints: a file of a whole year that was
-- closed in May says nothing of June.
registers as (

    select
        register_code,
        is_simulated,
        min(date_trunc('month', received_on)) as first_month,
        max(date_trunc('month', received_on)) as last_month
    from registered
    group by
        register_code,
        is_simulated

),

delivered_months as (

    select distinct
        deliveries.register_code,
        deliveries.is_simulated,
        candidates.month_start
    from candidates
    inner join deliveries
        on candidates.delivery_id = deliveries.delivery_id
    where candidates.is_counting
    union
    select distinct
        deliveries.register_code,
        deliveries.is_simulated,
        months.month_start
    from deliveries
    inner join months
        on months.month_start between deliveries.first_month and deliveries.last_month
    where deliveries.counts_whole

),

register_months as (

    select
        registers.register_code,
        registers.is_simulated,
        months.month_start,
        months.month_end,
        delivered_months.month_start is not null as is_delivered
    from registers
    inner join months
        on months.month_start between registers.first_month and registers.last_month
    left join delivered_months
        on
            registers.register_code = delivered_months.register_code
            and registers.is_simulated = delivered_months.is_simulated
            and months.month_start = delivered_months.month_start

),

-- A register has a list where it gives a code of it, or has nothing to give one for.
register_lists as (

    select
        register_code,
        is_simulated,
        'alle' as code_list
    from registers
    {%- for code_list, (_, carries) in complaint_code_lists().items() %}
    union all
    select
        registered.register_code,
        registered.is_simulated,
        '{{ code_list }}' as code_list
    from registered
    left join codes
        on
            registered.delivery_ordinal = codes.delivery_ordinal
            and registered.row_number = codes.row_number
            and codes.code_list = '{{ code_list }}'
    group by
        registered.register_code,
        registered.is_simulated
    having
        count(codes.code) > 0
        or count(case when {{ carries }} then 1 end) = 0
    {%- endfor %}

),

lines as (

    select distinct
        register_code,
        is_simulated,
        agency_code,
        service_code,
        complaint_line
    from registered

),

lists as (

    select distinct code_list from register_lists

),

-- A month in which an agency or service moved stands under both.
line_days as (

    {%- for day in ['month_start', 'month_end'] %}
    select
        lines.*,
        register_months.month_start,
        register_months.{{ day }} as placed_on,
        register_months.is_delivered
    from lines
    inner join register_months
        on
            lines.register_code = register_months.register_code
            and lines.is_simulated = register_months.is_simulated
    {{ 'union' if not loop.last }}
    {%- endfor %}

),

placed as (

    select distinct
        perimeters.perimeter,
        perimeters.event_code,
        perimeters.agency_code,
        line_days.complaint_line,
        line_days.is_simulated,
        line_days.register_code,
        line_days.month_start,
        line_days.is_delivered
    from line_days
    {{ in_perimeters('line_days', 'placed_on') }}

),

-- As reported, an agency has no months of before it began or after it ended, but for
-- complaints that it did register then.
registered_months as (

    select distinct
        agency_code,
        complaint_line,
        is_simulated,
        date_trunc('month', received_on) as month_start
    from complaints

),

living as (

    select
        placed.*,
        agencies.agency_type = 'agency' as is_summed
    from placed
    inner join agencies
        on placed.agency_code = agencies.agency_code
    left join registered_months
        on
            placed.agency_code = registered_months.agency_code
            and placed.complaint_line = registered_months.complaint_line
            and placed.is_simulated = registered_months.is_simulated
            and placed.month_start = registered_months.month_start
    where
        placed.perimeter <> 'as_reported'
        or registered_months.month_start is not null
        or (
            placed.month_start < coalesce(agencies.ended_on, date '9999-12-31')
            and placed.month_start
            >= date_trunc('month', coalesce(agencies.started_on, date '0001-01-01'))
        )

),

-- The total as reported covers the same as that of today's agencies, whose number does
-- not change with a merger.
with_totals as (

    select
        *,
        agency_code as counted_agency_code,
        false as is_total
    from living
    union all
    select
        totals.perimeter,
        living.event_code,
        living.agency_code,
        living.complaint_line,
        living.is_simulated,
        living.register_code,
        living.month_start,
        living.is_delivered,
        living.is_summed,
        'alle' as counted_agency_code,
        true as is_total
    from living
    inner join (
        values
        ('as_reported', 'current'),
        ('current', 'current'),
        ('constant', 'constant')
    ) as totals (perimeter, covering_perimeter)
        on living.perimeter = totals.covering_perimeter
    where living.is_summed

)

select
    with_totals.perimeter,
    with_totals.event_code,
    with_totals.counted_agency_code as agency_code,
    with_totals.is_total,
    with_totals.complaint_line,
    with_totals.is_simulated,
    lists.code_list,
    with_totals.month_start,
    {{ text_list(
        'distinct with_totals.agency_code', "'|'", 'with_totals.agency_code'
    ) }} as covered_agency_codes
from with_totals
cross join lists
left join register_lists
    on
        with_totals.register_code = register_lists.register_code
        and with_totals.is_simulated = register_lists.is_simulated
        and lists.code_list = register_lists.code_list
group by
    with_totals.perimeter,
    with_totals.event_code,
    with_totals.counted_agency_code,
    with_totals.is_total,
    with_totals.complaint_line,
    with_totals.is_simulated,
    lists.code_list,
    with_totals.month_start
having
    bool_and(with_totals.is_delivered)
    and count(*) = count(register_lists.code_list)
