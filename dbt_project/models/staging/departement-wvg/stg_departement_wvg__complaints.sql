with delivered_complaints as (

    select * from {{ delivered('departement-wvg', 'complaint_register') }} as delivered

)

select
    reporting_agency_code as agency_code,
    reporting_agency_code,
    complaint_id,
    complaint_line,
    coalesce(service_code, 'niet-vermeld') as service_code,
    received_on,
    confirmed_on,
    answered_on,
    is_extended,
    case admissibility
        when 'ja' then 'ja'
        when 'nee' then 'nee'
        when 'te beoordelen' then 'te_beoordelen'
        when 'geen klacht' then 'geen_klacht'
    end as admissibility_code,
    groundedness_code,
    resolution_code,
    inadmissibility_reasons,
    ombuds_norms,
    carriers,
    routes,
    cast(null as string[]) as categories,
    'Klachtenregister van Departement WVG' as source,
    version,
    is_simulated,
    delivery_id,
    delivered_row_number as row_number,
    source_place
from delivered_complaints
