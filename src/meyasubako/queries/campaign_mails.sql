-- The mails that the newest run of a month put into one campaign, the newest first, five hundred at the most.
SELECT
    o.arrival_id,
    o.sha256,
    CAST(o.received_at AS STRING) AS received,
    o.month,
    o.channel,
    o.monitor,
    o.report_id,
    o.size,
    o.origin_ip,
    o.country,
    o.network,
    o.from_address,
    o.from_name,
    o.from_domain,
    o.subject,
    o.language
FROM campaign_members AS m
INNER JOIN observations AS o ON o.arrival_id = m.arrival_id AND o.generation = m.generation
WHERE
    m.campaign = :campaign
    AND m.month = :month
    AND m.generation = :generation
    AND o.month = :month
    AND m.run = (
        SELECT MAX(run) FROM campaign_members WHERE generation = :generation AND month = :month
    )
ORDER BY o.received_at DESC NULLS LAST, o.arrival_id DESC NULLS LAST
LIMIT 500
