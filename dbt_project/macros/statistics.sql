{#
    Upper tail of the chi-square distribution, exact for whole degrees of freedom up to
    60 (Abramowitz and Stegun 26.4.4 and 26.4.5): a finite sum for even degrees; for odd
    ones the same with the normal tail.
#}
{% macro chi_square_tail(statistic, degrees) -%}
    case
        when {{ statistic }} is null or {{ degrees }} < 1 or {{ degrees }} > 60 then null
        when {{ statistic }} <= 0 then 1.0
        when {{ degrees }} % 2 = 0
            then exp(-({{ statistic }}) / 2) * (
                1
                {%- for k in range(1, 30) %}
                    + case
                        when {{ k }} < {{ degrees }} / 2
                            then exp({{ k }} * ln(({{ statistic }}) / 2) - {{ ln_factorial(k) }})
                        else 0
                    end
                {%- endfor %}
            )
        else 2 * {{ normal_tail('sqrt(' ~ statistic ~ ')') }}
            + 2 * exp(-({{ statistic }}) / 2) / sqrt(2 * pi()) * (
                0
                {%- for k in range(1, 30) %}
                    + case
                        when {{ k }} <= ({{ degrees }} - 1) / 2
                            then
                                exp(
                                    (2 * {{ k }} - 1) / 2.0 * ln({{ statistic }})
                                    - {{ ln_double_factorial(2 * k - 1) }}
                                )
                        else 0
                    end
                {%- endfor %}
            )
    end
{%- endmacro %}

{# ln(k!) as SQL. #}
{% macro ln_factorial(k) -%}
    {%- set product = namespace(value=1) -%}
    {%- for i in range(2, k + 1) -%}
        {%- set product.value = product.value * i -%}
    {%- endfor -%}
    ln(cast('{{ product.value }}' as double))
{%- endmacro %}

{# ln(1 · 3 · 5 · … · k) as SQL. #}
{% macro ln_double_factorial(k) -%}
    {%- set product = namespace(value=1) -%}
    {%- for i in range(3, k + 1, 2) -%}
        {%- set product.value = product.value * i -%}
    {%- endfor -%}
    ln(cast('{{ product.value }}' as double))
{%- endmacro %}

{#
    Upper tail of the standard normal distribution, P(Z > z): erfc(z / √2) / 2 by the
    rational approximations of W. J. Cody (1969), absolute error below 1e-12.
#}
{% macro normal_tail(z) -%}
    (
        0.5 * case
            when {{ z }} is null then null
            when {{ z }} < 0 then 2 - {{ positive_erfc('(-(' ~ z ~ ') / sqrt(2))') }}
            else {{ positive_erfc('((' ~ z ~ ') / sqrt(2))') }}
        end
    )
{%- endmacro %}

{% macro positive_erfc(x) -%}
    case
        when {{ x }} <= 0.46875
            then 1 - {{ x }} * {{ polynomial(x ~ ' * ' ~ x, [
                3209.37758913846947, 377.485237685302021, 113.864154151050156,
                3.16112374387056560, 0.185777706184603153,
            ]) }} / {{ polynomial(x ~ ' * ' ~ x, [
                2844.23683343917062, 1282.61652607737228, 244.024637934444173,
                23.6012909523441209, 1,
            ]) }}
        when {{ x }} <= 4
            then exp(-{{ x }} * {{ x }}) * {{ polynomial(x, [
                1230.33935479799725, 2051.07837782607147, 1712.04761263407058,
                881.952221241769090, 298.635138197400131, 66.1191906371416295,
                8.88314979438837594, 0.564188496988670089, 2.15311535474403846e-8,
            ]) }} / {{ polynomial(x, [
                1230.33935480374942, 3439.36767414372164, 4362.61909014324716,
                3290.79923573345963, 1621.38957456669019, 537.181101862009858,
                117.693950891312499, 15.7449261107098347, 1,
            ]) }}
        when {{ x }} <= 26
            then exp(-{{ x }} * {{ x }}) / {{ x }} * (
                1 / sqrt(pi()) - {{ polynomial('1 / (' ~ x ~ ' * ' ~ x ~ ')', [
                    6.58749161529837803e-4, 0.0160837851487422766,
                    0.125781726111229246, 0.360344899949804439,
                    0.305326634961232344, 0.0163153871373020978,
                ]) }} / {{ polynomial('1 / (' ~ x ~ ' * ' ~ x ~ ')', [
                    0.00233520497626869185, 0.0605183413124413191,
                    0.527905102951428412, 1.87295284992346725,
                    2.56852019228982242, 1,
                ]) }} / ({{ x }} * {{ x }})
            )
        else 0
    end
{%- endmacro %}

{# A polynomial by Horner's rule; coefficients from the constant term up. #}
{% macro polynomial(x, coefficients) -%}
    {%- set nested = namespace(text='cast(' ~ coefficients[-1] ~ ' as double)') -%}
    {%- for coefficient in coefficients[:-1] | reverse -%}
        {%- set nested.text = '(' ~ nested.text ~ ' * (' ~ x ~ ') + cast(' ~ coefficient ~ ' as double))' -%}
    {%- endfor -%}
    {{ nested.text }}
{%- endmacro %}

{# The two-sided 95 % quantile of the standard normal distribution. #}
{% macro normal_quantile_95() -%}
    cast(1.959963984540054 as double)
{%- endmacro %}
