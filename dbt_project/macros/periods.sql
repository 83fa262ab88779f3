{# The number of months from the first to the last, both counted; both are firsts of a month. #}
{% macro month_count(first_month, last_month) -%}
    (
        (year({{ last_month }}) - year({{ first_month }})) * 12
        + month({{ last_month }}) - month({{ first_month }}) + 1
    )
{%- endmacro %}
