{# The number of months from the first to the last, both counted; both are firsts of a month. #}
{% macro month_count(first_month, last_month) -%}
    (
        (year({{ last_month }}) - year({{ first_month }})) * 12
        + month({{ last_month }}) - month({{ first_month }}) + 1
    )
{%- endmacro %}

{# The number of calendar days from one date to another; the engines have no words for it in
   common. #}
{% macro days_between(first_day, last_day) -%}
    {%- if target is defined and target.type == "spark" -%}
        datediff({{ last_day }}, {{ first_day }})
    {%- else -%}
        ({{ last_day }} - {{ first_day }})
    {%- endif -%}
{%- endmacro %}
