{# A list of the one item there is; null without it. #}
{% macro list_of(item) -%}
    {%- if target is defined and target.type == "spark" -%}
        case when {{ item }} is not null then array({{ item }}) end
    {%- else -%}
        case when {{ item }} is not null then list_value({{ item }}) end
    {%- endif -%}
{%- endmacro %}
