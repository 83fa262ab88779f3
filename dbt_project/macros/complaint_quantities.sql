{# The counts of the yearly complaint form, as mart_complaints names them. #}
{% macro complaint_counts() -%}
    {{ return([
        'registered_count', 'received_count', 'not_complaint_count',
        'admissible_count', 'inadmissible_count', 'to_be_judged_count',
        'grounded_count', 'partly_grounded_count', 'ungrounded_count',
        'pending_count', 'resolved_count', 'partly_resolved_count',
        'unresolved_count', 'within_45_days_count', 'over_45_days_count',
    ]) }}
{%- endmacro %}
