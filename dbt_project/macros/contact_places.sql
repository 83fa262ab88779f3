{#
    Whom a contact is about, as columns: the row itself says it, or its line and topic do;
    else it is about the agency that sent it. A contact about all services or topics names
    none. `contacts` names a relation in scope with these columns as they came; needs the
    joins of contact_place_joins() beside it.
#}
{% macro contact_place(contacts) -%}
    coalesce(
        {{ contacts }}.agency_code,
        topics.agency_code,
        lines.agency_code,
        {{ contacts }}.reporting_agency_code
    ) as agency_code,
    coalesce(
        nullif({{ contacts }}.service_code, 'alle'),
        case
            when
                {{ contacts }}.agency_code is null
                or {{ contacts }}.agency_code
                = coalesce(topics.agency_code, lines.agency_code)
                then coalesce(topics.service_code, lines.service_code)
        end,
        'niet-vermeld'
    ) as service_code,
    coalesce(nullif({{ contacts }}.contact_line, 'alle'), 'niet-vermeld') as contact_line,
    coalesce(nullif({{ contacts }}.topic_code, 'alle'), 'niet-vermeld') as topic_code
{%- endmacro %}

{% macro contact_place_joins(contacts) -%}
    left join {{ ref('lines') }} as topics
        on
            {{ contacts }}.reporting_agency_code = topics.reporting_agency_code
            and {{ contacts }}.contact_line = topics.contact_line
            and {{ contacts }}.topic_code = topics.topic_code
            and topics.topic_code <> 'alle'
    left join {{ ref('lines') }} as lines
        on
            {{ contacts }}.reporting_agency_code = lines.reporting_agency_code
            and {{ contacts }}.contact_line = lines.contact_line
            and lines.topic_code = 'alle'
{%- endmacro %}
