-- What a scale has no box for would stand in no figure: the door refuses it, so that here
-- a question or a value was not declared.
select
    answer_counts.response_group_id,
    answer_counts.aspect_code,
    answer_counts.answer_value
from {{ ref('int_answer_counts') }} as answer_counts
left join {{ ref('int_asked_questions') }} as asked
    on
        answer_counts.response_group_id = asked.response_group_id
        and answer_counts.aspect_code = asked.aspect_code
left join {{ ref('int_scale_values') }} as scale_values
    on
        asked.scale_code = scale_values.scale_code
        and answer_counts.answer_value = scale_values.answer_value
where scale_values.answer_value is null
