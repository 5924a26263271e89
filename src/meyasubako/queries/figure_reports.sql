-- S1: reports by the month the centre received them, and the mails they held.
SELECT
    month,
    CAST(COUNT(DISTINCT report_id) AS BIGINT) AS reports,
    CAST(SUM(mails) AS BIGINT) AS mails
FROM daily_reports
WHERE generation = :generation AND channel = 'report' AND month BETWEEN :first AND :last
GROUP BY month
ORDER BY month NULLS LAST
