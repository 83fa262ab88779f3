with delivered_responses as (

    select * from {{ delivered('departement-zorg', 'eloket_survey') }} as delivered

)

select
    reporting_agency_code as agency_code,
    reporting_agency_code,
    'zorgberoepen' as service_code,
    'eloket-zorgberoepen' as instrument_code,
    'eloket' as channel_code,
    answered_on,
    {{ survey_answers({
        'duidelijkheid': 'clarity',
        'algemeen': 'overall',
        'gebruiksgemak': 'ease',
    }) }},
    split(cast(null as string), ',') as improvement_point_codes,
    comment,
    false as is_standard_layout,
    version,
    is_simulated,
    delivery_id,
    delivered_row_number as row_number,
    source_place
from delivered_responses
