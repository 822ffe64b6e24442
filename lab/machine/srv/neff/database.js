"use strict";

// What the website asks its database, and the application log that its failures end up in.

const fs = require("node:fs");
const { Pool } = require("pg");

const LOG = "/var/log/neffpaving/error.log";
const pool = new Pool({ max: 4, connectionTimeoutMillis: 2000, statement_timeout: 2000, application_name: "neff-site" });
pool.on("error", (error) => log("ERROR", "api", "DATABASE_ERROR", failure(error)));

const CALENDLY = `
  SELECT finished_at > now() - interval '1 hour' AS recent FROM public.integration_syncs
  WHERE integration = 'calendly' AND status = 'succeeded' AND finished_at IS NOT NULL
  ORDER BY started_at DESC LIMIT 1`;
const BOOKED = `
  SELECT appointment_date::text AS day, count(*)::int AS booked FROM public.appointments
  WHERE appointment_date BETWEEN $1 AND $2 AND status IN ('scheduled', 'confirmed')
  GROUP BY appointment_date`;
const RATES = `
  SELECT round(avg(amount_cents::numeric / square_feet))::int AS cents, count(*)::int AS estimates
  FROM (SELECT amount_cents, square_feet FROM public.estimates ORDER BY id DESC LIMIT 200) AS newest
  WHERE square_feet > 0`;
const PROJECTS = `
  SELECT id, starts_on::text AS started, ends_on::text AS finished FROM public.job_schedules
  WHERE ends_on < current_date AND id < $1 ORDER BY id DESC LIMIT $2`;
const ALERTS = `
  SELECT h.id, t.name AS type, h.severity, h.message, h.channel, h.status, h.created_at, h.acknowledged_at, h.acknowledged_by
  FROM public.alert_history AS h JOIN public.alert_types AS t ON t.id = h.alert_type_id
  ORDER BY h.created_at DESC LIMIT 50`;

/** One line an event: `2026-11-23T12:45:01.123Z ERROR [api] CODE text`. */
function log(level, component, code, text) {
  fs.appendFile(LOG, `${new Date().toISOString()} ${level} [${component}] ${code} ${String(text).replace(/\s+/g, " ")}\n`, () => {});
}

/** What a database error was, in words fit for a log: no addresses, no values. */
function failure(error) {
  if (error.code === "57014") return "query took longer than 2 s";
  return /^[0-9A-Z]{5}$/.test(error.code || "") ? `query failed: ${error.code}` : "could not connect to the database";
}

async function rows(query, values = []) {
  return (await pool.query(query, values)).rows;
}

async function row(query, values = []) {
  return (await rows(query, values))[0] || {};
}

module.exports = {
  alerts: () => rows(ALERTS),
  booked: (first, last) => rows(BOOKED, [first, last]),
  calendly: () => row(CALENDLY),
  crews: () => row("SELECT count(*)::int AS crew FROM public.crew_members WHERE active"),
  failure,
  finished: () => row("SELECT count(*)::int AS jobs FROM public.job_schedules WHERE ends_on < current_date"),
  log,
  projects: (before, limit) => rows(PROJECTS, [before, limit]),
  rates: () => row(RATES),
  user: (name) => row("SELECT username, password_hash, role FROM public.users WHERE username = $1 AND active", [name]),
};
