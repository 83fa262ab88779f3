-- One row per delivery and span of months that its rows cover: whether rows of that span
-- count, which they do where every month of it comes from this delivery.
with spans as (

    select * from {{ source('klantbeeld', 'delivery_spans') }}

),

counting_months as (

    select
        delivery_id,
        month_start
    from {{ ref('stg_klantbeeld__month_candidates') }}
    where is_counting

),

covered as (

    select
        spans.delivery_id,
        spans.first_month,
        spans.last_month,
        spans.row_count,
        {{ month_count('spans.first_month', 'spans.last_month') }} as month_count,
        count(counting_months.month_start) as counting_month_count
    from spans
    left join counting_months
        on
            spans.delivery_id = counting_months.delivery_id
            and counting_months.month_start between spans.first_month
            and spans.last_month
    group by
        spans.delivery_id,
        spans.first_month,
        spans.last_month,
        spans.row_count

)

select
    delivery_id,
    first_month,
    last_month,
    row_count,
    counting_month_count = month_count as is_counting,
    -- K0 (c): the months of these rows come from two deliveries.
    counting_month_count > 0 and counting_month_count < month_count as is_torn
from covered
