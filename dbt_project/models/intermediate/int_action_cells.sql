-- One row per perimeter, improvement action, figure that it is aimed at and grain of
-- period: the figure before and after the action, and the figure that it is held against.
-- A period is never partly of the action: before is the last measured one that ended
-- before its start, after the first one that began at or after its end, or its start
-- where it goes on. Held against: another channel of the agency, same aspect, else another
-- aspect of the same channel, over the same periods, without an action in them, a break or
-- a changed question; first those with enough answers, then the channels, then by number
-- of answers, so that what came out of it never decides.
{% set scope = ['perimeter', 'event_code', 'is_simulated', 'agency_code'] %}
{% set wave = scope + ['basis', 'service_code', 'metric', 'period_grain'] %}
{% set series = wave + ['instrument_code', 'channel_code', 'aspect_code'] %}
{% set action = ['reporting_agency_code', 'action_code', 'action_started_on'] %}
{% set figures_of_cell = ['value', 'answer_count', 'variance'] %}

with improvement_actions as (

    select * from {{ ref('fct_improvement_action') }}

),

figures as (

    select * from {{ ref('int_comparable_figures') }}
    where period_grain in ('quarter', 'half_year', 'year')

),

comparability as (

    select * from {{ ref('mart_comparability') }}

),

-- An action on several channels, aspects or services has a row for each in its plan.
actions as (

    select
        {{ action | join(', ') }},
        is_simulated,
        min(action_text) as action_text,
        case when count(action_finished_on) = count(*) then max(action_finished_on) end
            as action_finished_on
    from improvement_actions
    group by
        {{ action | join(', ') }},
        is_simulated

),

targets as (

    select distinct
        perimeters.perimeter,
        perimeters.event_code,
        perimeters.agency_code,
        improvement_actions.is_simulated,
        {%- for column in action %}
        improvement_actions.{{ column }},
        {%- endfor %}
        actions.action_text,
        actions.action_finished_on,
        greatest(
            improvement_actions.action_started_on,
            coalesce(actions.action_finished_on, improvement_actions.action_started_on)
        ) as settled_on,
        case
            when perimeters.service_code = 'niet-vermeld' then 'alle'
            else perimeters.service_code
        end as service_code,
        improvement_actions.channel_code,
        improvement_actions.aspect_code
    from improvement_actions
    inner join actions
        on {{ same('improvement_actions', 'actions', action + ['is_simulated']) }}
    {{ in_perimeters('improvement_actions', 'action_started_on') }}

),

-- What is not measured has a row too: nothing is known of its effect, and that is said.
aimed as (

    select
        targets.perimeter,
        targets.event_code,
        targets.is_simulated,
        targets.agency_code,
        {%- for column in action %}
        targets.{{ column }},
        {%- endfor %}
        targets.action_text,
        targets.action_finished_on,
        targets.service_code,
        coalesce(figures.basis, 'computed') as basis,
        coalesce(
            figures.metric,
            case
                when targets.aspect_code = 'aanbeveling' then 'nps' else 'satisfied_share'
            end
        ) as metric,
        coalesce(figures.period_grain, 'half_year') as period_grain,
        coalesce(figures.instrument_code, 'niet-vermeld') as instrument_code,
        coalesce(figures.channel_code, targets.channel_code) as channel_code,
        coalesce(figures.aspect_code, targets.aspect_code) as aspect_code,
        max(
            case
                when figures.period_end < targets.action_started_on
                    then figures.period_start
            end
        ) as former_start,
        min(
            case
                when figures.period_start >= targets.settled_on then figures.period_start
            end
        ) as latter_start
    from targets
    left join figures
        on
            {{ same('targets', 'figures', scope + ['service_code']) }}
            and (
                targets.channel_code = 'alle'
                or targets.channel_code = figures.channel_code
            )
            and (
                targets.aspect_code = 'alle'
                or targets.aspect_code = figures.aspect_code
            )
    group by all

),

measured as (

    select
        aimed.*,
        former.period_code as former_period_code,
        latter.period_code,
        former.period_start as window_start,
        latter.period_end as window_end,
        {%- for figure in figures_of_cell %}
        former.{{ figure }} as former_{{ figure }},
        latter.{{ figure }},
        {%- endfor %}
        former.flags as former_flags,
        latter.flags as latter_flags,
        latter.interval_meaning,
        former.comparability_key as former_key,
        latter.comparability_key as latter_key
    from aimed
    left join figures as former
        on
            {{ same('aimed', 'former', series) }}
            and aimed.former_start = former.period_start
    left join figures as latter
        on
            {{ same('aimed', 'latter', series) }}
            and aimed.latter_start = latter.period_start

),

candidates as (

    select
        {%- for column in wave + action %}
        measured.{{ column }},
        {%- endfor %}
        measured.instrument_code as aimed_instrument_code,
        measured.channel_code as aimed_channel_code,
        measured.aspect_code as aimed_aspect_code,
        measured.former_period_code,
        measured.period_code,
        measured.window_start,
        measured.window_end,
        case when latter.aspect_code = measured.aspect_code then 'channel' else 'aspect' end
            as comparison_kind,
        latter.instrument_code,
        latter.channel_code,
        latter.aspect_code,
        {%- for figure in figures_of_cell %}
        former.{{ figure }} as former_{{ figure }},
        latter.{{ figure }},
        {%- endfor %}
        former.flags as former_flags,
        latter.flags as latter_flags,
        comparability.verdict as comparability_verdict
    from measured
    inner join figures as latter
        on
            {{ same('measured', 'latter', wave + ['period_code']) }}
            and (
                (
                    measured.aspect_code = latter.aspect_code
                    and measured.channel_code <> latter.channel_code
                    and 'alle' not in (measured.channel_code, latter.channel_code)
                )
                or (
                    measured.instrument_code = latter.instrument_code
                    and measured.channel_code = latter.channel_code
                    and measured.aspect_code <> latter.aspect_code
                    -- These speak of the other aspects as well.
                    and latter.aspect_code not in ('alle', 'algemeen')
                )
            )
    inner join figures as former
        on
            {{ same('latter', 'former', series) }}
            and measured.former_start = former.period_start
            and latter.comparability_key = former.comparability_key
    inner join comparability
        on
            least(measured.latter_key, latter.comparability_key) = comparability.key_a
            and greatest(measured.latter_key, latter.comparability_key)
            = comparability.key_b
    where latter.comparability_key not like '%gemengd%'

),

-- Which of these figures an action is aimed at while they are measured: of what is judged
-- in general every aspect is a part.
watched as (

    select
        {{ (wave + action) | join(', ') }},
        instrument_code,
        channel_code,
        aspect_code,
        window_start,
        window_end
    from measured
    where window_end is not null
    union
    select
        {{ (wave + action) | join(', ') }},
        instrument_code,
        channel_code,
        aspect_code,
        window_start,
        window_end
    from candidates

),

touched as (

    select distinct
        {%- for column in series + action %}
        watched.{{ column }},
        {%- endfor %}
        watched.window_start,
        watched.window_end,
        targets.reporting_agency_code = watched.reporting_agency_code
        and targets.action_code = watched.action_code
        and targets.action_started_on = watched.action_started_on as is_own_action
    from watched
    inner join targets
        on
            {{ same('watched', 'targets', scope) }}
            and (
                'alle' in (watched.service_code, targets.service_code)
                or watched.service_code = targets.service_code
            )
            and (
                'alle' in (watched.channel_code, targets.channel_code)
                or watched.channel_code = targets.channel_code
            )
            and (
                targets.aspect_code in ('alle', 'algemeen')
                or watched.aspect_code = targets.aspect_code
            )
            and watched.window_end >= targets.action_started_on
            and watched.window_start
            <= coalesce(targets.action_finished_on, watched.window_end)

),

spans as (

    select
        perimeter,
        event_code,
        basis,
        is_simulated,
        agency_code,
        instrument_code,
        former_period_code,
        period_code,
        window_start,
        window_end
    from measured
    where window_end is not null
    union
    select
        perimeter,
        event_code,
        basis,
        is_simulated,
        agency_code,
        instrument_code,
        former_period_code,
        period_code,
        window_start,
        window_end
    from candidates

),

broken as (

    {{ breaks_between(
        'spans', ['former_period_code', 'period_code'], 'window_start', 'window_end'
    ) }}

),

usable as (

    select
        candidates.*,
        row_number() over (
            partition by
                {%- for column in wave + action %}
                candidates.{{ column }},
                {%- endfor %}
                candidates.aimed_instrument_code,
                candidates.aimed_channel_code,
                candidates.aimed_aspect_code
            order by
                case
                    when
                        least(candidates.former_answer_count, candidates.answer_count)
                        >= {{ fewest_answers() }}
                        then 0
                    else 1
                end,
                case candidates.comparison_kind when 'channel' then 0 else 1 end,
                least(candidates.former_answer_count, candidates.answer_count)
                desc nulls last,
                candidates.instrument_code,
                candidates.channel_code,
                candidates.aspect_code
        ) as comparison_place
    from candidates
    left join touched
        on
            {{ same('candidates', 'touched', series + action) }}
            and candidates.window_start = touched.window_start
            and candidates.window_end = touched.window_end
    left join broken
        on
            {{ same('candidates', 'broken', scope + [
                'basis', 'instrument_code', 'former_period_code', 'period_code',
            ]) }}
    where
        touched.action_code is null
        and broken.break_reasons is null
        -- Of another aspect the key is another as a matter of course.
        and (
            candidates.comparison_kind = 'aspect'
            or candidates.comparability_verdict <> 'red'
        )

),

shared as (

    select
        {{ (series + action) | join(', ') }}
    from touched
    where not is_own_action
    group by
        {{ (series + action) | join(', ') }}

)

select
    {%- for column in series + action %}
    measured.{{ column }},
    {%- endfor %}
    measured.action_text,
    measured.action_finished_on,
    measured.former_period_code,
    measured.period_code,
    {%- for figure in figures_of_cell %}
    measured.former_{{ figure }},
    measured.{{ figure }},
    {%- endfor %}
    measured.interval_meaning,
    usable.comparison_kind,
    {%- for column in ['instrument_code', 'channel_code', 'aspect_code'] %}
    usable.{{ column }} as comparison_{{ column }},
    {%- endfor %}
    {%- for figure in figures_of_cell %}
    usable.former_{{ figure }} as comparison_former_{{ figure }},
    usable.{{ figure }} as comparison_{{ figure }},
    {%- endfor %}
    -- What changed between before and after in the way of measuring.
    concat_ws(
        '|',
        broken.break_reasons,
        case
            when
                measured.former_key <> measured.latter_key
                or measured.latter_key like '%gemengd%'
                then nullif(comparability.reasons, '')
        end
    ) as change_reasons,
    concat_ws(
        '; ',
        broken.breaks_nl,
        case
            when
                measured.former_key <> measured.latter_key
                or measured.latter_key like '%gemengd%'
                then nullif(comparability.reasons_nl, '')
        end
    ) as change_reasons_nl,
    concat_ws(
        '|',
        measured.former_flags,
        measured.latter_flags,
        usable.former_flags,
        usable.latter_flags
    ) like '%sum_deviation%' as has_sum_deviation,
    shared.action_code is not null as has_other_action,
    coalesce(usable.comparability_verdict = 'amber', false)
    and usable.comparison_kind = 'channel' as is_compared_with_reserve
from measured
left join usable
    on
        {{ same('measured', 'usable', wave + action) }}
        and measured.instrument_code = usable.aimed_instrument_code
        and measured.channel_code = usable.aimed_channel_code
        and measured.aspect_code = usable.aimed_aspect_code
        and usable.comparison_place = 1
left join comparability
    on
        least(measured.former_key, measured.latter_key) = comparability.key_a
        and greatest(measured.former_key, measured.latter_key) = comparability.key_b
left join broken
    on
        {{ same('measured', 'broken', scope + [
            'basis', 'instrument_code', 'former_period_code', 'period_code',
        ]) }}
left join shared
    on {{ same('measured', 'shared', series + action) }}
