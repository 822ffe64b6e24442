-- The database of a small Neff Paving: the guide's tables and those the real system is known to have.
-- Applied once, as neff_admin, to an empty database. Every table that the checks read has an index its query can use.

CREATE EXTENSION IF NOT EXISTS pg_stat_statements;

CREATE TABLE roles (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    role_name text NOT NULL UNIQUE
);

CREATE TABLE permissions (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    permission_name text NOT NULL UNIQUE
);

CREATE TABLE role_permissions (
    role_id integer NOT NULL REFERENCES roles (id),
    permission_id integer NOT NULL REFERENCES permissions (id),
    PRIMARY KEY (role_id, permission_id)
);
CREATE INDEX idx_role_permissions_permission ON role_permissions (permission_id);

CREATE TABLE users (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    username text NOT NULL UNIQUE,
    email text NOT NULL,
    password_hash text NOT NULL,
    role text NOT NULL,
    active boolean NOT NULL DEFAULT true,
    last_login timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE user_roles (
    user_id integer NOT NULL REFERENCES users (id),
    role_id integer NOT NULL REFERENCES roles (id),
    PRIMARY KEY (user_id, role_id)
);
CREATE INDEX idx_user_roles_role ON user_roles (role_id);

CREATE TABLE customers (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    email text NOT NULL,
    phone text,
    address text,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX idx_customers_created ON customers (created_at);

CREATE TABLE crew_members (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    trade text NOT NULL,
    active boolean NOT NULL DEFAULT true
);

CREATE TABLE appointments (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id integer NOT NULL REFERENCES customers (id),
    appointment_date date NOT NULL,
    service text NOT NULL,
    status text NOT NULL CHECK (status IN ('scheduled', 'confirmed', 'completed', 'cancelled')),
    calendly_event text UNIQUE,
    synced_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX idx_appointments_customer ON appointments (customer_id);
CREATE INDEX idx_appointments_date_status ON appointments (appointment_date, status)
WHERE status IN ('scheduled', 'confirmed');

CREATE TABLE estimates (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id integer NOT NULL REFERENCES customers (id),
    amount_cents integer NOT NULL CHECK (amount_cents > 0),
    square_feet integer NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX idx_estimates_customer ON estimates (customer_id);

CREATE TABLE contracts (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    estimate_id integer NOT NULL REFERENCES estimates (id),
    customer_id integer NOT NULL REFERENCES customers (id),
    signed_at timestamptz,
    terms text NOT NULL
);
CREATE INDEX idx_contracts_estimate ON contracts (estimate_id);
CREATE INDEX idx_contracts_customer ON contracts (customer_id);

CREATE TABLE job_schedules (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    contract_id integer NOT NULL REFERENCES contracts (id),
    crew_member_id integer NOT NULL REFERENCES crew_members (id),
    starts_on date NOT NULL,
    ends_on date NOT NULL,
    CHECK (ends_on >= starts_on)
);
CREATE INDEX idx_job_schedules_contract ON job_schedules (contract_id);
CREATE INDEX idx_job_schedules_crew ON job_schedules (crew_member_id);

CREATE TABLE schedule_changes (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_schedule_id integer NOT NULL REFERENCES job_schedules (id),
    reason text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX idx_schedule_changes_job ON schedule_changes (job_schedule_id);

CREATE TABLE payments (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    intent text NOT NULL UNIQUE,
    customer_id integer NOT NULL REFERENCES customers (id),
    amount_cents integer NOT NULL,
    status text NOT NULL CHECK (status IN ('processing', 'succeeded', 'declined', 'cancelled')),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX idx_payments_customer ON payments (customer_id);
CREATE INDEX idx_payments_status ON payments (status, updated_at);

CREATE TABLE payment_events (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    intent text NOT NULL,
    kind text NOT NULL,
    code text,
    detail text,
    created_at timestamptz NOT NULL DEFAULT now(),
    resolved_at timestamptz
);
CREATE INDEX idx_payment_events_open ON payment_events (created_at) WHERE resolved_at IS NULL;

CREATE TABLE webhook_deliveries (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    provider text NOT NULL,
    event text NOT NULL,
    status text NOT NULL CHECK (status IN ('succeeded', 'failed', 'retrying')),
    attempts integer NOT NULL DEFAULT 1,
    received_at timestamptz NOT NULL DEFAULT now(),
    resolved_at timestamptz
);
CREATE INDEX idx_webhook_deliveries_received ON webhook_deliveries (received_at);

CREATE TABLE integration_syncs (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    integration text NOT NULL,
    operation text NOT NULL,
    status text NOT NULL CHECK (status IN ('in_progress', 'succeeded', 'failed')),
    error text,
    started_at timestamptz NOT NULL,
    finished_at timestamptz
);
CREATE INDEX idx_integration_syncs_started ON integration_syncs (started_at);

CREATE TABLE audit_logs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id integer,
    action text NOT NULL,
    detail text,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX idx_audit_logs_created ON audit_logs (created_at);

CREATE TABLE session_logs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id integer,
    address inet NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX idx_session_logs_created ON session_logs (created_at);

CREATE TABLE alert_types (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    category text NOT NULL,
    severity text NOT NULL,
    priority integer NOT NULL CHECK (priority BETWEEN 1 AND 5),
    channels text [] NOT NULL
);

CREATE TABLE alert_rules (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    alert_type_id integer NOT NULL REFERENCES alert_types (id),
    conditions jsonb NOT NULL,
    channels text [] NOT NULL,
    recipient_groups text [] NOT NULL,
    throttle_minutes integer NOT NULL DEFAULT 0,
    active boolean NOT NULL DEFAULT true
);
CREATE INDEX idx_alert_rules_type ON alert_rules (alert_type_id);

CREATE TABLE alert_history (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    alert_type_id integer NOT NULL REFERENCES alert_types (id),
    severity text NOT NULL,
    message text NOT NULL,
    channel text NOT NULL,
    recipient text,
    status text NOT NULL,
    error text,
    retry_count integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    sent_at timestamptz,
    acknowledged_at timestamptz,
    acknowledged_by text
);
CREATE INDEX idx_alert_history_type ON alert_history (alert_type_id);
CREATE INDEX idx_alert_history_created ON alert_history (created_at);

CREATE TABLE notification_recipients (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    group_name text NOT NULL,
    name text NOT NULL,
    email text NOT NULL,
    phone text,
    active boolean NOT NULL DEFAULT true
);

CREATE TABLE email_templates (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    alert_type_id integer NOT NULL REFERENCES alert_types (id),
    subject text NOT NULL,
    body text NOT NULL
);
CREATE INDEX idx_email_templates_type ON email_templates (alert_type_id);

CREATE TABLE sms_templates (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    alert_type_id integer NOT NULL REFERENCES alert_types (id),
    body text NOT NULL
);
CREATE INDEX idx_sms_templates_type ON sms_templates (alert_type_id);

CREATE TABLE dashboard_notifications (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id integer NOT NULL REFERENCES users (id),
    message text NOT NULL,
    read_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX idx_dashboard_notifications_user ON dashboard_notifications (user_id);

CREATE TABLE uptime_checks (
    target text NOT NULL,
    checked_at timestamptz NOT NULL,
    up boolean NOT NULL,
    PRIMARY KEY (target, checked_at)
);

CREATE TABLE backup_statistics (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    backup_date date NOT NULL,
    file_name text NOT NULL UNIQUE,
    backup_size_gb numeric NOT NULL,
    size_bytes bigint NOT NULL,
    status text NOT NULL
);

CREATE TABLE jobs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    queue text NOT NULL,
    status text NOT NULL CHECK (status IN ('waiting', 'running', 'done', 'failed')),
    run_at timestamptz NOT NULL,
    started_at timestamptz,
    finished_at timestamptz,
    error text
);
CREATE INDEX idx_jobs_open ON jobs (queue, run_at) WHERE status IN ('waiting', 'running');
CREATE INDEX idx_jobs_finished ON jobs (finished_at);

CREATE TABLE schema_versions (
    version integer PRIMARY KEY,
    description text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE system_config (
    key text PRIMARY KEY,
    value text NOT NULL
);

-- Rights: the application writes, the read-only role reads; the row-level policies are the real system's.
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO neff_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO neff_app;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO neff_readonly;

ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
ALTER TABLE contracts ENABLE ROW LEVEL SECURITY;
CREATE POLICY application_sees_all ON customers TO neff_app USING (true) WITH CHECK (true);
CREATE POLICY compliance_counts ON customers FOR SELECT TO neff_monitor USING (true);
CREATE POLICY application_sees_all ON contracts TO neff_app USING (true) WITH CHECK (true);
