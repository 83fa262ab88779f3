{# Joins each row with the elements of its list: a row per element, none for an empty or
   absent list. The engines have no words for it in common. #}
{% macro unnested(list, relation, column) -%}
    {%- if target is defined and target.type == "spark" -%}
        lateral view explode({{ list }}) {{ relation }} as {{ column }}
    {%- else -%}
        cross join unnest({{ list }}) as {{ relation }} ({{ column }})
    {%- endif -%}
{%- endmacro %}
