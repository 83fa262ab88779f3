{# The counts of the yearly complaint form, as mart_complaints names them. #}
{% macro complaint_counts() -%}
    {{ return([
        'registered_count', 'received_count', 'not_complaint_count',
        'admissible_count', 'inadmissible_count', 'to_be_judged_count',
        'grounded_count', 'partly_grounded_count', 'ungrounded_count',
        'pending_count', 'resolved_count', 'partly_resolved_count',
        'unresolved_count', 'within_45_days_count', 'over_45_days_count',
        'acknowledged_count', 'late_acknowledgement_count', 'refused_count',
        'late_refusal_count', 'handled_count', 'late_answer_count',
        'answered_0_20_days_count', 'answered_21_45_days_count',
        'answered_46_90_days_count', 'answered_over_90_days_count',
    ]) }}
{%- endmacro %}

{# The days between receipt and answer or acknowledgement, as mart_complaints names them. #}
{% macro complaint_days() -%}
    {{ return([
        'mean_days', 'median_days', 'mean_acknowledgement_days',
        'median_acknowledgement_days',
    ]) }}
{%- endmacro %}

{# The lists of which a complaint may carry several codes: the column that holds them in
   int_complaints, and which complaints should carry one (columns of fct_complaint). #}
{% macro complaint_code_lists() -%}
    {{ return({
        'drager': ('carriers', 'is_received'),
        'kanaal': ('routes', 'is_received'),
        'categorie': ('categories', 'is_received'),
        'ombudsnorm': (
            'ombuds_norms', "groundedness_code in ('GEGROND', 'DEELS_GEGROND')"
        ),
        'reden_onontvankelijk': (
            'inadmissibility_reasons', "admissibility_code = 'nee'"
        ),
    }) }}
{%- endmacro %}

{# A count per 100.000 contacts; null where the contacts are not known. #}
{% macro per_100000(count, contact_count) -%}
    100000 * cast({{ count }} as double) / nullif({{ contact_count }}, 0)
{%- endmacro %}
