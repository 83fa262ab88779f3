{# The properties of a method card, as dim_instrument names its columns. #}
{% macro instrument_properties() -%}
    {{ return([
        'objective', 'object_judged', 'trigger', 'frequency', 'waiting_days',
        'cooling_off_days', 'mode', 'sampling', 'target_group',
        'minimum_response_rate', 'representativeness', 'aspects_basis',
        'standardisation', 'performed_by', 'cost', 'rationale', 'analysis_moment',
        'reporting', 'follow_up', 'feedback_to_respondents', 'other_methods',
    ]) }}
{%- endmacro %}
