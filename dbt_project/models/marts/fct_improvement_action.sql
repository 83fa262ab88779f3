select
    agency_code,
    reporting_agency_code,
    service_code,
    action_code,
    action_text,
    aspect_code,
    channel_code,
    owner as action_owner,
    started_on as action_started_on,
    finished_on as action_finished_on,
    action_status,
    validated_on as action_validated_on,
    is_simulated,
    delivery_id,
    source_place
from {{ ref('int_improvement_actions') }}
