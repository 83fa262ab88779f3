{#
    Rows that hang on one delivery and nothing else: what is below changes only what the
    deliveries touch that changed since the former build (int_delivery_ordinals). A model
    is one of these by three things: this configuration, a column `key` that names its
    delivery, and of_changed_deliveries() where it reads. Spark makes such a model anew.
#}
{% macro by_delivery(key='delivery_ordinal') -%}
    {{ return({
        'materialized': 'table' if target.type == 'spark' else 'incremental',
        'incremental_strategy': 'append',
        'on_schema_change': 'fail',
        'pre_hook': "{{ forget_changed_deliveries(this, '" ~ key ~ "') }}",
    }) }}
{%- endmacro %}

{# Take out the rows of deliveries that changed; new ones take their place, or none where
   the delivery no longer counts. #}
{% macro forget_changed_deliveries(relation, key) -%}
    {%- if is_incremental() -%}
        delete from {{ relation }}
        where {{ of_changed_deliveries(key) }}
    {%- endif -%}
{%- endmacro %}

{# A condition: the row is of a delivery that changed. Its values are written out, so that
   the engine leaves the files of other deliveries unread. Every row in a build that starts
   from nothing.
   key: a column of delivery ids, or one named delivery_ordinal. #}
{% macro of_changed_deliveries(key) -%}
    {%- set ordinals = ref('int_delivery_ordinals') -%}
    {%- if is_incremental() -%}
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
