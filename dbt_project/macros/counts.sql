{# Chi-square of homogeneity of a series of counts against their mean, from their sums. #}
{% macro homogeneity_statistic(square_sum, mean_count, series_length) -%}
    {{ square_sum }} / nullif({{ mean_count }}, 0) - {{ series_length }} * {{ mean_count }}
{%- endmacro %}

{#
    Two-sided exact binomial test of two counts that would be equal by nature (p = 1/2):
    the sum of all that is as uneven or more, by the continued fraction of the incomplete
    beta function (Abramowitz and Stegun 26.5.8). Error below 1e-9 for 1.000 counted
    together; for more the normal tail with its first corrections, error below 1e-7. Null
    where nothing was counted.
#}
{% macro binomial_pair_p_value(count, former_count) -%}
    {%- set total = '(' ~ count ~ ' + ' ~ former_count ~ ')' -%}
    {%- set most = 'cast(greatest(' ~ count ~ ', ' ~ former_count ~ ') as double)' -%}
    {%- set least = 'cast(least(' ~ count ~ ', ' ~ former_count ~ ') as double)' -%}
    {%- set z = '((abs(' ~ count ~ ' - ' ~ former_count ~ ') - 1) / sqrt(' ~ total ~ '))' -%}
    {%- set nested = namespace(text='1e0') -%}
    {%- for j in range(64, 0, -1) -%}
        {%- set m = j // 2 -%}
        {%- if j % 2 == 0 -%}
            {%- set step = '+ ' ~ m ~ ' * (' ~ least ~ ' + 1 - ' ~ m ~ ') / 2 / ((' ~ most
                ~ ' + ' ~ (2 * m - 1) ~ ') * (' ~ most ~ ' + ' ~ 2 * m ~ '))' -%}
        {%- else -%}
            {%- set step = '- (' ~ most ~ ' + ' ~ m ~ ') * (' ~ total ~ ' + 1 + ' ~ m
                ~ ') / 2 / ((' ~ most ~ ' + ' ~ 2 * m ~ ') * (' ~ most ~ ' + '
                ~ (2 * m + 1) ~ '))' -%}
        {%- endif -%}
        {%- set nested.text = '(1e0 ' ~ step ~ ' / ' ~ nested.text ~ ')' -%}
    {%- endfor -%}
    case
        when {{ total }} = 0 then null
        when abs({{ count }} - {{ former_count }}) <= 1 then 1e0
        when {{ total }} <= 1000
            then least(
                1e0,
                exp(
                    {{ ln_factorial_of(total) }}
                    - {{ ln_factorial_of(most) }}
                    - {{ ln_factorial_of(least) }}
                    - {{ total }} * ln(2e0)
                ) / {{ nested.text }}
            )
        else
            2 * {{ normal_tail(z) }}
            + exp(-{{ z }} * {{ z }} / 2) / sqrt(2 * pi())
            * {{ z }} * (1 - {{ z }} * {{ z }}) / 6 / {{ total }}
    end
{%- endmacro %}

{# ln(x!) of a column, by Stirling's series at x + 8. #}
{% macro ln_factorial_of(x) -%}
    {%- set shifted = '(' ~ x ~ ' + 8e0)' -%}
    (
        ({{ shifted }} + 0.5) * ln({{ shifted }}) - {{ shifted }} + 0.5 * ln(2 * pi())
        + {{ polynomial('1 / (' ~ shifted ~ ' * ' ~ shifted ~ ')', [
            '1e0 / 12', '-1e0 / 360', '1e0 / 1260', '-1e0 / 1680',
        ]) }} / {{ shifted }}
        - ln(
            1e0
            {%- for k in range(1, 9) %}
                * ({{ x }} + {{ k }})
            {%- endfor %}
        )
    )
{%- endmacro %}
