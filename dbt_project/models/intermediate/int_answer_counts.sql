-- How often each value was answered: one row per group of respondents, aspect and value.
{{ config(**by_delivery()) }}

{% for aspect in asked_aspects() %}
select
    delivery_ordinal,
    response_group_number,
    '{{ aspect }}' as aspect_code,
    {{ aspect }}_value as answer_value,
    count(*) as answer_count
from {{ ref('int_keyed_responses') }}
where
    {{ aspect }}_value is not null
    and {{ of_changed_deliveries('delivery_ordinal') }}
group by
    delivery_ordinal,
    response_group_number,
    {{ aspect }}_value
{{ 'union all' if not loop.last }}
{% endfor %}
