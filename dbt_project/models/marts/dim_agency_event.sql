select
    event_code,
    event_date,
    event_type,
    predecessor_code,
    successor_code,
    service_code,
    source
from {{ ref('agency_events') }}
