{#
    The rows of one feed that count: the declared columns by name, of deliveries that
    count for the months of the row; of a feed that counts by key, the row of each key in
    the delivery of the highest rank. The one place where the lake is read.
#}
{% macro delivered(source_name, feed) -%}
    {%- set lake = source(source_name, feed) -%}
    {%- set deliveries = ref('stg_klantbeeld__deliveries') -%}
    {%- set spans = ref('stg_klantbeeld__spans') -%}
    {%- set columns = [] -%}
    {%- set key = [] -%}
    {%- if execute -%}
        {%- for node in graph.sources.values()
            if node.source_name == source_name and node.name == feed -%}
            {%- set words = node.config.meta.feed -%}
            {%- if words.get('counts') == 'by_key' -%}
                {%- do key.extend(words.primary_key) -%}
            {%- endif -%}
            {%- for column in node.columns.values()
                if column.config.meta.get('personal') != 'drop' -%}
                {%- do columns.append(column.name) -%}
                {%- if column.config.meta.get('printed') -%}
                    {%- do columns.append(column.name ~ '_printed') -%}
                {%- endif -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
    (
        {%- if key %}
        select
            {%- for column in columns %}
            {{ column }},
            {%- endfor %}
            reporting_agency_code,
            delivery_id,
            delivered_row_number,
            source_place,
            delivery_period_code,
            version,
            is_simulated
        from (
        {%- endif %}
        select
            {%- for column in columns %}
            lake.{{ column }},
            {%- endfor %}
            lake.reporting_agency_code,
            lake.delivery_id,
            lake.row_number as delivered_row_number,
            {{ source_place('lake.sheet', 'lake.line') }} as source_place,
            deliveries.period_code as delivery_period_code,
            deliveries.version_number as version,
            deliveries.is_simulated
            {%- if key %},
            row_number() over (
                partition by
                    lake.reporting_agency_code,
                    deliveries.part,
                    {%- for column in key %}
                    lake.{{ column }}{{ ',' if not loop.last }}
                    {%- endfor %}
                order by
                    deliveries.version_number desc,
                    deliveries.version_date desc nulls last,
                    deliveries.last_month desc nulls last,
                    {{ month_count('deliveries.first_month', 'deliveries.last_month') }}
                    desc nulls last,
                    deliveries.delivery_id desc
            ) as key_rank
            {%- endif %}
        from {{ lake }} as lake
        inner join {{ deliveries }} as deliveries
            on lake.delivery_id = deliveries.delivery_id
        left join {{ spans }} as spans
            on
                lake.delivery_id = spans.delivery_id
                and lake.row_first_month = spans.first_month
                and lake.row_last_month = spans.last_month
        where
            deliveries.counts_whole
            or spans.is_counting
        {%- if key %}
        ) as ranked
        where key_rank = 1
        {%- endif %}
    )
{%- endmacro %}
