{# The key of a row as people read it: "mart_nps: vutg | fons-mail | 2023-H1".
   parts: SQL expressions of text; an empty part is left out. #}
{% macro readable_key(mart, parts) -%}
    '{{ mart }}: ' || concat_ws(' | ', {{ parts | join(', ') }})
{%- endmacro %}
