-- The first sentence answers, the others add: it decides the status. The period is the
-- last that a sentence gives a figure of.
with sentences as (

    select * from {{ ref('int_answer_sentences') }}

),

-- A row of a mart carries far fewer flags than there are places here.
places as (

    select distinct sort_order as place
    from {{ ref('questionnaires') }}
    where sort_order <= 12

),

flag_codes as (

    select distinct
        sentences.questionnaire_code,
        sentences.question_code,
        sentences.agency_code,
        split_part(sentences.flags, '|', places.place) as flag
    from sentences
    cross join places

),

flag_lists as (

    select
        questionnaire_code,
        question_code,
        agency_code,
        {{ text_list('flag', "'|'", 'flag') }} as flags
    from flag_codes
    where flag <> ''
    group by
        questionnaire_code,
        question_code,
        agency_code

),

keys as (

    select
        questionnaire_code,
        question_code,
        agency_code,
        source_key,
        min(sentence_number) as sentence_number
    from sentences
    where source_key is not null
    group by
        questionnaire_code,
        question_code,
        agency_code,
        source_key

),

key_lists as (

    select
        questionnaire_code,
        question_code,
        agency_code,
        {{ text_list('source_key', "'; '", 'sentence_number') }} as source_fact
    from keys
    group by
        questionnaire_code,
        question_code,
        agency_code

),

answers as (

    select
        questionnaire_code,
        question_code,
        parent_code,
        sort_order,
        agency_code,
        question_nl,
        {{ text_list('sentence_nl', 'chr(10)', 'sentence_number') }} as answer,
        max(period_code) as period_code,
        max(case when sentence_number = 1 then status end) as status,
        -- Of two it is the published one that answers.
        max(basis) as basis,
        bool_or(is_simulated) as is_simulated,
        sum(case when needs_base then 1 else 0 end) as based_count,
        sum(case when needs_base and base_count is null then 1 else 0 end)
            as unknown_base_count,
        min(case when needs_base then base_count end) as lowest_base_count,
        max(case when needs_base then base_count end) as highest_base_count
    from sentences
    group by
        questionnaire_code,
        question_code,
        parent_code,
        sort_order,
        agency_code,
        question_nl

)

select
    answers.questionnaire_code,
    answers.question_code,
    answers.parent_code,
    answers.sort_order,
    answers.agency_code,
    answers.question_nl,
    answers.answer,
    answers.period_code,
    case when answers.unknown_base_count = 0 then answers.lowest_base_count end
        as base_count,
    case
        when answers.based_count = 0 then 'niet van toepassing'
        when answers.unknown_base_count = answers.based_count then 'basis niet vermeld'
        when answers.unknown_base_count > 0 then 'basis niet overal vermeld'
        when answers.lowest_base_count = answers.highest_base_count
            then {{ format_number_nl('answers.lowest_base_count') }} || ' antwoorden'
        else
            {{ format_number_nl('answers.lowest_base_count') }}
            || ' tot ' || {{ format_number_nl('answers.highest_base_count') }}
            || ' antwoorden'
    end as base_text,
    coalesce(key_lists.source_fact, 'geen feit bekend') as source_fact,
    answers.basis,
    answers.is_simulated,
    coalesce(flag_lists.flags, '') as flags,
    answers.status
from answers
left join flag_lists
    on
        answers.questionnaire_code = flag_lists.questionnaire_code
        and answers.question_code = flag_lists.question_code
        and answers.agency_code = flag_lists.agency_code
left join key_lists
    on
        answers.questionnaire_code = key_lists.questionnaire_code
        and answers.question_code = key_lists.question_code
        and answers.agency_code = key_lists.agency_code
