{#
    The join that puts facts in each perimeter: `facts` names a relation in scope with
    agency_code and service_code, `day` the date by which it is placed. What it adds is
    `perimeters`: perimeter, event_code, agency_code and service_code.
#}
{% macro in_perimeters(facts, day) -%}
    inner join {{ ref('int_perimeters') }} as perimeters
        on
            {{ facts }}.agency_code = perimeters.delivered_agency_code
            and {{ facts }}.service_code = perimeters.delivered_service_code
            and {{ facts }}.{{ day }} >= perimeters.valid_from
            and {{ facts }}.{{ day }} < perimeters.valid_to
{%- endmacro %}
