-- S6: whether the sender information was forged: the sending address, and the equipment used; on monitor mail.
SELECT
    month,
    forged_address,
    forged_equipment,
    CAST(SUM(mails) AS BIGINT) AS mails
FROM monthly_senders
WHERE generation = :generation AND channel = 'monitor' AND month BETWEEN :first AND :last
GROUP BY month, forged_address, forged_equipment
ORDER BY month NULLS LAST, mails DESC, forged_address NULLS LAST, forged_equipment NULLS LAST
