-- What the newest generation of the analysis noted of one arrival, as far as it is not made again when it is read.
SELECT
    generation,
    month,
    first_of_bytes,
    analysis_version
FROM observations
WHERE arrival_id = :arrival_id
ORDER BY generation DESC NULLS LAST
LIMIT 1
