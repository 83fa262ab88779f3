{# The Net Promoter Score and what is known of it, from counts; NPS never comes from NPS. #}
{% macro net_promoter_score(promoter_count, detractor_count, answer_count) -%}
    case
        when {{ answer_count }} > 0
            then
                100e0 * cast({{ promoter_count }} - {{ detractor_count }} as double)
                / {{ answer_count }}
    end
{%- endmacro %}

{# The variance of an NPS: p + d - (p - d)² over the number of answers, in squared points. #}
{% macro nps_variance(promoter_count, detractor_count, answer_count) -%}
    {%- set count = 'cast(' ~ answer_count ~ ' as double)' -%}
    {%- set lead = '(' ~ promoter_count ~ ' - ' ~ detractor_count ~ ')' -%}
    case
        when {{ answer_count }} > 0
            then 10000e0 * cast(
                {{ exact_product(promoter_count ~ ' + ' ~ detractor_count, answer_count) }}
                - {{ exact_product(lead, lead) }} as double
            ) / ({{ count }} * {{ count }} * {{ count }})
    end
{%- endmacro %}

{#
    A bound of the adjusted Wald interval (95 %) of an NPS: three answers more, of which
    3/4 promoters and 3/4 detractors. Sign -1 gives the lower one, 1 the upper one; never
    outside -100 and 100; null without answers. Source: Rocks (2016).
#}
{% macro nps_bound(promoter_count, detractor_count, answer_count, sign) -%}
    {%- set count = '(' ~ answer_count ~ ' + 3e0)' -%}
    {%- set lead = '((' ~ promoter_count ~ ' - ' ~ detractor_count ~ ') / ' ~ count ~ ')' -%}
    case
        when {{ answer_count }} > 0
            then {{ 'least(100e0, ' if sign > 0 else 'greatest(-100e0, ' }}100 * (
                {{ lead }} {{ '+' if sign > 0 else '-' }} {{ normal_quantile_95() }} * sqrt(
                    (
                        ({{ promoter_count }} + {{ detractor_count }} + 1.5e0) / {{ count }}
                        - {{ lead }} * {{ lead }}
                    ) / {{ count }}
                )
            ))
    end
{%- endmacro %}

{# The z-statistic of a difference of two figures, each with its variance. #}
{% macro difference_z(difference, variance) -%}
    {{ difference }} / nullif(sqrt({{ variance }}), 0)
{%- endmacro %}

{# A bound of the interval (95 %) that goes with that test. #}
{% macro difference_bound(difference, variance, sign) -%}
    ({{ difference }} {{ '+' if sign > 0 else '-' }} {{ normal_quantile_95() }}
        * sqrt({{ variance }}))
{%- endmacro %}
