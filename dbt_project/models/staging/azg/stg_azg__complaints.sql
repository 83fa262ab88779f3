-- In this register tweedelijn is a complaint about a recognised provider, never one to
-- the Vlaamse Ombudsdienst.
with delivered_complaints as (

    select * from {{ delivered('azg', 'complaint_register') }} as delivered

)

select
    reporting_agency_code as agency_code,
    reporting_agency_code,
    complaint_id,
    case line_word
        when 'eerstelijn' then 'EERSTELIJN'
        when 'tweedelijn' then 'INTERNE_TWEEDELIJN'
    end as complaint_line,
    coalesce(service_code, 'niet-vermeld') as service_code,
    received_on,
    cast(null as date) as confirmed_on,
    answered_on,
    coalesce(extension_mark = 'X', false) as is_extended,
    case admissibility
        when 'J' then 'ja'
        when 'N' then 'nee'
        when 'TB' then 'te_beoordelen'
        when 'GK' then 'geen_klacht'
    end as admissibility_code,
    groundedness_code,
    resolution_code,
    inadmissibility_reasons,
    ombuds_norms,
    carriers,
    routes,
    cast(null as string[]) as categories,
    'Klachtenregister van Agentschap Zorg en Gezondheid' as source,
    version,
    is_simulated,
    delivery_id,
    delivered_row_number as row_number,
    source_place
from delivered_complaints
