-- Received complaints by code and month: one row per perimeter, event, agency (alle for
-- all agencies together), line, whether it is simulated, code list, code and month that
-- the registers cover, 0 included.
with complaints as (

    select * from {{ ref('int_complaint_perimeters') }}
    where is_received

),

codes as (

    select * from {{ ref('bridge_complaint_code') }}

),

coverage as (

    select * from {{ ref('int_complaint_coverage') }}

),

agencies as (

    select * from {{ ref('dim_agency') }}

),

coded as (

    select
        complaints.*,
        'alle' as code_list,
        'alle' as code
    from complaints
    union all
    select
        complaints.*,
        codes.code_list,
        codes.code
    from complaints
    inner join codes
        on
            complaints.delivery_ordinal = codes.delivery_ordinal
            and complaints.row_number = codes.row_number

),

with_totals as (

    select
        *,
        agency_code as counted_agency_code
    from coded
    union all
    select
        coded.*,
        'alle' as counted_agency_code
    from coded
    inner join agencies
        on coded.agency_code = agencies.agency_code
    where agencies.agency_type = 'agency'

),

counted as (

    select
        perimeter,
        event_code,
        counted_agency_code as agency_code,
        complaint_line,
        is_simulated,
        code_list,
        code,
        date_trunc('month', received_on) as month_start,
        count(*) as complaint_count
    from with_totals
    group by
        perimeter,
        event_code,
        counted_agency_code,
        complaint_line,
        is_simulated,
        code_list,
        code,
        date_trunc('month', received_on)

),

series as (

    select distinct
        perimeter,
        event_code,
        agency_code,
        complaint_line,
        is_simulated,
        code_list,
        code
    from counted

)

select
    coverage.perimeter,
    coverage.event_code,
    coverage.agency_code,
    coverage.is_total,
    coverage.complaint_line,
    coverage.is_simulated,
    series.code_list,
    series.code,
    coverage.month_start,
    coverage.covered_agency_codes,
    coalesce(counted.complaint_count, 0) as complaint_count
from coverage
inner join series
    on
        coverage.perimeter = series.perimeter
        and coverage.event_code = series.event_code
        and coverage.agency_code = series.agency_code
        and coverage.complaint_line = series.complaint_line
        and coverage.is_simulated = series.is_simulated
        and coverage.code_list = series.code_list
left join counted
    on
        series.perimeter = counted.perimeter
        and series.event_code = counted.event_code
        and series.agency_code = counted.agency_code
        and series.complaint_line = counted.complaint_line
        and series.is_simulated = counted.is_simulated
        and series.code_list = counted.code_list
        and series.code = counted.code
        and coverage.month_start = counted.month_start
