{#
    XmR charts of series of whole numbers, as a relation: the rows of `relation` with

    - point_count: the points of the series;
    - centre_line, lower_limit, upper_limit: mean ± 2.66 × the mean moving range, from
      which ranges above 3.267 × their mean are left out, once; null below 8 points;
    - signal: what is unlikely if nothing changed, joined with "|": a point outside the
      limits (above_limit, below_limit), one of 7 in a row on one side of the centre
      line (run_above, run_below), of 7 rising or falling (rising, falling), or of 2
      out of 3 in the same outer third (outer_third_above, outer_third_below).

    series: the columns that tell one series from another; position: the column that
    orders its points; value: the whole number. Every comparison is one of whole numbers,
    so that a point on a line is on that line on every engine.
#}
{% macro xmr(relation, series, position, value) -%}
    {%- set of_series = "partition by " ~ series | join(", ") -%}
    {%- set in_order = of_series ~ " order by " ~ position -%}
    {#- The value minus the centre line and minus the two thirds and whole distance to
        the limits, times what makes them whole. -#}
    {%- set above_centre = "(point_count * xmr_value - value_sum)" -%}
    {%- set thirds = "(266 * point_count * range_sum)" -%}
    {%- set limits = "(133 * point_count * range_sum)" -%}
    (
        with xmr_steps as (

            select
                *,
                cast({{ value }} as bigint) as xmr_value,
                cast(count(*) over ({{ of_series }}) as bigint) as point_count,
                cast(sum({{ value }}) over ({{ of_series }}) as bigint) as value_sum,
                cast({{ value }} - lag({{ value }}) over ({{ in_order }}) as bigint)
                    as xmr_step
            from {{ relation }}

        ),

        xmr_ranges as (

            select
                *,
                sum(abs(xmr_step)) over ({{ of_series }}) as unscreened_sum,
                sign({{ above_centre }}) as xmr_side,
                sign(xmr_step) as xmr_direction
            from xmr_steps

        ),

        xmr_screened as (

            select
                *,
                coalesce(
                    1000 * (point_count - 1) * abs(xmr_step) <= 3267 * unscreened_sum,
                    false
                ) as is_screened,
                lag(xmr_side) over ({{ in_order }}) as former_side,
                lag(xmr_direction) over ({{ in_order }}) as former_direction
            from xmr_ranges

        ),

        xmr_limits as (

            select
                *,
                cast(
                    sum(case when is_screened then abs(xmr_step) else 0 end)
                        over ({{ of_series }})
                    as bigint
                ) as range_sum,
                cast(
                    count(case when is_screened then 1 end) over ({{ of_series }})
                    as bigint
                ) as range_count,
                sum(case when xmr_side = former_side then 0 else 1 end)
                    over ({{ in_order }}) as side_run,
                sum(case when xmr_direction = former_direction then 0 else 1 end)
                    over ({{ in_order }}) as direction_run
            from xmr_screened

        ),

        xmr_runs as (

            select
                *,
                case
                    when 150 * range_count * {{ above_centre }} > {{ thirds }} then 1
                    when 150 * range_count * {{ above_centre }} < -{{ thirds }} then -1
                    else 0
                end as outer_third,
                count(*) over ({{ of_series }}, side_run) as side_length,
                count(*) over ({{ of_series }}, direction_run) as direction_length
            from xmr_limits

        ),

        xmr_neighbours as (

            select
                *,
                {%- for words in ['lag', 'lead'] %}
                {%- for distance in [1, 2] %}
                {{ words }}(outer_third, {{ distance }}) over ({{ in_order }})
                    as {{ words }}_third_{{ distance }},
                {%- endfor %}
                {%- endfor %}
                -- The first of seven rising points does not rise itself: its next does.
                lead(xmr_direction) over ({{ in_order }}) as next_direction,
                lead(direction_length) over ({{ in_order }}) as next_length
            from xmr_runs

        )

        select
            *,
            case
                when point_count >= 8
                    then cast(value_sum as double) / point_count
            end as centre_line,
            {%- for bound, sign in [('lower', '-'), ('upper', '+')] %}
            case
                when point_count >= 8
                    then
                        cast(value_sum as double) / point_count
                        {{ sign }} 2.66 * cast(range_sum as double) / range_count
            end as {{ bound }}_limit,
            {%- endfor %}
            case
                when point_count >= 8
                    then concat_ws(
                        '|'
                        {%- for side, sign in [('above', 1), ('below', -1)] %},
                        case
                            when
                                50 * range_count * {{ sign }} * {{ above_centre }}
                                > {{ limits }}
                                then '{{ side }}_limit'
                        end,
                        case
                            when xmr_side = {{ sign }} and side_length >= 7
                                then 'run_{{ side }}'
                        end,
                        case
                            when
                                (xmr_direction = {{ sign }} and direction_length >= 6)
                                or (next_direction = {{ sign }} and next_length >= 6)
                                then '{{ "rising" if sign > 0 else "falling" }}'
                        end,
                        case
                            when
                                outer_third = {{ sign }}
                                and {{ sign }} in (
                                    coalesce(lag_third_1, 0), coalesce(lag_third_2, 0),
                                    coalesce(lead_third_1, 0), coalesce(lead_third_2, 0)
                                )
                                then 'outer_third_{{ side }}'
                        end
                        {%- endfor %}
                    )
            end as signal
        from xmr_neighbours
    )
{%- endmacro %}
