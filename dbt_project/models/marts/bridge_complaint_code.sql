{{ config(**by_delivery()) }}

with complaints as (

    select * from {{ ref('int_complaints') }}
    where {{ of_changed_deliveries('delivery_id') }}

),

ordinals as (

    select * from {{ ref('int_delivery_ordinals') }}

),

codes as (

    {%- for code_list, (column, _) in complaint_code_lists().items() %}
    select
        complaints.delivery_id,
        complaints.row_number,
        '{{ code_list }}' as code_list,
        items.code
    from complaints
    {{ unnested('complaints.' ~ column, 'items', 'code') }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

select
    ordinals.delivery_ordinal,
    cast(codes.row_number as integer) as row_number,
    codes.code_list,
    codes.code
from codes
inner join ordinals
    on codes.delivery_id = ordinals.delivery_id
