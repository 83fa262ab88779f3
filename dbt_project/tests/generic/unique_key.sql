{# Fails on rows that share a key, or have a null in it: returns the keys. #}
{% test unique_key(model, columns) %}

with counted as (

    select
        {{ columns | join(', ') }},
        count(*) as row_count
    from {{ model }}
    group by {{ columns | join(', ') }}

)

select *
from counted
where
    row_count > 1
    or {{ columns | join(' is null or ') }} is null

{% endtest %}
