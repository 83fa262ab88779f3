{# The union of staging models, by the names of the columns. #}
{% macro union_feeds(feeds, columns) -%}
    {%- for feed in feeds %}
select
    {%- for column in columns %}
    {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ ref(feed) }}
{{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
