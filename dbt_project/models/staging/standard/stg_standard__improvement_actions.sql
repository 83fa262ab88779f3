select
    coalesce(agency_code, reporting_agency_code) as agency_code,
    reporting_agency_code,
    coalesce(service_code, 'niet-vermeld') as service_code,
    action_id as action_code,
    action_text,
    aspect_code,
    coalesce(channel_code, 'alle') as channel_code,
    owner,
    started_on,
    finished_on,
    action_status,
    validated_on,
    is_simulated,
    delivery_id,
    source_place
from {{ delivered('standard', 'improvement_action') }} as delivered
