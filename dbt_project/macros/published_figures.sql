{# The number of decimals that a figure is printed with. #}
{% macro printed_decimals(printed) -%}
    length(regexp_extract(rtrim({{ printed }}, '% '), '[,.]([0-9]+)$', 1))
{%- endmacro %}

{#
    Rule D1: three printed shares add up to 100 within their rounding, half a unit of
    the last printed decimal each.
#}
{% macro sum_deviation() -%}
    coalesce(
        abs(share_sum_pct - 100) > 1.5 * power(
            10,
            -greatest(
                {{ printed_decimals('satisfied_pct_printed') }},
                {{ printed_decimals('neutral_pct_printed') }},
                {{ printed_decimals('dissatisfied_pct_printed') }}
            )
        ) + 1e-9,
        false
    )
{%- endmacro %}

{#
    Rule D7: some whole number over the base gives the printed percentage, within half a
    unit of its last printed decimal. Null where the figure or the base is unknown.
#}
{% macro is_attainable(percentage, printed, count) -%}
    (
        abs(
            {{ percentage }}
            - 100 * round({{ percentage }} / 100 * {{ count }}) / nullif({{ count }}, 0)
        ) <= 0.5 * power(10, -{{ printed_decimals(printed) }}) + 1e-9
    )
{%- endmacro %}
