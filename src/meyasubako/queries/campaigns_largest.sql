-- The campaigns of a month as the newest run found them, the largest first, a thousand at the most.
SELECT *
FROM campaigns
WHERE
    generation = :generation
    AND month BETWEEN :first AND :last
    AND run = (
        SELECT MAX(run) FROM campaigns WHERE generation = :generation AND month BETWEEN :first AND :last
    )
ORDER BY mails DESC, campaign NULLS LAST
LIMIT 1000
