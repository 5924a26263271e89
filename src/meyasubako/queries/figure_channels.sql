-- All mails of a month by the channel they came through.
SELECT
    month,
    channel,
    CAST(SUM(mails) AS BIGINT) AS mails,
    CAST(SUM(distinct_mails) AS BIGINT) AS distinct_mails
FROM daily_mails
WHERE generation = :generation AND month BETWEEN :first AND :last
GROUP BY month, channel
ORDER BY month NULLS LAST, channel NULLS LAST
