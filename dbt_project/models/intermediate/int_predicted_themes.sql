-- One row per comment and theme that it names as a thing to improve, by the model where
-- there is one and else by the lexicon; geen_thema where it names none.
{{ config(materialized='table') }}

with comments as (

    select * from {{ ref('int_survey_comments') }}

),

models as (

    select * from {{ ref('int_theme_models') }}

),

mentions as (

    select
        comments.delivery_id,
        comments.row_number,
        predictions.theme_code
    from comments
    inner join {{ ref('stg_klantbeeld__theme_predictions') }} as predictions
        on
            comments.delivery_id = predictions.delivery_id
            and comments.row_number = predictions.row_number
    where
        predictions.is_mentioned
        and not predictions.is_out_of_fold
    union all
    select
        comments.delivery_id,
        comments.row_number,
        lexicon.theme_code
    from comments
    inner join {{ ref('int_comment_themes') }} as lexicon
        on comments.comment = lexicon.comment
    left join models
        on
            comments.is_simulated = models.is_simulated
            and lexicon.theme_code = models.theme_code
    where
        lexicon.polarity_code = 'negatief'
        and models.theme_code is null

)

select
    comments.*,
    coalesce(mentions.theme_code, 'geen_thema') as theme_code
from comments
left join mentions
    on
        comments.delivery_id = mentions.delivery_id
        and comments.row_number = mentions.row_number
