select
    coalesce(agency_code, reporting_agency_code) as agency_code,
    reporting_agency_code,
    complaint_id,
    complaint_line,
    coalesce(service_code, 'niet-vermeld') as service_code,
    received_on,
    acknowledged_on as confirmed_on,
    answered_on,
    is_extended,
    case admissibility_code
        when 'admissible' then 'ja'
        when 'inadmissible' then 'nee'
        when 'to_be_judged' then 'te_beoordelen'
        when 'not_complaint' then 'geen_klacht'
    end as admissibility_code,
    groundedness_code,
    resolution_code,
    inadmissibility_reason_codes as inadmissibility_reasons,
    ombuds_norm_codes as ombuds_norms,
    carrier_codes as carriers,
    route_codes as routes,
    category_codes as categories,
    concat('Klachtenregister in standaardlay-out, aangeleverd door ', reporting_agency_code)
        as source,
    version,
    is_simulated,
    delivery_id,
    delivered_row_number as row_number,
    source_place
from {{ delivered('standard', 'complaint') }} as delivered
