-- What predicts a theme, in simulated or in real comments, and how well: one row for each.
with themes as (

    select * from {{ ref('themes') }}

),

kinds as (

    select distinct is_simulated from {{ ref('int_survey_comments') }}

),

scores as (

    select * from {{ ref('int_theme_scores') }}

),

models as (

    select * from {{ ref('int_theme_models') }}

),

predictors as (

    select
        kinds.is_simulated,
        themes.theme_code,
        themes.label_nl as theme_label_nl,
        models.model_hash,
        coalesce(scores.label_count, 0) as label_count,
        coalesce(scores.label_count, 0) >= {{ training_rule('least_comments') }}
            as is_validated,
        scores.labelled_count,
        scores.predicted_count,
        scores.hit_count
    from kinds
    cross join themes
    left join scores
        on
            kinds.is_simulated = scores.is_simulated
            and themes.theme_code = scores.theme_code
    left join models
        on
            kinds.is_simulated = models.is_simulated
            and themes.theme_code = models.theme_code

)

select
    is_simulated,
    theme_code,
    theme_label_nl,
    case
        when is_validated
            then cast(hit_count as double) / nullif(predicted_count, 0)
    end as precision_share,
    case
        when is_validated then cast(hit_count as double) / nullif(labelled_count, 0)
    end as recall_share,
    not is_validated as is_not_validated,
    is_validated and labelled_count < {{ training_rule('least_positives') }}
        as has_few_labels,
    concat(
        'Opmerkingen van respondenten; ',
        case
            when theme_code = 'geen_thema' then 'geen thema voorspeld'
            when model_hash is null then 'voorspeld door het lexicon van Klantbeeld'
            else concat('voorspeld door model ', model_hash)
        end,
        case
            when is_validated
                then concat(
                    ', getoetst op ', cast(label_count as string),
                    ' gelabelde opmerkingen'
                )
            else ', niet getoetst'
        end
    ) as source
from predictors
