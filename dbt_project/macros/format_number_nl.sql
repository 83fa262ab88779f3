{# A number as Dutch text: decimal comma, dot between thousands, a true minus sign.
   Exact: the number goes through a decimal of the asked precision (rounded half
   away from zero), never through the text of a double. Null stays null.
   Holds up to 15 digits before the comma.
   signed: a plus sign before a positive number, for differences. #}
{% macro format_number_nl(number, decimals=0, signed=false) -%}
    {%- set value = "cast(" ~ number ~ " as decimal(28, " ~ decimals ~ "))" -%}
    {%- set digits = "cast(abs(" ~ value ~ ") as string)" -%}
    {%- set whole = "split_part(" ~ digits ~ ", '.', 1)" -%}
    case
        when {{ value }} < 0 then '−'
        {%- if signed %}
        when {{ value }} > 0 then '+'
        {%- endif %}
        else ''
    end
    || case
        {%- for groups in range(4, 0, -1) %}
        when length({{ whole }}) > {{ groups * 3 }}
            then left({{ whole }}, length({{ whole }}) - {{ groups * 3 }})
                {%- for group in range(groups, 0, -1) %}
                || '.' || substring(
                    {{ whole }}, length({{ whole }}) - {{ group * 3 - 1 }}, 3
                )
                {%- endfor %}
        {%- endfor %}
        else {{ whole }}
    end
    {%- if decimals %}
    || ',' || split_part({{ digits }}, '.', 2)
    {%- endif %}
{%- endmacro %}


{# A share (0 to 1) as a percentage in Dutch: 0.636 becomes "63,60 %". #}
{% macro format_share_nl(share, decimals=2) -%}
    {{ format_number_nl("100 * " ~ share, decimals) }} || ' %'
{%- endmacro %}


{# A p-value in a sentence: of one that rounds to nothing, what it stays below. #}
{% macro format_p_value_nl(p_value) -%}
    case
        when {{ p_value }} < 0.00005 then 'kleiner dan 0,0001'
        else {{ format_number_nl(p_value, 4) }}
    end
{%- endmacro %}
