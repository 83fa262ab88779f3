with delivered_responses as (

    select * from {{ delivered('standard', 'survey_response') }} as delivered

)

select
    coalesce(agency_code, reporting_agency_code) as agency_code,
    reporting_agency_code,
    -- Who answers judges one service: all of them together names none.
    coalesce(nullif(service_code, 'alle'), 'niet-vermeld') as service_code,
    coalesce(instrument_code, 'niet-vermeld') as instrument_code,
    channel_code,
    answered_on,
    {{ survey_answers({
        'snelheid': 'speed_answer',
        'professionaliteit': 'professionalism_answer',
        'duidelijkheid': 'clarity_answer',
        'aandacht': 'attention_answer',
        'aanbeveling': 'recommendation_answer',
        'algemeen': 'overall_answer',
        'digitaal': 'digital_answer',
    }) }},
    improvement_point_codes,
    comment_text as comment,
    true as is_standard_layout,
    version,
    is_simulated,
    delivery_id,
    delivered_row_number as row_number,
    source_place
from delivered_responses
