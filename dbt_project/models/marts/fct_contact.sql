with contacts as (

    select * from {{ ref('int_contacts') }}

),

lines as (

    select * from {{ ref('dim_contact_line') }}

)

select
    lines.contact_line_id,
    contacts.contacted_on,
    {%- for quantity in contact_quantities() %}
    {{ complete_sum('contacts.' ~ quantity) }} as {{ quantity }},
    {%- endfor %}
    contacts.is_simulated
from contacts
inner join lines
    on
        contacts.reporting_agency_code = lines.reporting_agency_code
        and contacts.contact_line = lines.contact_line
        and contacts.topic_code = lines.topic_code
        and contacts.channel_code = lines.channel_code
        and contacts.agency_code = lines.agency_code
        and contacts.service_code = lines.service_code
group by
    lines.contact_line_id,
    contacts.contacted_on,
    contacts.is_simulated
