-- How often each value was answered: one row per group of respondents, aspect and value.
{{ config(materialized='table') }}

{% for aspect in asked_aspects() %}
select
    response_group_id,
    '{{ aspect }}' as aspect_code,
    {{ aspect }}_value as answer_value,
    count(*) as answer_count
from {{ ref('int_keyed_responses') }}
where {{ aspect }}_value is not null
group by
    response_group_id,
    {{ aspect }}_value
{{ 'union all' if not loop.last }}
{% endfor %}
