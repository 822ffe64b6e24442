"use strict";

// Who may use the website how often: passwords, session tokens and rate limits.

const crypto = require("node:crypto");

const TOKEN_LIFE_S = 900;
const WINDOW_MS = 900_000;

/** Whether the password is the one that was hashed as `pbkdf2_sha256$<iterations>$<salt hex>$<hash hex>`. */
function verify(password, hashed) {
  const [scheme, iterations, salt, expected] = String(hashed).split("$");
  if (scheme !== "pbkdf2_sha256") return false;
  const wanted = Buffer.from(expected, "hex");
  const derived = crypto.pbkdf2Sync(password, Buffer.from(salt, "hex"), Number(iterations), wanted.length, "sha256");
  return crypto.timingSafeEqual(derived, wanted);
}

function signature(secret, signed) {
  return crypto.createHmac("sha256", secret).update(signed).digest("base64url");
}

function encoded(value) {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

/** A JSON web token (HS256) that ends after TOKEN_LIFE_S seconds. */
function makeToken(secret, subject, role) {
  const now = Math.floor(Date.now() / 1000);
  const signed = `${encoded({ alg: "HS256", typ: "JWT" })}.${encoded({ sub: subject, role, iat: now, exp: now + TOKEN_LIFE_S })}`;
  return `${signed}.${signature(secret, signed)}`;
}

/** The claims of a token, null when it is not one of ours or has ended. */
function readToken(secret, token) {
  const parts = token.split(".");
  if (parts.length !== 3) return null;
  const expected = Buffer.from(signature(secret, `${parts[0]}.${parts[1]}`));
  const given = Buffer.from(parts[2]);
  if (given.length !== expected.length || !crypto.timingSafeEqual(given, expected)) return null;
  const claims = JSON.parse(Buffer.from(parts[1], "base64url"));
  return claims.exp > Date.now() / 1000 ? claims : null;
}

/** Counts the requests of each address in windows of 15 minutes; each instance counts its own. */
class Limiter {
  constructor(limit) {
    this.limit = limit;
    this.windows = new Map();
  }

  count(address) {
    const now = Date.now();
    const known = this.windows.get(address);
    const window = known && now - known.started < WINDOW_MS ? known : { started: now, used: 0 };
    window.used += 1;
    this.windows.set(address, window);
    const reset = Math.ceil((window.started + WINDOW_MS - now) / 1000);
    const headers = { "RateLimit-Limit": this.limit, "RateLimit-Remaining": Math.max(0, this.limit - window.used), "RateLimit-Reset": reset };
    return { exceeded: window.used > this.limit, headers: window.used > this.limit ? { ...headers, "Retry-After": reset } : headers };
  }
}

module.exports = { Limiter, TOKEN_LIFE_S, makeToken, readToken, verify };
