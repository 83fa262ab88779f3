-- The themes that have a model, apart for simulated and real comments: neither says
-- anything of the other. One row per kind and theme.
select distinct
    is_simulated,
    theme_code,
    model_hash
from {{ ref('stg_klantbeeld__theme_predictions') }}
where is_out_of_fold
