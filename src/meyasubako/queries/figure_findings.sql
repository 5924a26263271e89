-- S6: what the checks of the law saw in the mails of a month, by the version of the law applied.
SELECT
    month,
    channel,
    check_name,
    article,
    version,
    verdict,
    certainty,
    CAST(SUM(mails) AS BIGINT) AS mails
FROM monthly_findings
WHERE generation = :generation AND month BETWEEN :first AND :last
GROUP BY month, channel, check_name, article, version, verdict, certainty
ORDER BY
    month NULLS LAST, channel NULLS LAST, check_name NULLS LAST, version NULLS LAST, article NULLS LAST,
    verdict NULLS LAST, certainty NULLS LAST
