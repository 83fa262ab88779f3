with themes as (

    select * from {{ ref('improvement_points') }}

),

figures as (

    select
        counts.*,
        coalesce(themes.improvement_point_code, counts.measure_code) as theme_code,
        coalesce(themes.label_nl, measures.label_nl) as theme_label_nl
    from {{ ref('fct_published_count') }} as counts
    inner join {{ ref('dim_measure') }} as measures
        on counts.measure_code = measures.measure_code
    left join themes
        on counts.measure_code = themes.measure_code
    where
        counts.is_latest_vintage
        and counts.period_code is not null
        and counts.service_code = 'alle'
        and measures.kind = 'improvement_point'
        and measures.unit = 'percent'

),

perimeters as (

    select * from {{ ref('int_published_perimeters') }}

),

published as (

    select
        perimeters.perimeter,
        perimeters.event_code,
        'published' as basis,
        figures.is_simulated,
        figures.agency_code,
        figures.channel_code,
        figures.period_grain,
        figures.period_code,
        figures.period_start,
        figures.period_end,
        figures.theme_code,
        figures.theme_label_nl,
        false as is_predicted,
        cast(null as bigint) as mention_count,
        cast(null as bigint) as response_count,
        cast(cast(figures.value as decimal(18, 6)) * 0.01 as double) as mention_share,
        cast(null as double) as precision_share,
        cast(null as double) as recall_share,
        {{ flags({
            'base_unknown': 'true',
            'perimeter_unknown': "figures.flags like '%perimeter_unknown%'",
            'value_approximate': "figures.flags like '%value_approximate%'",
        }) }} as flags,
        figures.source
    from figures
    inner join perimeters
        on figures.agency_code = perimeters.agency_code

),

mentions as (

    select
        points.*,
        false as is_predicted
    from {{ ref('int_improvement_points') }} as points
    union all
    select
        cells.*,
        true as is_predicted
    from {{ ref('int_theme_cells') }} as cells

),

periods as (

    select
        mentions.perimeter,
        mentions.event_code,
        mentions.is_simulated,
        mentions.agency_code,
        mentions.channel_code,
        months.period_grain,
        months.period_code,
        months.period_start,
        months.period_end,
        mentions.theme_code,
        mentions.is_predicted,
        cast(sum(mentions.response_count) as bigint) as response_count
    from mentions
    inner join {{ ref('int_month_periods') }} as months
        on mentions.month_start = months.month_start
    group by
        mentions.perimeter,
        mentions.event_code,
        mentions.is_simulated,
        mentions.agency_code,
        mentions.channel_code,
        months.period_grain,
        months.period_code,
        months.period_start,
        months.period_end,
        mentions.theme_code,
        mentions.is_predicted

),

predictors as (

    select * from {{ ref('int_theme_predictors') }}

),

computed as (

    select
        mentions.perimeter,
        mentions.event_code,
        'computed' as basis,
        mentions.is_simulated,
        mentions.agency_code,
        mentions.channel_code,
        mentions.period_grain,
        mentions.period_code,
        mentions.period_start,
        mentions.period_end,
        mentions.theme_code,
        coalesce(predictors.theme_label_nl, themes.label_nl, mentions.theme_code)
            as theme_label_nl,
        mentions.is_predicted,
        mentions.response_count as mention_count,
        bases.response_count,
        cast(mentions.response_count as double) / bases.response_count as mention_share,
        predictors.precision_share,
        predictors.recall_share,
        {{ flags({
            'few_answers': 'bases.response_count < 30',
            'few_labels': 'predictors.has_few_labels',
            'not_validated': 'predictors.is_not_validated',
        }) }} as flags,
        coalesce(predictors.source, 'Aangekruiste verbeterpunten van respondenten')
            as source
    from periods as mentions
    inner join periods as bases
        on
            mentions.perimeter = bases.perimeter
            and mentions.event_code = bases.event_code
            and mentions.is_simulated = bases.is_simulated
            and mentions.agency_code = bases.agency_code
            and mentions.channel_code = bases.channel_code
            and mentions.period_code = bases.period_code
            and mentions.is_predicted = bases.is_predicted
    left join themes
        on
            mentions.theme_code = themes.improvement_point_code
            and not mentions.is_predicted
    left join predictors
        on
            mentions.theme_code = predictors.theme_code
            and mentions.is_simulated = predictors.is_simulated
            and mentions.is_predicted
    where
        mentions.theme_code is not null
        and bases.theme_code is null

)

select * from published
union all
select * from computed
