-- The campaign that the newest run put one arrival into, and what was made of it that month.
SELECT
    m.campaign,
    m.month,
    m.likeness,
    c.mails,
    c.subject,
    c.senders,
    c.first_seen,
    c.last_seen
FROM campaign_members AS m
INNER JOIN campaigns AS c ON m.run = c.run AND m.month = c.month AND m.campaign = c.campaign
WHERE m.arrival_id = :arrival_id AND m.generation = :generation
ORDER BY m.run DESC NULLS LAST
LIMIT 1
