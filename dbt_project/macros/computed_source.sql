{# Where a figure computed from answers comes from, in words. Expects `instruments` and
   `results` in scope. #}
{% macro computed_source() -%}
    concat(
        'Antwoorden van respondenten: ',
        case when results.instrument_code = 'niet-vermeld' then 'meting niet vermeld'
            else coalesce(instruments.label_nl, results.instrument_code)
        end
    )
{%- endmacro %}
