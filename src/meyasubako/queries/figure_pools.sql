-- S14: the 100 networks a month from which most spam came straight from dynamic pools (OP25B), on monitor mail.
SELECT month, asn, network, mails, direct, elsewhere, unknown
FROM (
    SELECT
        month,
        asn,
        MAX(network) AS network,
        CAST(SUM(mails) AS BIGINT) AS mails,
        CAST(SUM(CASE WHEN dynamic_pool = 'yes' THEN mails ELSE 0 END) AS BIGINT) AS direct,
        CAST(SUM(CASE WHEN dynamic_pool = 'no' THEN mails ELSE 0 END) AS BIGINT) AS elsewhere,
        CAST(SUM(
            CASE WHEN dynamic_pool IS NULL OR dynamic_pool NOT IN ('yes', 'no') THEN mails ELSE 0 END
        ) AS BIGINT) AS unknown,
        ROW_NUMBER() OVER (
            PARTITION BY month
            ORDER BY
                SUM(CASE WHEN dynamic_pool = 'yes' THEN mails ELSE 0 END) DESC, SUM(mails) DESC, asn NULLS LAST
        ) AS place
    FROM monthly_pools
    WHERE generation = :generation AND channel = 'monitor' AND month BETWEEN :first AND :last
    GROUP BY month, asn
) AS ranked
WHERE place <= 100
ORDER BY month NULLS LAST, direct DESC, mails DESC, asn NULLS LAST
