with deliveries as (

    select * from {{ ref('stg_klantbeeld__deliveries') }}
    where
        status = 'accepted'
        and not is_withdrawn
        and not counts_whole
        and first_month is not null

),

months as (

    select period_start as month_start
    from {{ ref('stg_klantbeeld__periods') }}
    where period_grain = 'month'

),

month_rows as (

    select
        spans.delivery_id,
        months.month_start,
        sum(spans.row_count) as row_count
    from {{ source('klantbeeld', 'delivery_spans') }} as spans
    inner join months
        on months.month_start between spans.first_month and spans.last_month
    group by
        spans.delivery_id,
        months.month_start

),

candidates as (

    select
        deliveries.reporting_agency_code,
        deliveries.feed,
        deliveries.part,
        months.month_start,
        deliveries.delivery_id,
        deliveries.version_number,
        deliveries.version_date,
        deliveries.last_month,
        {{ month_count('deliveries.first_month', 'deliveries.last_month') }}
            as period_months,
        coalesce(month_rows.row_count, 0) as row_count
    from deliveries
    inner join months
        on months.month_start between deliveries.first_month and deliveries.last_month
    left join month_rows
        on
            deliveries.delivery_id = month_rows.delivery_id
            and months.month_start = month_rows.month_start

),

ranked as (

    select
        *,
        row_number() over (
            partition by reporting_agency_code, feed, part, month_start
            order by
                version_number desc,
                version_date desc nulls last,
                last_month desc,
                period_months desc,
                delivery_id desc
        ) as month_rank,
        -- The fullest of the deliveries below it that have the same version.
        max(row_count) over (
            partition by
                reporting_agency_code, feed, part, month_start, version_number
            order by
                version_date desc nulls last,
                last_month desc,
                period_months desc,
                delivery_id desc
            rows between 1 following and unbounded following
        ) as fullest_below,
        -- Deliveries of one rank differ in nothing but their content.
        rank() over (
            partition by reporting_agency_code, feed, part, month_start
            order by
                version_number desc,
                version_date desc nulls last,
                last_month desc,
                period_months desc
        ) as version_rank
    from candidates

),

judged as (

    select
        *,
        coalesce(2 * row_count < fullest_below, false) as is_too_thin
    from ranked

),

chosen as (

    select
        *,
        min(case when not is_too_thin then month_rank end) over (
            partition by reporting_agency_code, feed, part, month_start
        ) as counting_rank,
        min(case when not is_too_thin then version_rank end) over (
            partition by reporting_agency_code, feed, part, month_start
        ) as counting_version_rank,
        count(*) over (
            partition by
                reporting_agency_code, feed, part, month_start, version_rank
        ) as equal_count
    from judged

)

select
    reporting_agency_code,
    feed,
    part,
    month_start,
    delivery_id,
    version_number,
    version_rank,
    row_count,
    month_rank = counting_rank as is_counting,
    -- K0 (a): another delivery is equal to the counting one in all but content.
    equal_count > 1 and version_rank = counting_version_rank as has_equal,
    -- K0 (b): a newer delivery gave less than half the rows and does not count.
    is_too_thin and month_rank < counting_rank as is_set_aside
from chosen
