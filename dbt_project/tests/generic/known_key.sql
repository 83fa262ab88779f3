{# Fails on rows whose columns together are no key of another relation: returns them. #}
{% test known_key(model, columns, to) %}

with pointing as (

    select distinct {{ columns | join(', ') }}
    from {{ model }}

)

select pointing.*
from pointing
left join {{ to }} as known
    on
        {% for column in columns -%}
            {{ 'and ' if not loop.first }}pointing.{{ column }} = known.{{ column }}
        {% endfor -%}
where known.{{ columns[0] }} is null

{% endtest %}
