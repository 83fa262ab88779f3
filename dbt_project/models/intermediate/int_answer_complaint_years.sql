-- One row per agency, line and year: how many complaints an answer may quote, one figure
-- where there are several, and whether the figure is of the whole year.
with mart_complaints as (

    select * from {{ ref('mart_complaints') }}

),

periods as (

    select * from {{ ref('dim_period') }}

),

-- A registered year tells of an evolution only where the register covers all of it.
whole_years as (

    select * from {{ ref('int_complaint_whole_periods') }}
    where
        perimeter = 'current'
        and not is_simulated

),

complaint_candidates as (

    select
        mart_complaints.agency_code,
        mart_complaints.complaint_line,
        mart_complaints.period_code,
        mart_complaints.basis,
        mart_complaints.is_simulated,
        mart_complaints.flags,
        coalesce(mart_complaints.received_count, mart_complaints.registered_count)
            as complaint_count,
        {{ basis_rank('mart_complaints.basis', 'mart_complaints.is_simulated') }}
            as basis_rank,
        case when mart_complaints.service_code = 'alle' then 0 else 1 end
            as service_rank
    from mart_complaints
    where
        mart_complaints.perimeter = 'current'
        and mart_complaints.period_grain = 'year'
        and not (
            mart_complaints.is_total and mart_complaints.complaint_line = 'alle'
        )
        and coalesce(mart_complaints.received_count, mart_complaints.registered_count)
        is not null

),

complaint_choices as (

    select
        *,
        rank() over (
            partition by agency_code, complaint_line, period_code
            order by basis_rank, service_rank
        ) as figure_rank
    from complaint_candidates

)

select
    complaint_choices.agency_code,
    complaint_choices.complaint_line,
    complaint_choices.period_code,
    complaint_choices.basis,
    complaint_choices.is_simulated,
    periods.period_start,
    periods.period_end,
    complaint_choices.basis = 'published'
    or whole_years.period_code is not null as is_whole,
    {{ text_list(
        "nullif(complaint_choices.flags, '')", "'|'", 'complaint_choices.flags'
    ) }} as flags,
    sum(complaint_choices.complaint_count) as complaint_count
from complaint_choices
inner join periods
    on complaint_choices.period_code = periods.period_code
left join whole_years
    on
        complaint_choices.agency_code = whole_years.agency_code
        and complaint_choices.complaint_line = whole_years.complaint_line
        and complaint_choices.period_code = whole_years.period_code
where
    complaint_choices.figure_rank = 1
    -- A simulated register is no method that an agency uses.
    and complaint_choices.basis_rank < 3
group by
    complaint_choices.agency_code,
    complaint_choices.complaint_line,
    complaint_choices.period_code,
    complaint_choices.basis,
    complaint_choices.is_simulated,
    periods.period_start,
    periods.period_end,
    whole_years.period_code
