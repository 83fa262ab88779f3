-- One row per agency and service that microdata are about. Facts of another kind are one
-- more line here.
{% set facts = [
    'fct_complaint',
    'dim_contact_line',
    'int_improvement_actions',
    'int_response_groups',
    'int_survey_invitations',
] %}

with delivered as (

    {%- for fact in facts %}
    select
        agency_code,
        service_code
    from {{ ref(fact) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

select distinct
    agency_code,
    service_code
from delivered
