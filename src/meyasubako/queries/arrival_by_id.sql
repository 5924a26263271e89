-- One arrival by its id, its time as text.
SELECT
    arrival_id,
    sha256,
    CAST(received_at AS STRING) AS received,
    received_at_source,
    month,
    channel,
    monitor,
    monitor_class,
    carrier,
    envelope_from,
    envelope_to,
    client_ip,
    client_port,
    helo,
    tls,
    report_id,
    origin_path
FROM arrivals
WHERE arrival_id = :arrival_id
LIMIT 1
