{#
    Rows that hang on one delivery and nothing else: a build makes them anew only for the
    deliveries that changed since the former one (int_delivery_ordinals). A model is one
    of these by this configuration and by of_changed_deliveries() where it reads. Spark
    makes such a model anew as a whole.
    key: the column that names its delivery, by id or by ordinal.
#}
{% macro by_delivery(key='delivery_ordinal') -%}
    {{ return({
        'materialized': 'table' if target.type == 'spark' else 'incremental',
        'incremental_strategy': 'by_delivery',
        'unique_key': key,
        'on_schema_change': 'fail',
    }) }}
{%- endmacro %}

{# How dbt carries out that strategy: the rows of deliveries that changed go, new ones take
   their place, or none where the delivery no longer counts. #}
{% macro get_incremental_by_delivery_sql(arguments) -%}
    {%- set columns = get_quoted_csv(arguments.dest_columns | map(attribute='name')) -%}
    delete from {{ arguments.target_relation }}
    where {{ of_changed_deliveries(arguments.unique_key) }};
    insert into {{ arguments.target_relation }} ({{ columns }})
    select {{ columns }}
    from {{ arguments.temp_relation }}
{%- endmacro %}

{# A condition: the row is of a delivery that changed. Its values are written out, so that
   the engine leaves the files of other deliveries unread. Every row in a build that starts
   from nothing.
   key: a column of delivery ids, or one named delivery_ordinal. #}
{% macro of_changed_deliveries(key) -%}
    {%- set ordinals = ref('int_delivery_ordinals') -%}
    {%- if execute and is_incremental() -%}
        {%- set name = key.split('.')[-1] -%}
        {%- set found = run_query(
            'select ' ~ name ~ ' from ' ~ ordinals ~ ' where is_changed order by 1'
        ).columns[0].values() -%}
        {%- if found -%}
            {{ key }} in (
                {%- for value in found -%}
                {{ "'" ~ value ~ "'" if value is string else value }}{{ ', ' if not loop.last }}
                {%- endfor -%}
            )
        {%- else -%}
            false
        {%- endif -%}
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}
