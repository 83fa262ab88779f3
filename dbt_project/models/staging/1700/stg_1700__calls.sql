with delivered_calls as (

    select * from {{ delivered('1700', 'calls') }} as delivered

)

select
    contact_id,
    -- Who a call is about is said by its line and topic.
    cast(null as string) as agency_code,
    reporting_agency_code,
    cast(null as string) as service_code,
    cast(started_at as date) as contacted_on,
    contact_line,
    topic as topic_code,
    channel_code,
    is_answered,
    waiting_seconds as wait_seconds,
    talking_seconds as talk_seconds,
    after_call_seconds as wrap_up_seconds,
    is_resolved,
    is_simulated,
    delivery_id,
    source_place
from delivered_calls
