with delivered_requests as (

    select * from {{ delivered('nyc311', 'service_requests') }} as delivered

)

select
    agency_code,
    reporting_agency_code,
    request_id as complaint_id,
    'EERSTELIJN' as complaint_line,
    'niet-vermeld' as service_code,
    cast(opened_at as date) as received_on,
    cast(null as date) as confirmed_on,
    cast(closed_at as date) as answered_on,
    cast(null as boolean) as is_extended,
    cast(null as string) as admissibility_code,
    cast(null as string) as groundedness_code,
    cast(null as string) as resolution_code,
    cast(null as string[]) as inadmissibility_reasons,
    cast(null as string[]) as ombuds_norms,
    cast(null as string[]) as carriers,
    cast(null as string[]) as routes,
    cast(null as string[]) as categories,
    'NYC 311' as source,
    version,
    is_simulated,
    delivery_id,
    delivered_row_number as row_number,
    source_place
from delivered_requests
