-- S3: countries from which spam reached the monitors, as of the day of receipt; null = unknown.
SELECT
    month,
    country,
    CAST(SUM(mails) AS BIGINT) AS mails,
    CAST(SUM(japanese) AS BIGINT) AS japanese
FROM daily_mails
WHERE generation = :generation AND channel = 'monitor' AND month BETWEEN :first AND :last
GROUP BY month, country
ORDER BY month NULLS LAST, mails DESC, country NULLS LAST
