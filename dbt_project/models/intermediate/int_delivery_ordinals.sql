-- One row per delivery and the small number that stands for it in the keys of facts.
select
    delivery_id,
    cast(dense_rank() over (order by delivery_id) as smallint) as delivery_ordinal
from {{ ref('stg_klantbeeld__deliveries') }}
