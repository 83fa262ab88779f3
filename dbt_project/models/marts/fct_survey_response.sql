-- Sorted, so that keys compress to almost nothing.
{{ config(**by_delivery()) }}

select
    delivery_ordinal,
    row_number,
    response_group_number
from {{ ref('int_keyed_responses') }}
where {{ of_changed_deliveries('delivery_ordinal') }}
order by
    delivery_ordinal,
    row_number
