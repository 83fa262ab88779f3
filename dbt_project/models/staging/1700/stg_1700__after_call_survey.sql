with delivered_responses as (

    select
        *,
        case smiley
            when '😠' then '1'
            when '🙁' then '2'
            when '🙂' then '3'
            when '😀' then '4'
            else smiley
        end as overall
    from {{ delivered('1700', 'after_call_survey') }} as delivered

)

select
    contact_id,
    reporting_agency_code as agency_code,
    reporting_agency_code,
    'niet-vermeld' as service_code,
    '1700-nagesprek' as instrument_code,
    'telefoon' as channel_code,
    answered_on,
    {{ survey_answers({'algemeen': 'overall'}) }},
    split(cast(null as string), ',') as improvement_point_codes,
    cast(null as string) as comment,
    false as is_standard_layout,
    version,
    is_simulated,
    delivery_id,
    delivered_row_number as row_number,
    source_place
from delivered_responses
