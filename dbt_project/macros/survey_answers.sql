{# The aspects that a respondent may be asked about. A staging model of survey responses
   has a column `<aspect>_answer` for each. #}
{% macro asked_aspects() -%}
    {{ return([
        'snelheid', 'professionaliteit', 'duidelijkheid', 'aandacht', 'algemeen',
        'digitaal', 'gebruiksgemak', 'aanbeveling',
    ]) }}
{%- endmacro %}

{# The columns that survey_answers() makes. #}
{% macro answer_columns() -%}
    {%- set columns = [] -%}
    {%- for aspect in asked_aspects() -%}
        {%- do columns.append(aspect ~ '_answer') -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro %}

{# The answers of a feed as text, a column per aspect; null where it was not asked or not
   answered.
   asked: SQL expressions by aspect. #}
{% macro survey_answers(asked) -%}
    {%- for aspect in asked_aspects() %}
    cast({{ asked.get(aspect, 'null') }} as string) as {{ aspect }}_answer{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{# How a narrow fact writes "don't know": no scale has a value below zero. #}
{% macro dont_know_value() -%}
    -1
{%- endmacro %}

{# The mean of an answer from 0 to 100 (POMP, linear, turned round where 1 is best), from
   the integer sum of raw values. `scales` names a relation with the scale's bounds. #}
{% macro mean_score_100(score_sum, answer_count, scales="scales") -%}
    cast(
        100 * case
            when {{ scales }}.is_reversed
                then {{ scales }}.raw_max * {{ answer_count }} - {{ score_sum }}
            else {{ score_sum }} - {{ scales }}.raw_min * {{ answer_count }}
        end as double
    ) / nullif({{ answer_count }} * ({{ scales }}.raw_max - {{ scales }}.raw_min), 0)
{%- endmacro %}
