{# Where a figure computed from answers comes from, in words. Expects `instruments` and
   `results` in scope. #}
{% macro computed_source() -%}
    concat(
        'Antwoorden van respondenten: ',
        {{ instrument_text('results.instrument_code', 'instruments.label_nl') }}
    )
{%- endmacro %}
