{#
    The four service levels of a contact centre, by name: of which contacts the share
    that was answered within the threshold is taken.
#}
{% macro service_level_bases() -%}
    {{ return({
        'answered': 'answered_count',
        'offered': 'offered_count',
        'without_short_abandoned':
            'answered_count + abandoned_count - short_abandoned_count',
        'with_abandoned': 'answered_count + abandoned_count',
    }) }}
{%- endmacro %}

{# A service level from counts; null where a count is unknown or nothing is to be divided by. #}
{% macro service_level(base) -%}
    cast(answered_within_threshold_count as double) / nullif({{ base }}, 0)
{%- endmacro %}
