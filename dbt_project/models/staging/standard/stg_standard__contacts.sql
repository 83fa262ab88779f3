select
    contact_id,
    agency_code,
    reporting_agency_code,
    service_code,
    cast(started_at as date) as contacted_on,
    contact_line,
    topic_code,
    channel_code,
    is_answered,
    wait_seconds,
    talk_seconds,
    wrap_up_seconds,
    is_resolved,
    is_simulated,
    delivery_id,
    source_place
from {{ delivered('standard', 'contact') }} as delivered
