-- A small number for each delivery, for the keys of narrow facts: given by the build, so
-- join on the delivery's id across builds.
{{ config(materialized='table') }}

select
    delivery_id,
    cast(dense_rank() over (order by delivery_id) as smallint) as delivery_ordinal
from {{ ref('stg_klantbeeld__deliveries') }}
