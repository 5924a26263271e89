-- S14: results of sender authentication, and mail straight from dynamic pools (OP25B), on monitor mail.
SELECT
    month,
    auth_spf,
    auth_dkim,
    auth_dmarc,
    dynamic_pool,
    CAST(SUM(mails) AS BIGINT) AS mails
FROM daily_authentication
WHERE generation = :generation AND channel = 'monitor' AND month BETWEEN :first AND :last
GROUP BY month, auth_spf, auth_dkim, auth_dmarc, dynamic_pool
ORDER BY
    month NULLS LAST, mails DESC,
    auth_spf NULLS LAST, auth_dkim NULLS LAST, auth_dmarc NULLS LAST, dynamic_pool NULLS LAST
