select
    coalesce(agency_code, reporting_agency_code) as agency_code,
    reporting_agency_code,
    -- What is invited for all services names none.
    coalesce(nullif(service_code, 'alle'), 'niet-vermeld') as service_code,
    coalesce(instrument_code, 'niet-vermeld') as instrument_code,
    channel_code,
    period_code,
    contact_count,
    eligible_count,
    invited_count,
    reached_count,
    started_count,
    completed_count,
    concat('Uitnodigingen, aangeleverd door ', reporting_agency_code) as source,
    is_simulated,
    delivery_id,
    source_place
from {{ delivered('standard', 'survey_invitation') }} as delivered
