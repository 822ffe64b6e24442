-- Brings every series of the sandbox up to {now}, from its last entry on; what retention removes goes. The same statements make
-- the series the first time, and do next to nothing when the last time was a minute ago.

INSERT INTO uptime_checks (target, checked_at, up)
SELECT 'website', m, m NOT BETWEEN s.outage AND s.outage + INTERVAL '1 minute'
FROM (
    SELECT
        greatest(
            coalesce((SELECT max(checked_at) + INTERVAL '1 minute' FROM uptime_checks WHERE target = 'website'), '-infinity'),
            date_trunc('minute', {now}) - INTERVAL '31 days'
        ) AS first,
        date_trunc('day', {now}) - INTERVAL '6 days' + INTERVAL '3 hours' AS outage
) AS s
CROSS JOIN generate_series(s.first, {now}, INTERVAL '1 minute') AS m;
DELETE FROM uptime_checks WHERE checked_at < {now} - INTERVAL '40 days';

INSERT INTO integration_syncs (integration, operation, status, error, started_at, finished_at)
SELECT
    (ARRAY['calendly', 'stripe', 'maps'])[1 + n % 3],
    'poll',
    CASE WHEN n % 1201 = 700 THEN 'failed' ELSE 'succeeded' END,
    CASE WHEN n % 1201 = 700 THEN 'CALENDLY_API_ERROR' END,
    m,
    m + INTERVAL '3 seconds'
FROM (
    SELECT
        greatest(
            coalesce((SELECT max(started_at) + INTERVAL '1 minute' FROM integration_syncs WHERE integration <> 'planted'), '-infinity'),
            date_trunc('minute', {now}) - INTERVAL '3 days'
        ) AS first
) AS s
CROSS JOIN generate_series(s.first, {now} - INTERVAL '5 seconds', INTERVAL '1 minute') AS m
CROSS JOIN LATERAL (SELECT (extract(EPOCH FROM m) / 60)::bigint AS n) AS k;
DELETE FROM integration_syncs WHERE started_at < {now} - INTERVAL '10 days';

INSERT INTO audit_logs (user_id, action, detail, created_at)
SELECT 1 + n % 6, (ARRAY['login', 'customer.update', 'estimate.create', 'schedule.change'])[1 + n % 4], md5(m::text), m
FROM (
    SELECT greatest(coalesce((SELECT max(created_at) + INTERVAL '20 minutes' FROM audit_logs), '-infinity'), {now} - INTERVAL '85 days')
        AS first
) AS s
CROSS JOIN generate_series(s.first, {now}, INTERVAL '20 minutes') AS m
CROSS JOIN LATERAL (SELECT (extract(EPOCH FROM m) / 1200)::bigint AS n) AS k;
DELETE FROM audit_logs WHERE created_at < {now} - INTERVAL '88 days';

INSERT INTO session_logs (user_id, address, created_at)
SELECT 1 + n % 6, ('198.51.100.' || 1 + n % 200)::inet, m
FROM (
    SELECT
        greatest(coalesce((SELECT max(created_at) + INTERVAL '15 minutes' FROM session_logs), '-infinity'), {now} - INTERVAL '27 days')
        AS first
) AS s
CROSS JOIN generate_series(s.first, {now}, INTERVAL '15 minutes') AS m
CROSS JOIN LATERAL (SELECT (extract(EPOCH FROM m) / 900)::bigint AS n) AS k;
DELETE FROM session_logs WHERE created_at < {now} - INTERVAL '29 days';

INSERT INTO alert_history (alert_type_id, severity, message, channel, recipient, status, error, created_at, sent_at, acknowledged_at, acknowledged_by)
SELECT
    t.id,
    t.severity,
    t.name,
    t.channels[1 + n % cardinality(t.channels)],
    'operations',
    CASE WHEN n % 41 = 0 THEN 'throttled' WHEN n % 7 = 0 THEN 'sent' ELSE 'delivered' END,
    NULL,
    m,
    m + INTERVAL '4 seconds',
    m + INTERVAL '12 minutes',
    'mokafor'
FROM (
    SELECT
        greatest(
            coalesce((SELECT max(created_at) + INTERVAL '5 hours' FROM alert_history WHERE acknowledged_by IS NOT NULL), '-infinity'),
            {now} - INTERVAL '30 days'
        ) AS first
) AS s
CROSS JOIN generate_series(s.first, {now} - INTERVAL '2 hours', INTERVAL '5 hours') AS m
CROSS JOIN LATERAL (SELECT (extract(EPOCH FROM m) / 18000)::bigint AS n) AS k
INNER JOIN alert_types AS t ON t.id = 1 + n % 12;
DELETE FROM alert_history WHERE acknowledged_by IS NULL OR created_at < {now} - INTERVAL '60 days';
INSERT INTO alert_history (alert_type_id, severity, message, channel, recipient, status, created_at, sent_at)
SELECT id, severity, name, 'dashboard', 'operations', 'sent', {now} - INTERVAL '15 minutes', {now} - INTERVAL '15 minutes'
FROM alert_types
WHERE name = 'slow response times';

INSERT INTO appointments (customer_id, appointment_date, service, status, calendly_event, synced_at, created_at)
SELECT
    1 + n % 1000,
    (m + INTERVAL '9 days')::date,
    'driveway',
    'scheduled',
    'https://api.calendly.com/scheduled_events/' || md5(m::text),
    m + INTERVAL '40 seconds',
    m
FROM (
    SELECT
        greatest(
            coalesce((SELECT max(created_at) + INTERVAL '3 hours' FROM appointments WHERE calendly_event IS NOT NULL), '-infinity'),
            {now} - INTERVAL '60 days'
        ) AS first
) AS s
CROSS JOIN generate_series(s.first, {now} - INTERVAL '20 minutes', INTERVAL '3 hours') AS m
CROSS JOIN LATERAL (SELECT (extract(EPOCH FROM m) / 10800)::bigint AS n) AS k;

INSERT INTO webhook_deliveries (provider, event, status, received_at)
SELECT (ARRAY['stripe', 'calendly'])[1 + n % 2], 'event at ' || m, 'succeeded', m
FROM (SELECT coalesce((SELECT max(received_at) + INTERVAL '3 hours' FROM webhook_deliveries), {now}) AS first) AS s
CROSS JOIN generate_series(s.first, {now}, INTERVAL '3 hours') AS m
CROSS JOIN LATERAL (SELECT (extract(EPOCH FROM m) / 10800)::bigint AS n) AS k;

INSERT INTO payments (intent, customer_id, amount_cents, status, created_at, updated_at)
SELECT 'pi_' || md5('payment' || m), 1 + n % 1000, 20000 + n % 9000, CASE WHEN n % 23 = 0 THEN 'declined' ELSE 'succeeded' END, m, m
FROM (SELECT coalesce((SELECT max(created_at) + INTERVAL '9 hours' FROM payments WHERE intent <> 'pi_planted'), {now}) AS first) AS s
CROSS JOIN generate_series(s.first, {now}, INTERVAL '9 hours') AS m
CROSS JOIN LATERAL (SELECT (extract(EPOCH FROM m) / 32400)::bigint AS n) AS k;

UPDATE users SET last_login = {now} - INTERVAL '1 day' * (1 + id % 5) WHERE active AND last_login < {now} - INTERVAL '20 days';

INSERT INTO customers (name, email, created_at)
SELECT 'Customer since ' || m::date, 'customer@example.com', m
FROM (SELECT max(created_at) + INTERVAL '438 minutes' AS first FROM customers WHERE created_at <= {now}) AS s
CROSS JOIN generate_series(s.first, {now}, INTERVAL '438 minutes') AS m;

UPDATE appointments SET status = 'completed'
WHERE appointment_date < {now}::date AND status IN ('scheduled', 'confirmed');

-- Work that went through the queue, and a reminder that is not due before tomorrow.
INSERT INTO jobs (queue, status, run_at, started_at, finished_at)
SELECT (ARRAY['mail', 'document', 'sync'])[1 + n % 3], 'done', m, m + INTERVAL '2 seconds', m + INTERVAL '5 seconds'
FROM (
    SELECT greatest(coalesce((SELECT max(run_at) + INTERVAL '20 minutes' FROM jobs WHERE status = 'done'), '-infinity'), {now} - INTERVAL '9 days')
        AS first
) AS s
CROSS JOIN generate_series(s.first, {now} - INTERVAL '10 seconds', INTERVAL '20 minutes') AS m
CROSS JOIN LATERAL (SELECT (extract(EPOCH FROM m) / 1200)::bigint AS n) AS k;
DELETE FROM jobs WHERE status = 'waiting' OR run_at < {now} - INTERVAL '12 days';
INSERT INTO jobs (queue, status, run_at) VALUES ('mail', 'waiting', {now} + INTERVAL '1 day');
