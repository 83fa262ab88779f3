{# Shares: intervals, tests of a difference, and what makes shares of two mixes comparable. #}
{#
    A bound of the Wilson score interval (95 %) of a share over `count` answers: sign -1
    gives the lower one, 1 the upper one; null where the base is unknown or zero.
    Source: Wilson (1927).
#}
{% macro wilson_bound(share, count, sign) -%}
    {%- set z = normal_quantile_95() -%}
    {#- Rounding must not carry a bound past 0 or 1. -#}
    case
        when {{ share }} is not null and {{ count }} > 0
            then {{ 'least(1.0, ' if sign > 0 else 'greatest(0.0, ' }}
                (
                    {{ share }} + {{ z }} * {{ z }} / (2 * {{ count }})
                    {{ '+' if sign > 0 else '-' }} {{ z }} * sqrt(
                        {{ share }} * (1 - {{ share }}) / {{ count }}
                        + {{ z }} * {{ z }} / (4.0 * {{ count }} * {{ count }})
                    )
                ) / (1 + {{ z }} * {{ z }} / {{ count }})
            )
    end
{%- endmacro %}

{#
    The z-statistic of two shares, pooled; 0 where both are 0 or both are 1: no spread and
    no difference. Null where a base is unknown or zero.
#}
{% macro two_proportion_z(share, count, former_share, former_count) -%}
    {%- set pooled = '((' ~ share ~ ' * ' ~ count ~ ' + ' ~ former_share ~ ' * ' ~ former_count
        ~ ') / (' ~ count ~ ' + ' ~ former_count ~ '))' -%}
    case
        when
            {{ share }} is not null
            and {{ former_share }} is not null
            and {{ count }} > 0
            and {{ former_count }} > 0
            then coalesce(
                abs({{ share }} - {{ former_share }}) / nullif(
                    sqrt(
                        greatest(0, {{ pooled }} * (1 - {{ pooled }}))
                        * (1e0 / {{ count }} + 1e0 / {{ former_count }})
                    ),
                    0
                ),
                0
            )
    end
{%- endmacro %}

{# A bound of Newcombe's interval (95 %) of a difference of two shares, from the Wilson
   bounds of both: sign -1 gives the lower one, 1 the upper one. Source: Newcombe (1998). #}
{% macro newcombe_bound(
    share, share_low, share_high, former_share, former_share_low, former_share_high, sign
) -%}
    {%- set near = share_high if sign > 0 else share_low -%}
    {%- set far = former_share_low if sign > 0 else former_share_high -%}
    {{ share }} - {{ former_share }} {{ '+' if sign > 0 else '-' }} sqrt(
        ({{ share }} - {{ near }}) * ({{ share }} - {{ near }})
        + ({{ far }} - {{ former_share }}) * ({{ far }} - {{ former_share }})
    )
{%- endmacro %}

{# The variance of a share; null where the base is unknown or zero. #}
{% macro share_variance(share, count) -%}
    {{ share }} * (1 - {{ share }}) / nullif({{ count }}, 0)
{%- endmacro %}

{#
    Direct standardisation, over the rows of a group: the figures of the strata in a fixed
    mix, Σ w p with w the weight over the sum of all weights. Null where a stratum of the
    mix has no figure: the rest would be another mix.
#}
{% macro standardised_mean(figure, weight) -%}
    case
        when count({{ figure }}) = count(*)
            then sum({{ weight }} * {{ figure }}) / sum({{ weight }})
    end
{%- endmacro %}

{# Its variance, Σ w² v: of a share v = p (1 - p) / n. #}
{% macro standardised_variance(variance, weight) -%}
    case
        when count({{ variance }}) = count(*)
            then
                sum(cast({{ weight }} as double) * {{ weight }} * {{ variance }})
                / (cast(sum({{ weight }}) as double) * sum({{ weight }}))
    end
{%- endmacro %}

{# The difference in differences of four shares: what changed more than the comparison did. #}
{% macro difference_in_differences(after, before, other_after, other_before) -%}
    (({{ after }} - {{ before }}) - ({{ other_after }} - {{ other_before }}))
{%- endmacro %}

{#
    A share as a test of four shares counts it: half an answer more on either side, so that
    a cell in which all or none are satisfied has a spread as well. Source: Price and Bonett
    (2004), who add 2/m answers on either side in a linear function of m shares.
#}
{% macro adjusted_share(share, count) -%}
    (({{ share }} * {{ count }} + 0.5) / ({{ count }} + 1e0))
{%- endmacro %}

{# The difference in differences of shares so adjusted, on which the interval is centred: a
   list of share and count each, after, before, and the same of the comparison. #}
{% macro adjusted_difference_in_differences(sides) -%}
    {{ difference_in_differences(
        adjusted_share(*sides[0]),
        adjusted_share(*sides[1]),
        adjusted_share(*sides[2]),
        adjusted_share(*sides[3])
    ) }}
{%- endmacro %}

{# Its variance, of four independent samples: a list of share and count each. #}
{% macro difference_in_differences_variance(sides) -%}
    (
        {%- for share, count in sides %}
        {{ '+ ' if not loop.first }}
        {{- share_variance(adjusted_share(share, count), '(' ~ count ~ ' + 1)') }}
        {%- endfor %}
    )
{%- endmacro %}
