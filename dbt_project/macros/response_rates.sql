{# The counts of a survey's course, from the contacts to the completed answers. #}
{% macro response_counts() -%}
    {{ return([
        'contact_count', 'eligible_count', 'invited_count', 'reached_count',
        'started_count', 'completed_count',
    ]) }}
{%- endmacro %}

{#
    A response rate of AAPOR, RR1 to RR6, over a census of invitations: I = completed,
    P = started - completed, R = reached - started, NC = invited - reached, and nobody
    is of unknown eligibility (O = UH = UO = 0). All that were invited are the base,
    whatever is known of the steps between; RR1 = RR3 = RR5 count the complete answers,
    RR2 = RR4 = RR6 the partial ones as well.
#}
{% macro response_rate(number) -%}
    cast({{ 'completed_count' if number % 2 else 'started_count' }} as double)
    / nullif(invited_count, 0)
{%- endmacro %}

{# Whether a count is below one that comes after it; what is not known says nothing. #}
{% macro impossible_course() -%}
    {%- set counts = response_counts() -%}
    (
        false
        {%- for count in counts %}
        {%- for later in counts[loop.index:] %}
        or {{ count }} < {{ later }}
        {%- endfor %}
        {%- endfor %}
    )
{%- endmacro %}
