{% set series = [
    'perimeter', 'event_code', 'is_simulated', 'agency_code', 'complaint_line',
    'period_grain', 'code_list', 'code',
] %}

with months as (

    select * from {{ ref('int_complaint_months') }}

),

periods as (

    select
        *,
        {{ month_count('period_start', 'period_end') }} as month_count
    from {{ ref('dim_period') }}
    where period_grain in ('month', 'quarter')

),

contacts as (

    select * from {{ ref('int_contact_counts') }}

),

-- A quarter of which a month is missing is no quarter.
points as (

    select
        months.perimeter,
        months.event_code,
        months.is_simulated,
        months.agency_code,
        months.is_total,
        months.complaint_line,
        months.code_list,
        months.code,
        periods.period_grain,
        periods.period_code,
        periods.period_start,
        periods.period_end,
        concat_ws(
            ' / ',
            min(months.covered_agency_codes),
            nullif(max(months.covered_agency_codes), min(months.covered_agency_codes))
        ) as covered_agency_codes,
        cast(sum(months.complaint_count) as bigint) as complaint_count
    from months
    inner join periods
        on months.month_start between periods.period_start and periods.period_end
    group by
        months.perimeter,
        months.event_code,
        months.is_simulated,
        months.agency_code,
        months.is_total,
        months.complaint_line,
        months.code_list,
        months.code,
        periods.period_grain,
        periods.period_code,
        periods.period_start,
        periods.period_end,
        periods.month_count
    having count(*) = periods.month_count

),

-- Where an agency joins the total, another series begins: more complaints then say
-- nothing.
charts as (

    select *
    from {{ xmr(
        'points', series + ['covered_agency_codes'], 'period_start', 'complaint_count'
    ) }} as charted

),

watched as (

    select
        perimeter,
        event_code,
        is_simulated,
        period_grain,
        count(*) as watched_series_count
    from (
        select distinct
            {{ series | join(', ') }},
            covered_agency_codes
        from charts
        where centre_line is not null
    ) as watched_series
    group by
        perimeter,
        event_code,
        is_simulated,
        period_grain

)

select
    charts.perimeter,
    charts.event_code,
    'computed' as basis,
    charts.is_simulated,
    charts.agency_code,
    charts.complaint_line,
    charts.code_list,
    charts.code,
    charts.period_grain,
    charts.period_code,
    charts.period_start,
    charts.period_end,
    charts.is_total,
    charts.covered_agency_codes,
    charts.complaint_count,
    contacts.contact_count,
    {{ per_100000('charts.complaint_count', 'contacts.contact_count') }}
        as complaints_per_100000_contacts,
    charts.centre_line,
    charts.lower_limit,
    charts.upper_limit,
    charts.signal,
    'lower' as direction_of_good,
    charts.point_count,
    coalesce(watched.watched_series_count, 0) as watched_series_count,
    -- Below one a period a run of zeros is no change (Wheeler).
    {{ flags({'low_counts': 'charts.centre_line < 1'}) }} as flags
from charts
left join watched
    on
        charts.perimeter = watched.perimeter
        and charts.event_code = watched.event_code
        and charts.is_simulated = watched.is_simulated
        and charts.period_grain = watched.period_grain
left join contacts
    on
        charts.perimeter = contacts.perimeter
        and charts.event_code = contacts.event_code
        and charts.is_simulated = contacts.is_simulated
        and charts.agency_code = contacts.agency_code
        and contacts.service_code = 'alle'
        and charts.period_code = contacts.period_code
