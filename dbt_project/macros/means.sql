{#
    Means from integer sums of raw answers: nothing is lost before the one division.
    score_sum and score_square_sum are those of the raw values and of their squares;
    `scales` names a relation with the bounds of the scale.
#}

{# The product of two whole numbers of any size, exact. #}
{% macro exact_product(left, right) -%}
    cast({{ left }} as decimal(19, 0)) * cast({{ right }} as decimal(19, 0))
{%- endmacro %}

{# The mean of an answer from 0 to 100 (POMP, linear, turned round where 1 is best). #}
{% macro mean_score_100(score_sum, answer_count, scales="scales") -%}
    100 * cast(
        case
            when {{ scales }}.is_reversed
                then
                    {{ exact_product(answer_count, scales ~ '.raw_max') }}
                    - cast({{ score_sum }} as decimal(19, 0))
            else
                cast({{ score_sum }} as decimal(19, 0))
                - {{ exact_product(answer_count, scales ~ '.raw_min') }}
        end as double
    ) / nullif(
        cast({{ answer_count }} as double) * ({{ scales }}.raw_max - {{ scales }}.raw_min), 0
    )
{%- endmacro %}

{# The variance of that mean: of the answers, over their number; null below two answers. #}
{% macro mean_score_variance(score_sum, score_square_sum, answer_count, scales="scales") -%}
    {%- set range = '(' ~ scales ~ '.raw_max - ' ~ scales ~ '.raw_min)' -%}
    {%- set count = 'cast(' ~ answer_count ~ ' as double)' -%}
    case
        when {{ answer_count }} > 1
            then 10000e0 * cast(
                {{ exact_product(answer_count, score_square_sum) }}
                - {{ exact_product(score_sum, score_sum) }} as double
            ) / (
                {{ count }} * {{ count }} * ({{ count }} - 1) * {{ range }} * {{ range }}
            )
    end
{%- endmacro %}

{# A bound of the t-interval (95 %) of a mean: sign -1 gives the lower one, 1 the upper
   one; null below two answers, the mean itself where all answers are equal. #}
{% macro mean_bound(mean, variance, answer_count, sign) -%}
    ({{ mean }} {{ '+' if sign > 0 else '-' }} {{ t_quantile_95('(' ~ answer_count ~ ' - 1)') }}
        * sqrt({{ variance }}))
{%- endmacro %}

{#
    The rows of a relation with Welch's test of two means: `<name>_statistic`,
    `<name>_degrees` (by Welch and Satterthwaite), `<name>_p_value`, `<name>_low` and
    `<name>_high` (95 %, of the difference). All arguments are columns, `variance` that of
    the mean. Null where a mean or its variance is unknown. Where all answers of both sides
    are equal nothing spreads: no statistic, p is 1 for equal means and 0 for others.
#}
{% macro with_welch_test(
    relation,
    mean, variance, answer_count,
    former_mean, former_variance, former_answer_count,
    name
) -%}
    {%- set spread = name ~ '_variance' -%}
    {%- set degrees = name ~ '_degrees' -%}
    {%- set scored -%}
    (
        select
            *,
            ({{ mean }} - {{ former_mean }}) / nullif(sqrt({{ spread }}), 0)
                as {{ name }}_statistic,
            {{ spread }} * {{ spread }} / nullif(
                {{ variance }} * {{ variance }} / nullif({{ answer_count }} - 1, 0)
                + {{ former_variance }} * {{ former_variance }}
                / nullif({{ former_answer_count }} - 1, 0),
                0
            ) as {{ degrees }}
        from (
            select
                *,
                {{ variance }} + {{ former_variance }} as {{ spread }}
            from {{ relation }}
        ) as {{ name }}_variances
    ) as {{ name }}_scored
    {%- endset -%}
    {%- set half_width -%}
    case
        when {{ spread }} = 0 then 0e0
        else {{ t_quantile_95(degrees) }} * sqrt({{ spread }})
    end
    {%- endset -%}
    select
        *,
        {{ p_value_or_limit(name ~ '_tail', mean ~ ' - ' ~ former_mean, spread) }}
            as {{ name }}_p_value,
        {{ mean }} - {{ former_mean }} - {{ half_width }} as {{ name }}_low,
        {{ mean }} - {{ former_mean }} + {{ half_width }} as {{ name }}_high
    from (
        {{ with_t_tail(scored, name ~ '_statistic', degrees, name ~ '_tail') }}
    ) as {{ name }}_tails
{%- endmacro %}

{# Where nothing spreads a p-value is what it tends to: 1 without a difference, else 0. #}
{% macro p_value_or_limit(p_value, difference, variance) -%}
    case
        when {{ variance }} > 0 then {{ p_value }}
        when {{ variance }} = 0 and {{ difference }} = 0 then 1e0
        when {{ variance }} = 0 and {{ difference }} is not null then 0e0
    end
{%- endmacro %}
