with delivered_responses as (

    select * from {{ delivered('vutg', 'mail_survey') }} as delivered

)

select
    reporting_agency_code as agency_code,
    reporting_agency_code,
    'niet-vermeld' as service_code,
    'fons-mail' as instrument_code,
    'mail' as channel_code,
    answered_on,
    {{ survey_answers({
        'snelheid': 'speed',
        'professionaliteit': 'professionalism',
        'duidelijkheid': 'clarity',
        'aandacht': 'attention',
        'aanbeveling': 'recommendation',
    }) }},
    -- The points as ticked are the codes, written as words; "n.v.t." is asked, none ticked.
    split(replace(replace(improvement_points, ', ', ','), ' ', '_'), ',')
        as improvement_point_codes,
    comment,
    false as is_standard_layout,
    version,
    is_simulated,
    delivery_id,
    delivered_row_number as row_number,
    source_place
from delivered_responses
