-- The 100 networks a month from which most spam reached the monitors; null = unknown.
SELECT month, asn, network, mails
FROM (
    SELECT
        month,
        asn,
        MAX(network) AS network,
        CAST(SUM(mails) AS BIGINT) AS mails,
        ROW_NUMBER() OVER (PARTITION BY month ORDER BY SUM(mails) DESC, asn NULLS LAST) AS place
    FROM monthly_networks
    WHERE generation = :generation AND channel = 'monitor' AND month BETWEEN :first AND :last
    GROUP BY month, asn
) AS ranked
WHERE place <= 100
ORDER BY month NULLS LAST, mails DESC, asn NULLS LAST
