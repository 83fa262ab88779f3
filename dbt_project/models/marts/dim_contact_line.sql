with used as (

    select distinct
        reporting_agency_code,
        contact_line,
        topic_code,
        channel_code,
        agency_code,
        service_code
    from {{ ref('int_contacts') }}

)

select
    cast(
        row_number() over (
            order by
                reporting_agency_code,
                contact_line,
                topic_code,
                channel_code,
                agency_code,
                service_code
        ) as integer
    ) as contact_line_id,
    reporting_agency_code,
    contact_line,
    topic_code,
    channel_code,
    agency_code,
    service_code
from used
