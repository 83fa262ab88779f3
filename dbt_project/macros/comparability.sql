{#
    What two figures must share to be compared, as columns and as one text: the aspect,
    what is judged, how it is asked, the scale, the sampling, the question as worded and
    the perimeter. A questionnaire that changes asks a question of another code: that is
    its version, and instruments that ask the same question share it.
    Expects `instruments` in scope. The other arguments are SQL expressions.
#}
{% macro comparability_parts(aspect, scale_family, question, perimeter, event) -%}
    {%- set parts = {
        'object_judged_code': known('instruments.object_judged_code'),
        'mode_code': known('instruments.mode_code'),
        'scale_family': known(scale_family),
        'sampling_code': known('instruments.sampling_code'),
        'question_code': known(question),
    } -%}
    {%- for part, expression in parts.items() %}
    {{ expression }} as {{ part }},
    {%- endfor %}
    concat_ws(
        '|',
        {{ aspect }},
        {%- for expression in parts.values() %}
        {{ expression }},
        {%- endfor %}
        {{ perimeter }},
        nullif({{ event }}, 'geen')
    ) as comparability_key
{%- endmacro %}

{# What a source does not say has a word of its own. #}
{% macro known(expression) -%}
    coalesce({{ expression }}, 'niet-vermeld')
{%- endmacro %}

{#
    Why two figures do not compare without reserve, as codes of comparability_reasons
    joined with "|"; empty where nothing differs and nothing is unknown. What is not stated
    never counts as equal, not even to itself.
    one, other: names of relations in scope with the parts as columns.
#}
{% macro comparability_reasons(one, other) -%}
    {%- set reasons = {
        'aspect': one ~ '.aspect_code <> ' ~ other ~ '.aspect_code',
        'perimeter':
            one ~ '.perimeter <> ' ~ other ~ '.perimeter'
            ~ ' or ' ~ one ~ '.event_code <> ' ~ other ~ '.event_code',
    } -%}
    {%- for reason, part in {
        'mode': 'mode_code',
        'object_judged': 'object_judged_code',
        'sampling': 'sampling_code',
        'scale_family': 'scale_family',
        'wording': 'question_code',
    }.items() -%}
        {%- set parts = [one ~ '.' ~ part, other ~ '.' ~ part] -%}
        {#- Of two aspects the questions differ as a matter of course. -#}
        {%- set differs -%}
            {{ parts[0] }} <> {{ parts[1] }}
            and {{ parts[0] }} not in ('niet-vermeld', 'gemengd')
            and {{ parts[1] }} not in ('niet-vermeld', 'gemengd')
            {%- if reason == 'wording' %}
            and {{ one }}.aspect_code = {{ other }}.aspect_code
            {%- endif %}
        {%- endset -%}
        {%- do reasons.update({
            reason: differs,
            'unknown_' ~ reason: "'niet-vermeld' in (" ~ parts | join(', ') ~ ')',
        }) -%}
    {%- endfor -%}
    {%- do reasons.update({
        'mixed_scale':
            "'gemengd' in (" ~ one ~ '.scale_family, ' ~ other ~ '.scale_family)',
        'mixed_wording':
            "'gemengd' in (" ~ one ~ '.question_code, ' ~ other ~ '.question_code)',
    }) -%}
    {{ flags(reasons) }}
{%- endmacro %}

{#
    What a set of reasons comes to: the worst verdict among them, and the reasons in order,
    as codes and in words. One row per different set.
    pairs: a relation with a column `found_reasons`, codes joined with "|".
#}
{% macro comparability_verdicts(pairs) -%}
    select
        found.found_reasons,
        case
            when max(case when reasons.verdict = 'red' then 1 else 0 end) = 1 then 'red'
            when count(reasons.reason_code) > 0 then 'amber'
            else 'green'
        end as verdict,
        coalesce({{ text_list('reasons.reason_code', "'|'", 'reasons.reason_code') }}, '')
            as reasons,
        coalesce({{ text_list('reasons.label_nl', "'; '", 'reasons.reason_code') }}, '')
            as reasons_nl
    from (select distinct found_reasons from {{ pairs }}) as found
    left join {{ ref('comparability_reasons') }} as reasons
        on
            concat('|', found.found_reasons, '|')
            like concat('%|', reasons.reason_code, '|%')
    group by found.found_reasons
{%- endmacro %}

{#
    The breaks that lie between the days of a cell of a survey: after the first and not
    after the last. Per cell the reasons, and the breaks in words with their dates; no row
    where there are none.
    cells: a relation with the columns of `scope` below and those named.
    periods: the columns that tell the cell's periods apart.
#}
{% macro breaks_between(cells, periods, first_day, last_day) -%}
    {%- set scope = [
        'perimeter', 'event_code', 'basis', 'is_simulated', 'agency_code',
        'instrument_code',
    ] -%}
    {%- set key = scope + periods -%}
    select
        {{ key | join(', ') }},
        {{ text_list('reason_code', "'|'", 'reason_code') }} as break_reasons,
        {{ text_list('breaks_nl', "'; '", 'reason_code') }} as breaks_nl
    from (
        select
            {%- for column in key %}
            cells.{{ column }},
            {%- endfor %}
            concat('break_', breaks.break_type) as reason_code,
            {{ text_list(
                "concat(breaks.label_nl, ' (', " ~ format_date_nl('breaks.break_date') ~ ", ')')",
                "'; '",
                'breaks.break_date, breaks.break_code'
            ) }} as breaks_nl
        from (
            select distinct
                {{ key | join(', ') }},
                {{ first_day }} as first_day,
                {{ last_day }} as last_day
            from {{ cells }}
        ) as cells
        inner join {{ ref('int_breaks') }} as breaks
            on
                cells.perimeter = breaks.perimeter
                and cells.event_code = breaks.event_code
                and cells.agency_code = breaks.agency_code
                and cells.basis = coalesce(breaks.basis, cells.basis)
                and cells.instrument_code
                = coalesce(breaks.instrument_code, cells.instrument_code)
                and (cells.is_simulated or not breaks.is_simulated)
                and breaks.register_code is null
                and cells.first_day < breaks.break_date
                and cells.last_day >= breaks.break_date
        group by
            {%- for column in key %}
            cells.{{ column }},
            {%- endfor %}
            breaks.break_type
    ) as broken
    group by {{ key | join(', ') }}
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

{# Fewer answers and a figure is neither tested nor ranked. #}
{% macro fewest_answers() -%}
    30
{%- endmacro %}
