{# The counts and summed seconds of contacts, as fct_contact names them. #}
{% macro contact_quantities() -%}
    {{ return([
        'offered_count', 'answered_count', 'answered_within_threshold_count',
        'abandoned_count', 'short_abandoned_count', 'wait_seconds', 'talk_seconds',
        'wrap_up_seconds', 'resolved_first_contact_count',
    ]) }}
{%- endmacro %}
