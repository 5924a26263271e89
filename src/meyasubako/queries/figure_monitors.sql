-- S2: spam to PCs and to mobiles by where it came from; unknown is a class of its own.
SELECT
    month,
    monitor_class,
    CAST(SUM(CASE WHEN country = 'JP' THEN mails ELSE 0 END) AS BIGINT) AS domestic,
    CAST(SUM(CASE WHEN country <> 'JP' THEN mails ELSE 0 END) AS BIGINT) AS overseas,
    CAST(SUM(CASE WHEN country IS NULL THEN mails ELSE 0 END) AS BIGINT) AS unknown
FROM daily_mails
WHERE generation = :generation AND channel = 'monitor' AND month BETWEEN :first AND :last
GROUP BY month, monitor_class
ORDER BY month NULLS LAST, monitor_class NULLS LAST
