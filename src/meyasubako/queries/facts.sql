-- One row an observation, in the shape that figures and roll-ups read: what is counted stands as a number.
SELECT
    generation,
    month,
    day,
    channel,
    monitor_class,
    country,
    asn,
    network,
    language,
    category,
    report_id,
    auth_spf,
    auth_dkim,
    auth_dmarc,
    auth_arc,
    dynamic_pool,
    analysis_version,
    country_data_date,
    1 AS mails,
    CASE WHEN first_of_bytes THEN 1 ELSE 0 END AS distinct_mails,
    CASE WHEN language = 'ja' THEN 1 ELSE 0 END AS japanese
FROM observations
