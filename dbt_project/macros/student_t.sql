{#
    The rows of a relation with the two-sided tail of Student's t, P(|T| > |t|), as column
    `name`; `t` and `degrees` are columns of it, `degrees` need not be whole. A select in a
    select: one expression would hold its parts a hundred times over.
    Ten or more degrees are near enough to the normal distribution for the approximation
    of G. W. Hill (1970, ACM algorithm 395); here 16 are added first, with the recurrence
    of the incomplete beta function (Abramowitz and Stegun 26.5.16). Relative error below
    1e-9 for degrees >= 1, far inside the promised 1e-6; null below 1 degree.
#}
{% macro with_t_tail(relation, t, degrees, name) -%}
    {%- set ratio = name ~ '_ratio' -%}
    {%- set log = name ~ '_log' -%}
    {%- set hill = name ~ '_hill' -%}
    select
        *,
        2 * {{ normal_tail(name ~ '_z') }}
        + sqrt({{ ratio }} / (1 + {{ ratio }})) * exp(-{{ degrees }} / 2 * {{ log }})
        * {{ gamma_ratio(degrees ~ ' / 2') }} / sqrt(pi())
        * {{ raised_degrees(degrees, '(1 + ' ~ ratio ~ ')') }} as {{ name }}
    from (
        select
            *,
            case
                when {{ hill }} < 2000
                    then
                        sqrt({{ hill }}) * (
                            1 + (
                                3 + {{ hill }}
                                + {{ polynomial(hill, [-85.5, -24, -3.3, -0.4]) }} / (
                                    0.8 * {{ hill }} * {{ hill }} + 100
                                    + {{ hill_scale(degrees) }}
                                )
                            ) / {{ hill_scale(degrees) }}
                        )
                when {{ hill }} is not null then 100e0
            end as {{ name }}_z
        from (
            select
                *,
                ({{ degrees }} + 15.5) * {{ log }} as {{ hill }}
            from (
                select
                    *,
                    {{ ln_1_plus(ratio) }} as {{ log }}
                from (
                    select
                        *,
                        {#- Beyond 1e100 the tail is 0, and the square must not overflow. #}
                        case
                            when {{ degrees }} >= 1 and abs({{ t }}) < 1e100
                                then {{ t }} * {{ t }} / {{ degrees }}
                            when {{ degrees }} >= 1 and {{ t }} is not null then 1e200
                        end as {{ ratio }}
                    from {{ relation }}
                ) as {{ name }}_ratios
            ) as {{ name }}_logs
        ) as {{ name }}_hills
    ) as {{ name }}_normal
{%- endmacro %}

{% macro hill_scale(degrees) -%}
    (48 * ({{ degrees }} + 15.5) * ({{ degrees }} + 15.5))
{%- endmacro %}

{# What 16 degrees more take away from the tail, over its first term: eight terms. #}
{% macro raised_degrees(degrees, divisor) -%}
    {%- set nested = namespace(text='1e0') -%}
    {%- for k in range(7, 0, -1) -%}
        {%- set nested.text = '(1e0 + (' ~ degrees ~ ' + ' ~ (2 * k - 1) ~ ') / (('
            ~ degrees ~ ' + ' ~ (2 * k) ~ ') * ' ~ divisor ~ ') * ' ~ nested.text ~ ')' -%}
    {%- endfor -%}
    {{ nested.text }}
{%- endmacro %}

{# Γ(a + 1/2) / Γ(a + 1) by its asymptotic series at a + 8, relative error below 1e-11. #}
{% macro gamma_ratio(a) -%}
    {%- set shifted = '(' ~ a ~ ' + 8)' -%}
    (
        exp(
            {{ polynomial('1 / (' ~ shifted ~ ' * ' ~ shifted ~ ')', [
                -0.125, '1e0 / 192', '-1e0 / 640', '17e0 / 14336',
            ]) }} / {{ shifted }}
        ) / sqrt({{ shifted }})
        {%- for k in range(8) %}
            * (({{ a }} + {{ k + 1 }}) / ({{ a }} + {{ k + 0.5 }}))
        {%- endfor %}
    )
{%- endmacro %}

{# ln(1 + x) for x >= 0, with all its digits where x is small. #}
{% macro ln_1_plus(x) -%}
    {%- set s = '(' ~ x ~ ' / (2 + ' ~ x ~ '))' -%}
    case
        when {{ x }} < 0.1
            then 2 * {{ s }} * {{ polynomial(s ~ ' * ' ~ s, [
                1, '1e0 / 3', '1e0 / 5', '1e0 / 7', '1e0 / 9', '1e0 / 11',
            ]) }}
        else ln(1 + {{ x }})
    end
{%- endmacro %}

{#
    The two-sided 95 % quantile of Student's t, for degrees >= 1 that need not be whole:
    a polynomial in 2 / degrees - 1, interpolated at the Chebyshev points; absolute error
    below 1e-9, far inside the promised 1e-6. Null below 1 degree.
#}
{% macro t_quantile_95(degrees) -%}
    case
        when {{ degrees }} >= 1
            then {{ polynomial('2e0 / (' ~ degrees ~ ') - 1', [
                4.302652729749453, 4.123195396270999, 2.63013878725075, 1.141610606338876,
                0.3750873914546253, 0.1035030996261196, 0.02442580814021806,
                0.004617069318345284, 0.0007715654273774581, 0.0001967876885146122,
                1.602978900192334e-06, 6.137655483309997e-06, 1.346404457394137e-06,
                -1.034938629457486e-05, 6.840356154046432e-06, 1.62827665630325e-06,
                -1.711388347919151e-06,
            ]) }}
    end
{%- endmacro %}
