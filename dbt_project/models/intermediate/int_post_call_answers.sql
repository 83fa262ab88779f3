-- One row per contact line and day: the answers to a survey after the contact, tied to it
-- by its number. An answer whose contact did not come in, or came in more than once, is
-- about nobody knows which line and stands in no row. score_sum adds the distance of each
-- answer to the worst one of its scale, score_range_sum the length of the scale.
-- A survey that names the contact, with the feed of its contacts, is one more line here.
{% set surveys = {'stg_1700__after_call_survey': 'stg_1700__calls'} %}
{% set aspect = 'algemeen' %}

{% set told = [
    'agency_code', 'reporting_agency_code', 'service_code', 'contacted_on',
    'contact_line', 'topic_code', 'channel_code', 'is_simulated',
] %}

with

{%- for survey, contacts in surveys.items() %}
{{ contacts }} as (

    select
        *,
        count(*) over (
            partition by reporting_agency_code, contact_id, is_simulated
        ) as contact_count
    from {{ ref(contacts) }}

),

{{ survey }} as (

    select * from {{ ref(survey) }}
    where {{ aspect }}_answer is not null

),
{%- endfor %}

response_groups as (

    select * from {{ ref('int_response_groups') }}

),

answers as (

    {%- for survey, contacts in surveys.items() %}
    select
        {%- for column in told %}
        contacts.{{ column }},
        {%- endfor %}
        response_groups.delivery_ordinal,
        response_groups.response_group_number,
        coalesce(
            try_cast(survey.{{ aspect }}_answer as integer), {{ dont_know_value() }}
        ) as answer_value
    from {{ survey }} as survey
    inner join {{ contacts }} as contacts
        on
            {{ same('survey', 'contacts', [
                'reporting_agency_code', 'contact_id', 'is_simulated',
            ]) }}
            and contacts.contact_count = 1
    inner join response_groups
        on {{ same('survey', 'response_groups', [
            'delivery_id', 'answered_on', 'agency_code', 'service_code',
            'instrument_code', 'channel_code',
        ]) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

asked as (

    select * from {{ ref('int_asked_questions') }}
    where aspect_code = '{{ aspect }}'

),

scales as (

    select * from {{ ref('dim_scale') }}

),

scale_values as (

    select * from {{ ref('int_scale_values') }}
    where not is_dont_know

),

contact_lines as (

    select * from {{ ref('dim_contact_line') }}

),

scored as (

    select
        {{ contact_place('answers') }},
        answers.reporting_agency_code,
        answers.channel_code,
        answers.contacted_on,
        answers.is_simulated,
        case
            when scales.is_reversed then scales.raw_max - answers.answer_value
            else answers.answer_value - scales.raw_min
        end as score,
        scales.raw_max - scales.raw_min as score_range
    from answers
    inner join asked
        on {{ same('answers', 'asked', ['delivery_ordinal', 'response_group_number']) }}
    inner join scales
        on asked.scale_code = scales.scale_code
    inner join scale_values
        on
            asked.scale_code = scale_values.scale_code
            and answers.answer_value = scale_values.answer_value
    {{ contact_place_joins('answers') }}

)

select
    contact_lines.contact_line_id,
    scored.contacted_on,
    scored.is_simulated,
    cast(count(*) as bigint) as answer_count,
    cast(sum(scored.score) as bigint) as score_sum,
    cast(sum(scored.score_range) as bigint) as score_range_sum
from scored
inner join contact_lines
    on {{ same('scored', 'contact_lines', [
        'reporting_agency_code', 'contact_line', 'topic_code', 'channel_code',
        'agency_code', 'service_code',
    ]) }}
group by
    contact_lines.contact_line_id,
    scored.contacted_on,
    scored.is_simulated
