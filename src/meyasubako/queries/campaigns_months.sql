-- Months with campaigns, the run that each was last made by, and how many campaigns and mails in them.
SELECT
    month,
    run,
    CAST(COUNT(*) AS BIGINT) AS campaigns,
    CAST(SUM(mails) AS BIGINT) AS mails,
    MAX(made_at) AS made_at
FROM campaigns AS c
WHERE
    generation = :generation
    AND run = (
        SELECT MAX(run) FROM campaigns AS l WHERE l.generation = c.generation AND l.month = c.month
    )
GROUP BY month, run
ORDER BY month NULLS LAST
