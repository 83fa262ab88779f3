with delivered_complaints as (

    select * from {{ delivered('vlaamse-ombudsdienst', 'second_line_complaints') }} as delivered

)

select
    agency_code,
    reporting_agency_code,
    complaint_id,
    'TWEEDELIJN_OMBUDSDIENST' as complaint_line,
    coalesce(service_code, 'niet-vermeld') as service_code,
    received_on,
    cast(null as date) as confirmed_on,
    answered_on,
    false as is_extended,
    case admissibility
        when 'ja' then 'ja'
        when 'nee' then 'nee'
        when 'vraag' then 'geen_klacht'
    end as admissibility_code,
    groundedness_code,
    resolution_code,
    cast(null as string[]) as inadmissibility_reasons,
    ombuds_norms,
    cast(null as string[]) as carriers,
    cast(null as string[]) as routes,
    cast(null as string[]) as categories,
    'Tweedelijnsklachten bij de Vlaamse Ombudsdienst' as source,
    version,
    is_simulated,
    delivery_id,
    delivered_row_number as row_number,
    source_place
from delivered_complaints
