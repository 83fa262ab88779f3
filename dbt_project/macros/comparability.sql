{#
    What two figures must share to be compared: what is judged, how it is asked, the
    scale, the sampling, the instrument and the perimeter. Expects `instruments` and
    `results` in scope.
#}
{% macro comparability_key(aspect, perimeter, scale="instruments.scale_code") -%}
    concat_ws(
        '|',
        {{ aspect }},
        coalesce(instruments.object_judged_code, 'niet-vermeld'),
        coalesce(instruments.mode_code, 'niet-vermeld'),
        coalesce({{ scale }}, 'niet-vermeld'),
        coalesce(instruments.sampling_code, 'niet-vermeld'),
        results.instrument_code,
        {{ perimeter }}
    )
{%- endmacro %}

{# What an interval says, after the sampling of the instrument; null without interval. #}
{% macro interval_meaning(sampling_code, answer_count) -%}
    case
        when {{ answer_count }} is null or {{ answer_count }} = 0 then null
        when {{ sampling_code }} in ('willekeurig', 'gestratificeerd')
            then 'sampling_error'
        else 'spread_on_repetition'
    end
{%- endmacro %}
