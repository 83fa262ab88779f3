select
    reporting_agency_code as agency_code,
    reporting_agency_code,
    'niet-vermeld' as service_code,
    action_id as action_code,
    description as action_text,
    aspect_code,
    coalesce(channel_code, 'alle') as channel_code,
    owner,
    started_on,
    finished_on,
    status as action_status,
    validated_on,
    is_simulated,
    delivery_id,
    source_place
from {{ delivered('vutg', 'improvement_actions') }} as delivered
