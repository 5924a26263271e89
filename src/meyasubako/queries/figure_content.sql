-- Language and category of monitor mail.
SELECT
    month,
    language,
    category,
    CAST(SUM(mails) AS BIGINT) AS mails
FROM daily_content
WHERE generation = :generation AND channel = 'monitor' AND month BETWEEN :first AND :last
GROUP BY month, language, category
ORDER BY month NULLS LAST, mails DESC, language NULLS LAST, category NULLS LAST
