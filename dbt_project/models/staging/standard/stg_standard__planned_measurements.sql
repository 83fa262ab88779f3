select
    coalesce(agency_code, reporting_agency_code) as agency_code,
    reporting_agency_code,
    coalesce(service_code, 'niet-vermeld') as service_code,
    instrument_code,
    period_code,
    target_group,
    results_expected_on,
    is_simulated,
    delivery_id,
    source_place
from {{ delivered('standard', 'planned_measurement') }} as delivered
