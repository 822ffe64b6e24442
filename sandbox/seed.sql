-- A year of plausible data up to :now, the same for the same moment. Applied once, as neff_admin, to the empty schema.
-- {now} is the moment that is the present, {password_hash} the sign-in of the suite's own account.

SELECT setseed(0.42);

INSERT INTO roles (role_name) VALUES ('administrator'), ('dispatcher'), ('estimator'), ('auditor');
INSERT INTO permissions (permission_name)
VALUES ('customers.read'), ('customers.write'), ('schedule.write'), ('estimates.write'), ('alerts.read'), ('users.manage');
INSERT INTO role_permissions (role_id, permission_id)
SELECT r.id, p.id
FROM roles AS r
INNER JOIN permissions AS p
    ON (r.role_name, p.permission_name) IN (
        ('administrator', 'users.manage'), ('administrator', 'alerts.read'), ('administrator', 'customers.write'),
        ('dispatcher', 'customers.read'), ('dispatcher', 'schedule.write'), ('estimator', 'customers.read'),
        ('estimator', 'estimates.write'), ('auditor', 'alerts.read'), ('auditor', 'customers.read')
    );

INSERT INTO users (username, email, password_hash, role, last_login, created_at)
VALUES
('dreyes', 'dana.reyes@neffpaving.example', 'unusable', 'administrator', {now} - INTERVAL '2 days', {now} - INTERVAL '1 year'),
('mokafor', 'maya.okafor@neffpaving.example', 'unusable', 'dispatcher', {now} - INTERVAL '5 hours', {now} - INTERVAL '1 year'),
('tlind', 'tom.lind@neffpaving.example', 'unusable', 'dispatcher', {now} - INTERVAL '9 hours', {now} - INTERVAL '8 months'),
('psingh', 'priya.singh@neffpaving.example', 'unusable', 'estimator', {now} - INTERVAL '1 day', {now} - INTERVAL '7 months'),
('jcole', 'jamal.cole@neffpaving.example', 'unusable', 'estimator', {now} - INTERVAL '4 days', {now} - INTERVAL '2 months'),
('compliance', 'compliance@neffpaving.example', {password_hash}, 'auditor', {now} - INTERVAL '1 day', {now} - INTERVAL '1 year');
-- Left in summer: no longer active, kept for the audit log.
INSERT INTO users (username, email, password_hash, role, active, last_login, created_at)
VALUES
('rquinn', 'rosa.quinn@neffpaving.example', 'unusable', 'dispatcher', false, {now} - INTERVAL '130 days', {now} - INTERVAL '1 year');
INSERT INTO user_roles (user_id, role_id)
SELECT u.id, r.id
FROM users AS u
INNER JOIN roles AS r ON u.role = r.role_name
WHERE u.active;

INSERT INTO customers (name, email, phone, address, created_at)
SELECT
    (ARRAY['Ann', 'Bob', 'Cy', 'Dee', 'Eli', 'Fay', 'Gus', 'Ida'])[1 + floor(random() * 8)::int] || ' '
    || (ARRAY['Adler', 'Brook', 'Castle', 'Dunn', 'Ellis', 'Frost', 'Grant', 'Hale'])[1 + floor(random() * 8)::int],
    'customer' || n || '@example.com',
    '(312) 555-' || lpad((100 + n % 100)::text, 4, '0'),
    n || ' ' || (ARRAY['Oak', 'Elm', 'Ash', 'Maple'])[1 + n % 4] || ' Street',
    {now} - INTERVAL '500 days' * (1 - n / 1650.0)
FROM generate_series(1, 1649) AS n;

INSERT INTO crew_members (name, trade)
SELECT 'Crew member ' || n, (ARRAY['asphalt', 'concrete', 'grading', 'sealing'])[1 + n % 4]
FROM generate_series(1, 12) AS n;

INSERT INTO appointments (customer_id, appointment_date, service, status, calendly_event, synced_at, created_at)
SELECT
    1 + floor(random() * 1198)::int,
    (a.booked + INTERVAL '9 days')::date,
    (ARRAY['driveway', 'parking lot', 'sealcoating', 'repair'])[1 + n % 4],
    CASE
        WHEN a.booked + INTERVAL '9 days' >= {now} THEN (ARRAY['scheduled', 'confirmed'])[1 + n % 2]
        WHEN n % 17 = 0 THEN 'cancelled' ELSE 'completed'
    END,
    CASE WHEN n % 3 = 0 THEN 'https://api.calendly.com/scheduled_events/' || md5(n::text) END,
    CASE WHEN n % 3 = 0 THEN a.booked + INTERVAL '40 seconds' END,
    a.booked
FROM generate_series(1, 3000) AS n
CROSS JOIN LATERAL (SELECT {now} - INTERVAL '365 days' * (1 - n / 3001.0) AS booked) AS a;

INSERT INTO estimates (customer_id, amount_cents, square_feet, created_at)
SELECT
    1 + floor(random() * 1198)::int,
    50000 + floor(random() * 2500000)::int,
    200 + floor(random() * 9000)::int,
    {now} - INTERVAL '365 days' * (1 - n / 1501.0)
FROM generate_series(1, 1500) AS n;

INSERT INTO contracts (estimate_id, customer_id, signed_at, terms)
SELECT id, customer_id, created_at + INTERVAL '3 days', 'Net 30 days; two years on workmanship. ' || md5(id::text)
FROM estimates
WHERE id % 2 = 0;

INSERT INTO job_schedules (contract_id, crew_member_id, starts_on, ends_on)
SELECT id, 1 + id % 12, (signed_at + INTERVAL '10 days')::date, (signed_at + INTERVAL '12 days')::date
FROM contracts;

INSERT INTO schedule_changes (job_schedule_id, reason, changed_at)
SELECT id, 'rain', starts_on - INTERVAL '1 day'
FROM job_schedules
WHERE id % 9 = 0;

INSERT INTO payments (intent, customer_id, amount_cents, status, created_at, updated_at)
SELECT
    'pi_' || md5('payment' || n),
    1 + floor(random() * 1198)::int,
    20000 + floor(random() * 900000)::int,
    CASE WHEN n % 23 = 0 THEN 'declined' ELSE 'succeeded' END,
    p.made,
    p.made + INTERVAL '20 seconds'
FROM generate_series(1, 900) AS n
CROSS JOIN LATERAL (SELECT {now} - INTERVAL '365 days' * (1 - n / 901.0) AS made) AS p;

INSERT INTO payment_events (intent, kind, code, created_at, resolved_at)
SELECT
    intent,
    CASE WHEN status = 'declined' THEN 'declined' WHEN id % 300 = 0 THEN 'processing_error' ELSE 'succeeded' END,
    CASE WHEN status = 'declined' THEN 'card_declined' WHEN id % 300 = 0 THEN 'PAYMENT_PROCESSING_FAILED' END,
    updated_at,
    CASE WHEN id % 300 = 0 THEN updated_at + INTERVAL '30 minutes' END
FROM payments;

INSERT INTO webhook_deliveries (provider, event, status, received_at)
SELECT (ARRAY['stripe', 'calendly'])[1 + n % 2], 'event ' || n, 'succeeded', {now} - INTERVAL '60 days' * (1 - n / 601.0)
FROM generate_series(1, 600) AS n;

INSERT INTO alert_types (name, category, severity, priority, channels)
VALUES
('system downtime', 'system', 'critical', 1, '{{email,sms,dashboard}}'),
('database connection failure', 'database', 'critical', 1, '{{email,sms,dashboard}}'),
('payment processing error', 'payments', 'critical', 1, '{{email,sms}}'),
('security breach detection', 'security', 'critical', 1, '{{email,sms,dashboard}}'),
('high resource usage', 'system', 'warning', 2, '{{email,dashboard}}'),
('slow response times', 'system', 'warning', 2, '{{email,dashboard}}'),
('integration sync delay', 'integrations', 'warning', 3, '{{email}}'),
('backup failure', 'backup', 'warning', 2, '{{email}}'),
('usage statistics', 'reports', 'information', 5, '{{email}}'),
('performance trends', 'reports', 'information', 5, '{{email}}'),
('capacity utilisation', 'reports', 'information', 5, '{{email}}'),
('user activity summary', 'reports', 'information', 5, '{{email}}');
INSERT INTO alert_rules (alert_type_id, conditions, channels, recipient_groups, throttle_minutes)
SELECT
    id,
    '{{"for_minutes": 5}}',
    channels,
    CASE WHEN severity = 'critical' THEN '{{operations,emergency}}'::text [] ELSE '{{operations}}' END,
    CASE severity WHEN 'critical' THEN 0 WHEN 'warning' THEN 30 ELSE 1440 END
FROM alert_types;
INSERT INTO email_templates (alert_type_id, subject, body) SELECT id, name, 'Please look at: ' || name FROM alert_types;
INSERT INTO sms_templates (alert_type_id, body) SELECT id, name FROM alert_types WHERE severity = 'critical';

INSERT INTO notification_recipients (group_name, name, email, phone)
VALUES
('emergency', 'Dana Reyes', 'dana.reyes@neffpaving.example', '(312) 867-5309'),
('emergency', 'Maya Okafor', 'maya.okafor@neffpaving.example', '+1 312 744 5000'),
('emergency', 'Tom Lind', 'tom.lind@neffpaving.example', '312-726-7456'),
('operations', 'Operations desk', 'admin@neffpaving.example', NULL),
('management', 'Priya Singh', 'priya.singh@neffpaving.example', NULL),
('dispatch', 'Dispatch desk', 'dispatch@neffpaving.example', NULL);

INSERT INTO backup_statistics (backup_date, file_name, backup_size_gb, size_bytes, status)
SELECT d::date, to_char(d, 'YYYYMMDD') || '_020005.dump', 0.0003 + 0.000001 * n, 300000 + 1000 * n, 'ok'
FROM generate_series({now} - INTERVAL '120 days', {now} - INTERVAL '32 days', INTERVAL '1 day') WITH ORDINALITY AS s (d, n);

INSERT INTO schema_versions (version, description, applied_at)
VALUES (1, 'first schema', {now} - INTERVAL '1 year'), (2, 'alert system', {now} - INTERVAL '5 months');
INSERT INTO system_config (key, value) VALUES ('time_zone', 'America/Chicago'), ('maintenance', 'off');
