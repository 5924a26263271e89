-- Networks from which spam reached the monitors, most first; null = unknown.
SELECT
    month,
    asn,
    MAX(network) AS network,
    CAST(SUM(mails) AS BIGINT) AS mails
FROM monthly_networks
WHERE generation = :generation AND channel = 'monitor' AND month BETWEEN :first AND :last
GROUP BY month, asn
ORDER BY month NULLS LAST, mails DESC, asn NULLS LAST
