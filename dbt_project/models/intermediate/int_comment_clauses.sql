-- One row per text and clause of it: texts of respondents and those that were labelled.
with texts as (

    select comment from {{ ref('int_survey_comments') }}
    union
    select comment from {{ ref('stg_klantbeeld__theme_labels') }}

),

cut_texts as (

    select
        comment,
        {{ comment_clauses('comment') }} as clauses
    from texts

)

select distinct
    cut_texts.comment,
    concat(' ', trim(pieces.clause), ' ') as clause
from cut_texts
{{ unnested('cut_texts.clauses', 'pieces', 'clause') }}
where trim(pieces.clause) <> ''
