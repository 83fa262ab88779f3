-- A small number for each accepted delivery, for the keys of narrow facts, and whether
-- what counts of it is new since the former build. Given by the build and kept by the
-- next: join on the delivery's id across builds that started from nothing.
{{ config(materialized='table') }}

{% set former_build = load_relation(this) if target.type != 'spark' %}

with deliveries as (

    select * from {{ ref('stg_klantbeeld__deliveries') }}
    where status = 'accepted'

),

counting_spans as (

    select
        delivery_id,
        {{ text_list(
            "concat(cast(first_month as string), '/', cast(last_month as string))",
            "' '",
            'first_month, last_month'
        ) }} as spans
    from {{ ref('stg_klantbeeld__spans') }}
    where is_counting
    group by delivery_id

),

-- Any delivery of changes to a register may change which rows of the others count.
keyed_feeds as (

    select
        reporting_agency_code,
        feed,
        part,
        {{ text_list(
            "concat(delivery_id, ' ', contract_hash)", "' '", 'delivery_id'
        ) }} as delivery_ids
    from deliveries
    where
        counts_by_key
        and counts_whole
    group by
        reporting_agency_code,
        feed,
        part

),

-- All on which it hangs what a model makes of the rows of a delivery, beside the project.
signed as (

    select
        deliveries.delivery_id,
        md5(
            concat_ws(
                '|',
                deliveries.contract_hash,
                cast(deliveries.is_simulated as string),
                cast(deliveries.version_number as string),
                coalesce(deliveries.period_code, ''),
                cast(deliveries.counts_whole as string),
                coalesce(counting_spans.spans, ''),
                coalesce(keyed_feeds.delivery_ids, '')
            )
        ) as signature
    from deliveries
    left join counting_spans
        on deliveries.delivery_id = counting_spans.delivery_id
    left join keyed_feeds
        on
            deliveries.counts_by_key
            and deliveries.reporting_agency_code = keyed_feeds.reporting_agency_code
            and deliveries.feed = keyed_feeds.feed
            and deliveries.part = keyed_feeds.part

),

former as (

    {% if former_build %}
    select
        delivery_id,
        delivery_ordinal,
        signature
    from {{ this }}
    {% else %}
    select
        cast(null as string) as delivery_id,
        cast(null as smallint) as delivery_ordinal,
        cast(null as string) as signature
    where false
    {% endif %}

),

last_given as (

    select coalesce(max(delivery_ordinal), 0) as delivery_ordinal from former

)

select
    signed.delivery_id,
    cast(
        coalesce(
            former.delivery_ordinal,
            last_given.delivery_ordinal
            + row_number() over (
                partition by former.delivery_id is null order by signed.delivery_id
            )
        ) as smallint
    ) as delivery_ordinal,
    signed.signature,
    former.signature is null or former.signature <> signed.signature as is_changed
from signed
cross join last_given
left join former
    on signed.delivery_id = former.delivery_id
