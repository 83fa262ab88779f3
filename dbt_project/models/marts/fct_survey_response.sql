-- Sorted, so that keys compress to almost nothing.
select
    delivery_ordinal,
    row_number,
    response_group_id
from {{ ref('int_keyed_responses') }}
order by
    delivery_ordinal,
    row_number
