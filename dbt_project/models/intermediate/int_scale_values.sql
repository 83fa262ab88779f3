-- What each value of a scale stands for: its box, after the scale's rule.
{% set boxes = ['satisfied', 'neutral', 'dissatisfied', 'dont_know'] %}

with scales as (

    select * from {{ ref('scales') }}

),

numbers as (

    select listed.answer_value
    from (
        values
        {%- for number in range(0, 101) %}
        ({{ number }}){{ ',' if not loop.last }}
        {%- endfor %}
    ) as listed (answer_value)

),

scale_values as (

    select
        {%- for box in boxes %}
        coalesce(
            concat('|', scales.{{ box }}_values, '|')
            like concat('%|', cast(numbers.answer_value as string), '|%'),
            false
        ) as is_{{ box }},
        {%- endfor %}
        scales.scale_code,
        numbers.answer_value
    from scales
    cross join numbers

)

select
    scale_code,
    answer_value,
    is_satisfied,
    is_neutral,
    is_dissatisfied,
    is_dont_know
from scale_values
where
    is_satisfied
    or is_neutral
    or is_dissatisfied
    or is_dont_know
union all
select
    scale_code,
    {{ dont_know_value() }} as answer_value,
    false as is_satisfied,
    false as is_neutral,
    false as is_dissatisfied,
    true as is_dont_know
from scales
