{# Fails on answers that their scale has no box for, or whose question nobody declared: they
   would stand in no figure. #}
{% test in_a_box(model, questions, scale_values) %}

select
    answers.delivery_ordinal,
    answers.response_group_number,
    answers.aspect_code,
    answers.answer_value
from {{ model }} as answers
left join {{ questions }} as questions
    on
        answers.delivery_ordinal = questions.delivery_ordinal
        and answers.response_group_number = questions.response_group_number
        and answers.aspect_code = questions.aspect_code
left join {{ scale_values }} as scale_values
    on
        questions.scale_code = scale_values.scale_code
        and answers.answer_value = scale_values.answer_value
where scale_values.answer_value is null

{% endtest %}
