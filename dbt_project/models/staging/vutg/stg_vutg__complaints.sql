with delivered_complaints as (

    select * from {{ delivered('vutg', 'complaint_register') }} as delivered

)

select
    reporting_agency_code as agency_code,
    reporting_agency_code,
    complaint_id,
    'EERSTELIJN' as complaint_line,
    coalesce(service_code, 'niet-vermeld') as service_code,
    received_on,
    confirmed_on,
    answered_on,
    is_extended,
    case admissibility
        when 'ontvankelijk' then 'ja'
        when 'onontvankelijk' then 'nee'
        when 'te beoordelen' then 'te_beoordelen'
        when 'geen klacht' then 'geen_klacht'
    end as admissibility_code,
    groundedness_code,
    resolution_code,
    inadmissibility_reasons,
    ombuds_norms,
    carriers,
    routes,
    {{ list_of('category') }} as categories,
    'Klachtenregister van VUTG' as source,
    version,
    is_simulated,
    delivery_id,
    delivered_row_number as row_number,
    source_place
from delivered_complaints
