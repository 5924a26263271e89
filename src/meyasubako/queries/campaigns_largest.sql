-- The campaigns of a month as the newest run found them, the largest first.
SELECT *
FROM campaigns
WHERE
    generation = :generation
    AND month = :month
    AND run = (
        SELECT MAX(run) FROM campaigns WHERE generation = :generation AND month = :month
    )
ORDER BY mails DESC, campaign NULLS LAST
LIMIT :limit
