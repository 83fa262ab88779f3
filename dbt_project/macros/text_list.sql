{# The texts of a group as one text, in a given order. The engines have no words in
   common for it.
   order_by: what follows "order by". #}
{% macro text_list(text, delimiter, order_by) -%}
    {%- if target is defined and target.type == "spark" -%}
        listagg({{ text }}, {{ delimiter }}) within group (order by {{ order_by }})
    {%- else -%}
        string_agg({{ text }}, {{ delimiter }} order by {{ order_by }})
    {%- endif -%}
{%- endmacro %}

{# The texts of a list as one text. #}
{% macro joined(list, delimiter) -%}
    {%- if target is defined and target.type == "spark" -%}
        array_join({{ list }}, {{ delimiter }})
    {%- else -%}
        array_to_string({{ list }}, {{ delimiter }})
    {%- endif -%}
{%- endmacro %}
