{# The sum of a group, null where a part of it is unknown: what is missing is no zero. #}
{% macro complete_sum(quantity) -%}
    case
        when count({{ quantity }}) = count(*)
            then cast(sum({{ quantity }}) as bigint)
    end
{%- endmacro %}
