{# Fails on answers that their scale has no box for, or whose question nobody declared: they
   would stand in no figure. #}
{% test in_a_box(model, questions, scale_values) %}

select
    answers.response_group_id,
    answers.aspect_code,
    answers.answer_value
from {{ model }} as answers
left join {{ questions }} as questions
    on
        answers.response_group_id = questions.response_group_id
        and answers.aspect_code = questions.aspect_code
left join {{ scale_values }} as scale_values
    on
        questions.scale_code = scale_values.scale_code
        and answers.answer_value = scale_values.answer_value
where scale_values.answer_value is null

{% endtest %}
