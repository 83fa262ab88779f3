{# Where one figure is needed: real published before real computed before simulated. #}
{% macro basis_rank(basis="basis", is_simulated="is_simulated") -%}
    case
        when {{ is_simulated }} then 3
        when {{ basis }} = 'published' then 1
        else 2
    end
{%- endmacro %}
