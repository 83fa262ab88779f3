-- What the lexicon reads in a text: one row per text and theme, with its polarity. Within
-- a clause the longest term decides, a term without a polarity of its own takes that of
-- the longest cue, and a negation before a term turns it round, unless a subordinate
-- clause begins between the two.
{{ config(materialized='table') }}

with clauses as (

    select * from {{ ref('int_comment_clauses') }}

),

lexicon as (

    select
        role,
        theme_code,
        term,
        polarity_code,
        {{ term_pattern('term') }} as pattern
    from {{ ref('theme_lexicon') }}

),

negations as (

    select * from lexicon
    where role = 'negation'

),

found as (

    select
        clauses.clause,
        lexicon.theme_code,
        lexicon.term,
        lexicon.pattern,
        lexicon.polarity_code
    from (select distinct clause from clauses) as clauses
    inner join lexicon
        on
            clauses.clause like lexicon.pattern
            and lexicon.role in ('theme', 'cue')

),

barriers as (

    select * from lexicon
    where role = 'barrier'

),

blocked as (

    select distinct
        found.clause,
        found.pattern
    from found
    inner join barriers
        on found.clause like concat(barriers.pattern, substring(found.pattern, 2))
    inner join negations
        on
            found.clause
            like concat(
                negations.pattern, substring(barriers.pattern, 2), substring(found.pattern, 2)
            )

),

denied as (

    select distinct
        found.clause,
        found.pattern
    from found
    inner join negations
        on found.clause like concat(negations.pattern, substring(found.pattern, 2))
    left join blocked
        on
            found.clause = blocked.clause
            and found.pattern = blocked.pattern
    where blocked.clause is null

),

matches as (

    select
        found.clause,
        found.theme_code,
        found.term,
        case
            when denied.clause is null then found.polarity_code
            when found.polarity_code = 'negatief' then 'positief'
            when found.polarity_code = 'positief' then 'negatief'
            else found.polarity_code
        end as polarity_code
    from found
    left join denied
        on
            found.clause = denied.clause
            and found.pattern = denied.pattern

),

ranked as (

    select
        *,
        row_number() over (
            partition by clause, theme_code
            order by
                case when polarity_code = 'neutraal' then 1 else 0 end asc,
                length(term) desc,
                polarity_code asc,
                term asc
        ) as term_rank
    from matches

),

chosen as (

    select * from ranked
    where term_rank = 1

),

clause_themes as (

    select
        themes.clause,
        themes.theme_code,
        case
            when themes.polarity_code = 'neutraal'
                then coalesce(cues.polarity_code, 'neutraal')
            else themes.polarity_code
        end as polarity_code
    from chosen as themes
    left join chosen as cues
        on
            themes.clause = cues.clause
            and cues.theme_code is null
    where themes.theme_code is not null

)

-- One bad word about a theme makes it an improvement point, whatever else is said of it.
select
    clauses.comment,
    clause_themes.theme_code,
    case
        when bool_or(clause_themes.polarity_code = 'negatief') then 'negatief'
        when bool_or(clause_themes.polarity_code = 'positief') then 'positief'
        else 'neutraal'
    end as polarity_code
from clauses
inner join clause_themes
    on clauses.clause = clause_themes.clause
group by
    clauses.comment,
    clause_themes.theme_code
