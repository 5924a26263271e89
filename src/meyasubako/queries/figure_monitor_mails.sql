-- Mails of each monitor mailbox by month, and the last day (in Japan) on which one came.
SELECT
    month,
    monitor,
    MAX(day) AS last_day,
    CAST(SUM(mails) AS BIGINT) AS mails
FROM daily_monitors
WHERE generation = :generation AND channel = 'monitor' AND month BETWEEN :first AND :last
GROUP BY month, monitor
ORDER BY month NULLS LAST, monitor NULLS LAST
