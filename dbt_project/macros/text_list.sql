{# The texts of a group as one text, in a given order: the one thing here for which the
   engines have no words in common.
   order_by: what follows "order by". #}
{% macro text_list(text, delimiter, order_by) -%}
    {%- if target is defined and target.type == "spark" -%}
        listagg({{ text }}, {{ delimiter }}) within group (order by {{ order_by }})
    {%- else -%}
        string_agg({{ text }}, {{ delimiter }} order by {{ order_by }})
    {%- endif -%}
{%- endmacro %}
