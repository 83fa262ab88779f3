{# A label inside a sentence: its first letter small. #}
{% macro inside_sentence(label) -%}
    lower(left({{ label }}, 1)) || substring({{ label }}, 2)
{%- endmacro %}


{# A label at the start of a sentence: its first letter a capital. #}
{% macro opening_sentence(label) -%}
    upper(left({{ label }}, 1)) || substring({{ label }}, 2)
{%- endmacro %}
