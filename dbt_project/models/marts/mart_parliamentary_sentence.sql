with sentences as (

    select * from {{ ref('int_answer_sentences') }}

)

select
    questionnaire_code,
    question_code,
    agency_code,
    sentence_number,
    sentence_nl,
    source_mart,
    source_key,
    period_code,
    basis,
    is_simulated
from sentences
