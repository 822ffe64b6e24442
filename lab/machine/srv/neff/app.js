"use strict";

// The lab's Neff Paving: website, admin panel and API behind nginx. Kept by pm2, two instances on one port.

const http = require("node:http");
const access = require("./access");
const database = require("./database");
const pages = require("./pages");

const VERSION = "2.4.1";
const SECRET = process.env.JWT_SECRET;
const MOST_BODY = 65_536;
const MOST_DAYS = 60;
const JOBS_A_DAY = 4;
const PROJECTS_A_PAGE = 20;
const MOST_PROJECTS = 50;
const NO_STORE = { "Cache-Control": "no-store" };
const PRIVATE = { "Cache-Control": "private, no-store", Vary: "Authorization, Cookie" };
const FRESH = { "Cache-Control": "no-cache" };
const SHARED = { "Cache-Control": "public, max-age=60" };
const requests = new access.Limiter(Number(process.env.RATE_LIMIT ?? 300));
const signIns = new access.Limiter(Number(process.env.SIGN_IN_LIMIT ?? 20));

const json = (value, status = 200, headers = NO_STORE) => ({ status, body: JSON.stringify(value), type: "application/json", headers });
const html = (text, status = 200, headers = FRESH) => ({ status, body: text, type: "text/html; charset=utf-8", headers });
const refusal = (status, code, message, headers = NO_STORE) => json({ error: { code, message } }, status, headers);

async function health() {
  const services = { database: "connected", calendly: "unavailable", maps: "operational" };
  try {
    if ((await database.calendly()).recent) services.calendly = "operational";
    database.log("INFO", "api", "REQUEST_OK", "health asked");
  } catch (error) {
    services.database = "disconnected";
    database.log("ERROR", "api", "DATABASE_ERROR", database.failure(error));
  }
  const well = Object.values(services).every((state) => state === "connected" || state === "operational");
  const said = { status: well ? "healthy" : "degraded", timestamp: new Date().toISOString(), services, version: VERSION };
  return json(said, well ? 200 : 503);
}

async function availability(request) {
  const asked = request.query.get("days") ?? "14";
  if (!/^\d{1,3}$/.test(asked) || asked < 1 || asked > MOST_DAYS) return refusal(400, "INVALID_REQUEST", `days must be 1 to ${MOST_DAYS}`);
  const dates = Array.from({ length: Number(asked) }, (_, n) => new Date(Date.now() + n * 86_400_000).toISOString().slice(0, 10));
  const found = await database.booked(dates[0], dates.at(-1));
  const booked = Object.fromEntries(found.map((row) => [row.day, row.booked]));
  return json({ days: dates.map((date) => ({ date, booked: booked[date] || 0, free: Math.max(0, JOBS_A_DAY - (booked[date] || 0)) })) }, 200, SHARED);
}

async function projects(request) {
  const asked = request.query.get("limit") ?? String(PROJECTS_A_PAGE);
  const before = request.query.get("before") ?? String(2 ** 31 - 1);
  if (![asked, before].every((each) => /^[1-9]\d{0,9}$/.test(each) && each < 2 ** 31)) {
    return refusal(400, "INVALID_REQUEST", "limit and before must be whole numbers above 0");
  }
  const limit = Math.min(asked, MOST_PROJECTS);
  const found = await database.projects(Number(before), limit + 1);
  return json({ projects: found.slice(0, limit), next: found.length > limit ? found[limit - 1].id : null }, 200, SHARED);
}

async function rates() {
  const newest = await database.rates();
  const list = Object.fromEntries(pages.SERVICES.map((service) => [service.id, service.from_cents_per_square_foot]));
  return json({ currency: "USD", list, recent: { cents_per_square_foot: newest.cents || 0, estimates: newest.estimates } }, 200, SHARED);
}

function claims(request) {
  const [scheme, bearer] = (request.headers.authorization || "").split(" ");
  const cookie = /(?:^|;\s*)session=([^;]+)/.exec(request.headers.cookie || "");
  const token = scheme.toLowerCase() === "bearer" ? bearer : cookie && cookie[1];
  return token ? access.readToken(SECRET, token) : null;
}

async function alerts(request) {
  if (!claims(request)) {
    const challenge = { "WWW-Authenticate": 'Bearer realm="Neff Paving Admin"', ...PRIVATE };
    return request.api ? refusal(401, "UNAUTHENTICATED", "Sign in first", challenge) : html(pages.error("Sign in first"), 401, challenge);
  }
  const rows = await database.alerts();
  return request.api ? json({ alerts: rows }, 200, PRIVATE) : html(pages.alerts(rows), 200, PRIVATE);
}

async function signIn(request) {
  let given;
  try {
    given = JSON.parse(request.body);
  } catch {
    return refusal(400, "INVALID_REQUEST", "username and password are needed");
  }
  const user = await database.user(String(given?.username));
  if (!user.username || !access.verify(String(given.password), user.password_hash)) {
    return refusal(401, "INVALID_CREDENTIALS", "wrong username or password");
  }
  const token = access.makeToken(SECRET, user.username, user.role);
  const cookie = `session=${token}; Path=/; Max-Age=${access.TOKEN_LIFE_S}; HttpOnly; Secure; SameSite=Strict`;
  return json({ token, expires_in: access.TOKEN_LIFE_S }, 200, { ...NO_STORE, "Set-Cookie": cookie });
}

const ROUTES = {
  "GET /": async () => html(pages.home((await database.finished()).jobs)),
  "GET /admin": async () => html(pages.admin()),
  "GET /admin/alerts": alerts,
  "GET /api/admin/alerts": alerts,
  "GET /api/health": health,
  "GET /api/services": async () => json({ services: pages.SERVICES, ...(await database.crews()) }, 200, SHARED),
  "GET /api/availability": availability,
  "GET /api/testimonials": async () => json({ testimonials: pages.TESTIMONIALS }, 200, SHARED),
  "GET /api/estimate-rates": rates,
  "GET /api/projects": projects,
  "POST /api/auth/login": signIn,
};

async function routed(request) {
  const route = ROUTES[`${request.method === "HEAD" ? "GET" : request.method} ${request.path}`];
  if (!route) return request.api ? refusal(404, "NOT_FOUND", "Page not found") : html(pages.error("Page not found"), 404, NO_STORE);
  try {
    return await route(request);
  } catch (error) {
    database.log("ERROR", request.api ? "api" : "web", "DATABASE_ERROR", database.failure(error));
    return request.api ? refusal(503, "DATABASE_ERROR", "Something went wrong") : html(pages.error("Something went wrong"), 500, NO_STORE);
  }
}

/** The answer with its rate limits: 300 API requests and 20 sign-ins in 15 minutes from one address. */
async function answered(request) {
  if (!request.api) return routed(request);
  const counted = [requests.count(request.address)];
  if (request.path === "/api/auth/login") counted.push(signIns.count(request.address));
  const allowance = counted.at(-1);
  const exceeded = counted.some((each) => each.exceeded);
  const answer = exceeded ? refusal(429, "RATE_LIMITED", "too many requests from this address") : await routed(request);
  return { ...answer, headers: { ...answer.headers, ...allowance.headers } };
}

async function serve(incoming, outgoing) {
  const url = new URL(incoming.url, "http://site");
  let body = "";
  for await (const chunk of incoming) if (body.length < MOST_BODY) body += chunk;
  const address = incoming.headers["x-real-ip"] || incoming.socket.remoteAddress;
  const request = { method: incoming.method, path: url.pathname, query: url.searchParams, headers: incoming.headers, body, address };
  const answer = await answered({ ...request, api: url.pathname.startsWith("/api/") });
  const length = Buffer.byteLength(answer.body);
  outgoing.writeHead(answer.status, { "Content-Type": answer.type, "Content-Length": length, ...answer.headers });
  outgoing.end(incoming.method === "HEAD" ? undefined : answer.body);
}

http
  // nginx closes an idle connection after 60 s. Whoever closes first must not be us: it would ask the very moment we hang up.
  .createServer({ keepAliveTimeout: 75_000 }, (incoming, outgoing) => serve(incoming, outgoing).catch(() => outgoing.destroy()))
  .listen(3001 + Number(process.env.NODE_APP_INSTANCE || 0), "127.0.0.1"); // a port for each instance: nginx balances
