{#
    The rows of a relation with Holm's correction of their p-values, `p_value_holm`: within
    a family (columns) the smallest is held against all tests, the next against one less,
    and none comes out below a smaller one. A row without a test counts for none.
    Source: Holm (1979).
#}
{% macro with_holm(relation, p_value, family) -%}
    {%- set columns = family | join(', ') -%}
    select
        *,
        case
            when {{ p_value }} is not null
                then max(least(1.0, (test_count - test_rank + 1) * {{ p_value }})) over (
                    partition by {{ columns }}
                    order by test_rank
                )
        end as p_value_holm
    from (
        select
            *,
            count({{ p_value }}) over (partition by {{ columns }}) as test_count,
            row_number() over (
                partition by {{ columns }}
                order by {{ p_value }} asc nulls last
            ) as test_rank
        from {{ relation }}
    ) as ranked
{%- endmacro %}
