with invitations as (

    select * from {{ ref('int_survey_invitations') }}

),

periods as (

    select * from {{ ref('dim_period') }}

)

select
    invitations.agency_code,
    invitations.reporting_agency_code,
    invitations.service_code,
    invitations.instrument_code,
    invitations.channel_code,
    periods.period_grain,
    periods.period_code,
    periods.period_start,
    periods.period_end,
    invitations.is_simulated,
    {%- for count in response_counts() %}
    invitations.{{ count }},
    {%- endfor %}
    invitations.source,
    invitations.delivery_id,
    invitations.source_place
from invitations
inner join periods
    on invitations.period_code = periods.period_code
