-- Which question a group of respondents answered on an aspect: that of its instrument, or
-- that of the standard layout where they came in it, whatever their instrument is called.
-- The scale hangs on it.
with response_groups as (

    select * from {{ ref('int_response_groups') }}

),

questions as (

    select * from {{ ref('questions') }}
    where question_id is not null

)

select
    response_groups.delivery_ordinal,
    response_groups.response_group_number,
    questions.aspect_code,
    questions.question_id,
    questions.question_code,
    questions.scale_code
from response_groups
inner join questions
    on
        case
            when response_groups.is_standard_layout then 'standaard'
            else response_groups.instrument_code
        end = coalesce(questions.instrument_code, 'standaard')
