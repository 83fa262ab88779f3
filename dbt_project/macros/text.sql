{# Where a delivered row stands, in words. #}
{% macro source_place(sheet, line) -%}
    case
        when {{ sheet }} is null or {{ sheet }} = ''
            then concat('rij ', cast({{ line }} as string))
        else concat('blad ', {{ sheet }}, ', rij ', cast({{ line }} as string))
    end
{%- endmacro %}

{# Flags joined with "|", in the order given (alphabetical): a dictionary of flag and condition. #}
{% macro flags(conditions) -%}
    concat_ws(
        '|'
        {%- for flag, condition in conditions | dictsort -%}
            , case when {{ condition }} then '{{ flag }}' end
        {%- endfor -%}
    )
{%- endmacro %}

{# A source that says where its figures are invented. #}
{% macro simulated_source(source, is_simulated) -%}
    case
        when {{ is_simulated }} then concat({{ source }}, ' (gesimuleerd)')
        else {{ source }}
    end
{%- endmacro %}

{# The name of an instrument in a sentence; a source need not say which one it was. #}
{% macro instrument_text(instrument_code, label_nl) -%}
    case
        when {{ instrument_code }} = 'niet-vermeld' then 'meting niet vermeld'
        else coalesce({{ label_nl }}, {{ instrument_code }})
    end
{%- endmacro %}
