-- Which analyses and which geography stand behind a month's figures.
SELECT
    month,
    analysis_version,
    country_data_date,
    CAST(SUM(mails) AS BIGINT) AS mails
FROM monthly_versions
WHERE generation = :generation AND month BETWEEN :first AND :last
GROUP BY month, analysis_version, country_data_date
ORDER BY month NULLS LAST, analysis_version NULLS LAST, country_data_date NULLS LAST
