-- Observations by what an officer asks for; an empty value asks for nothing. Needles are in lower case. Links are
-- looked through as one text, which finds too much (a host that merely ends alike): the caller looks again.
SELECT
    arrival_id,
    sha256,
    received_at,
    CAST(received_at AS STRING) AS received,
    month,
    channel,
    monitor,
    report_id,
    size,
    origin_ip,
    country,
    network,
    from_address,
    from_name,
    from_domain,
    subject,
    language,
    links
FROM observations
WHERE
    generation = :generation
    AND month BETWEEN :first AND :last
    AND (:channel = '' OR channel = :channel)
    AND (
        :sender = ''
        OR POSITION(:sender IN LOWER(COALESCE(from_address, ''))) > 0
        OR POSITION(:sender IN LOWER(COALESCE(from_name, ''))) > 0
    )
    AND (
        :domain = ''
        OR from_domain = :domain
        OR from_domain LIKE CONCAT('%.', :domain)
        OR POSITION(:domain IN LOWER(CAST(links AS STRING))) > 0
    )
    AND (:url = '' OR POSITION(:url IN LOWER(CAST(links AS STRING))) > 0)
    AND (:ip = '' OR origin_ip = :ip)
    AND (:network = '' OR origin_ip LIKE CONCAT(:network, '%'))
    AND (:subject = '' OR POSITION(:subject IN LOWER(COALESCE(subject, ''))) > 0)
    AND (received_at < :before OR (received_at = :before AND arrival_id < :before_id))
