-- How far predictions can be trusted: one row per kind of comment (simulated or real) and
-- theme, with counts on labelled comments. A model is judged by what it says of comments
-- that it was not trained on; the lexicon was written without any of them.
with labels as (

    select * from {{ ref('stg_klantbeeld__theme_labels') }}

),

labelled as (

    select distinct
        is_simulated,
        delivery_id,
        row_number,
        comment
    from labels

),

themes as (

    select theme_code
    from {{ ref('themes') }}
    where theme_code <> 'geen_thema'

),

models as (

    select * from {{ ref('int_theme_models') }}

),

judged as (

    select
        labelled.is_simulated,
        labelled.delivery_id,
        labelled.row_number,
        themes.theme_code,
        labels.theme_code is not null as is_labelled,
        case
            when models.theme_code is null then lexicon.theme_code is not null
            else coalesce(predictions.is_mentioned, false)
        end as is_predicted
    from labelled
    cross join themes
    left join models
        on
            labelled.is_simulated = models.is_simulated
            and themes.theme_code = models.theme_code
    left join labels
        on
            labelled.delivery_id = labels.delivery_id
            and labelled.row_number = labels.row_number
            and themes.theme_code = labels.theme_code
            and labels.polarity_code = 'negatief'
    left join {{ ref('int_comment_themes') }} as lexicon
        on
            labelled.comment = lexicon.comment
            and themes.theme_code = lexicon.theme_code
            and lexicon.polarity_code = 'negatief'
    left join {{ ref('stg_klantbeeld__theme_predictions') }} as predictions
        on
            labelled.delivery_id = predictions.delivery_id
            and labelled.row_number = predictions.row_number
            and themes.theme_code = predictions.theme_code
            and predictions.is_out_of_fold

),

judged_with_none as (

    select
        is_simulated,
        theme_code,
        is_labelled,
        is_predicted
    from judged
    union all
    select
        is_simulated,
        'geen_thema' as theme_code,
        not bool_or(is_labelled) as is_labelled,
        not bool_or(is_predicted) as is_predicted
    from judged
    group by
        is_simulated,
        delivery_id,
        row_number

)

select
    is_simulated,
    theme_code,
    count(*) as label_count,
    count(case when is_labelled then 1 end) as labelled_count,
    count(case when is_predicted then 1 end) as predicted_count,
    count(case when is_labelled and is_predicted then 1 end) as hit_count
from judged_with_none
group by
    is_simulated,
    theme_code
