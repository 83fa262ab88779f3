with delivered_responses as (

    select * from {{ delivered('vutg', 'phone_survey') }} as delivered

)

select
    reporting_agency_code as agency_code,
    reporting_agency_code,
    'niet-vermeld' as service_code,
    'fons-telefoon' as instrument_code,
    'telefoon' as channel_code,
    answered_on,
    {{ survey_answers({
        'snelheid': 'speed',
        'professionaliteit': 'professionalism',
        'duidelijkheid': 'clarity',
        'aandacht': 'attention',
        'aanbeveling': 'recommendation',
    }) }},
    split(cast(null as string), ',') as improvement_point_codes,
    cast(null as string) as comment,
    false as is_standard_layout,
    version,
    is_simulated,
    delivery_id,
    delivered_row_number as row_number,
    source_place
from delivered_responses
