-- One row per sentence about how is measured, from the method cards, and per quoted
-- statement about what no mart holds.
with cards as (

    select * from {{ ref('mart_method_card') }}

),

cells as (

    select * from {{ ref('int_answer_cells') }}

),

planned_measurements as (

    select * from {{ ref('fct_planned_measurement') }}

),

agency_statements as (

    select * from {{ ref('agency_statements') }}

),

periods as (

    select * from {{ ref('dim_period') }}

),

templates as (

    select * from {{ ref('int_answer_templates') }}

),

measured_instruments as (

    select distinct instrument_code
    from cells
    where not is_simulated

),

planned_instruments as (

    select distinct instrument_code
    from planned_measurements

),

-- An instrument without figures is announced, or it runs and its figures were kept.
instrument_cards as (

    select
        cards.*,
        cards.value_code <> 'niet-vermeld' as is_stated,
        case
            when measured_instruments.instrument_code is not null then 'measured'
            when planned_instruments.instrument_code is not null then 'planned'
            else 'unshared'
        end as instrument_state
    from cards
    left join measured_instruments
        on cards.instrument_code = measured_instruments.instrument_code
    left join planned_instruments
        on cards.instrument_code = planned_instruments.instrument_code

),

-- What is said of a measurement that runs needs no repeating of one to come.
properties as (

    select *
    from (
        select
            *,
            min(case when instrument_state = 'planned' then 1 else 0 end) over (
                partition by agency_code, property_code, value_code, quote
            ) as is_of_planned_only
        from instrument_cards
    ) as compared
    where instrument_state <> 'planned' or is_of_planned_only = 1

),

-- Instruments of which the same is said share a sentence.
shared as (

    select
        agency_code,
        property_code,
        property_label_nl,
        value_code,
        value_nl,
        quote,
        source,
        is_stated,
        instrument_state,
        min(instrument_code) as first_instrument_code,
        {{ text_list('instrument_label_nl', "'; '", 'instrument_label_nl') }}
            as instruments_text
    from properties
    group by
        agency_code,
        property_code,
        property_label_nl,
        value_code,
        value_nl,
        quote,
        source,
        is_stated,
        instrument_state

),

-- The facts that a property answers are those with a template named after it; after the
-- property and its value where the value asks for other words.
answered as (

    select
        shared.*,
        templates.fact_code,
        templates.variant,
        position('card_detail.' in templates.variant) = 1 as is_detail
    from shared
    inner join templates
        on templates.variant in (
            'card.' || shared.property_code,
            'card.' || shared.property_code || '.' || shared.value_code,
            'card_detail.' || shared.property_code,
            'card_detail.' || shared.property_code || '.' || shared.value_code
        )

),

chosen as (

    select
        *,
        case
            when is_stated and instrument_state = 'planned' then 'card_planned'
            when is_stated then variant
            else 'card_unstated'
        end as sentence_variant,
        row_number() over (
            partition by
                agency_code,
                property_code,
                value_code,
                quote,
                fact_code,
                instrument_state,
                first_instrument_code
            order by length(variant) desc
        ) as variant_rank
    from answered
    -- What is not said of a detail, or of a measurement to come, answers nothing.
    where is_stated or (not is_detail and instrument_state <> 'planned')

),

unshared as (

    select
        agency_code,
        property_label_nl,
        value_nl,
        quote,
        source,
        property_code,
        first_instrument_code,
        instruments_text,
        'unshared' as sentence_variant,
        cast(null as string) as fact_code
    from shared
    where
        instrument_state = 'unshared'
        and property_code = 'object_judged'

),

told as (

    select
        agency_code,
        property_label_nl,
        value_nl,
        quote,
        source,
        property_code,
        first_instrument_code,
        instruments_text,
        sentence_variant,
        fact_code
    from chosen
    where variant_rank = 1
    union all
    select * from unshared

),

card_sentences as (

    select
        told.agency_code,
        {{ answer_sentence({
            'metingen': 'told.instruments_text',
            'eigenschap': inside_sentence('told.property_label_nl'),
            'waarde': 'told.value_nl',
            'waarde_klein': inside_sentence('told.value_nl'),
            'citaat': 'told.quote',
            'bron': 'told.source',
        }) }},
        row_number() over (
            partition by told.agency_code, templates.fact_code, templates.variant
            order by told.first_instrument_code, told.property_code, told.quote
        ) as detail_order,
        'mart_method_card' as source_mart,
        {{ readable_key('mart_method_card', [
            'told.agency_code', 'told.first_instrument_code', 'told.property_code',
        ]) }} as source_key,
        cast(null as string) as period_code,
        cast(null as bigint) as base_count,
        false as needs_base,
        cast(null as string) as basis,
        false as is_simulated,
        '' as flags
    from told
    inner join templates
        on
            told.sentence_variant = templates.variant
            and (told.fact_code is null or told.fact_code = templates.fact_code)

),

last_measurements as (

    select
        agency_code,
        max(period_end) as last_day
    from cells
    where not is_simulated
    group by agency_code

),

-- What was said of a measurement says nothing of a later one.
statements as (

    select agency_statements.*
    from agency_statements
    left join periods
        on agency_statements.period_code = periods.period_code
    left join last_measurements
        on agency_statements.agency_code = last_measurements.agency_code
    where
        agency_statements.period_code is null
        or last_measurements.last_day is null
        or periods.period_end >= last_measurements.last_day

),

statement_sentences as (

    select
        statements.agency_code,
        {{ answer_sentence({
            'citaat': 'statements.quote',
            'bron': 'statements.source',
        }) }},
        statements.sort_order as detail_order,
        'agency_statements' as source_mart,
        {{ readable_key('agency_statements', [
            'statements.agency_code', 'statements.fact_code', 'statements.variant',
        ]) }} as source_key,
        cast(null as string) as period_code,
        cast(null as bigint) as base_count,
        false as needs_base,
        cast(null as string) as basis,
        false as is_simulated,
        '' as flags
    from statements
    inner join templates
        on
            statements.fact_code = templates.fact_code
            and templates.variant = 'statement.' || statements.variant

),

sentences as (

    select * from card_sentences
    union all
    select * from statement_sentences

)

select * from sentences
