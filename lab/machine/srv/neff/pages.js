"use strict";

// The website's pages, and what it offers.

const SERVICES = [
  { id: "driveways", name: "Driveway paving", from_cents_per_square_foot: 700, days: 2 },
  { id: "parking-lots", name: "Parking lots", from_cents_per_square_foot: 520, days: 5 },
  { id: "sealcoating", name: "Sealcoating", from_cents_per_square_foot: 35, days: 1 },
  { id: "repair", name: "Crack and pothole repair", from_cents_per_square_foot: 410, days: 1 },
  { id: "patios", name: "Paver patios and walkways", from_cents_per_square_foot: 1650, days: 4 },
];
const TESTIMONIALS = [
  { author: "Dana R.", town: "Millbrook", stars: 5, text: "On time, tidy, and the driveway drains at last." },
  { author: "Luis M.", town: "Harlow", stars: 5, text: "The estimate was the bill. That is rare." },
  { author: "Priya S.", town: "Eastfield", stars: 4, text: "A day late for rain, and they told us before." },
];
const FINISHED = {
  driveway: "A driveway with a yellow line, up to a red house",
  "parking-lot": "A parking lot with ten marked places",
  patio: "A patio of grey slabs before a house",
};
const COLUMNS = ["created_at", "severity", "type", "message", "channel", "status", "acknowledged_by"];
const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function escape(value) {
  return String(value ?? "").replace(/[&<>"']/g, (character) => ESCAPES[character]);
}

function page(title, content, script) {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<meta name="description" content="Neff Paving, paving contractor">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/assets/site.css">
<script src="/assets/${script}" defer></script>
</head>
<body>
<header><strong>Neff Paving</strong><nav><a href="/">Home</a><a href="/admin">Staff</a></nav></header>
<main>
${content}
</main>
<footer>© <span data-year>2026</span> Neff Paving</footer>
</body>
</html>
`;
}

function home(jobs) {
  const services = SERVICES.map((service) => `<li>${escape(service.name)}</li>`).join("");
  const voices = TESTIMONIALS.map((said) => `<li>“${escape(said.text)}” ${escape(said.author)}</li>`).join("");
  // Further down: a browser fetches them when somebody scrolls there.
  const picture = ([name, shown]) => `<p><img src="/assets/${name}.webp" width="640" height="320" loading="lazy" alt="${escape(shown)}"></p>`;
  return page(
    "Neff Paving: driveways, parking lots, repair",
    `<h1>Paving that stays level</h1>
<img src="/assets/hero.webp" width="640" height="320" alt="A newly paved road with a roller beside it">
<p>Neff Paving has finished ${jobs} jobs for homes and businesses, from the first stone to the last seal.</p>
<h2>What we do</h2>
<ul>${services}</ul>
<h2>What customers say</h2>
<ul>${voices}</ul>
<h2>Ask for a call</h2>
<form data-call><label for="phone">Your phone number</label><input id="phone" name="phone" type="tel" required>
<button>Call me back</button><output></output></form>
<h2>Finished lately</h2>
${Object.entries(FINISHED).map(picture).join("\n")}`,
    "site.js",
  );
}

function admin() {
  return page(
    "Neff Paving Admin",
    `<h1>Neff Paving Admin</h1>
<form action="/api/auth/login" method="post" data-next="/admin/alerts">
<label for="username">User name</label><input id="username" name="username" autocomplete="username" required>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button>Sign in</button><output></output></form>`,
    "admin.js",
  );
}

function alerts(rows) {
  const head = COLUMNS.map((column) => `<th>${column.replaceAll("_", " ")}</th>`).join("");
  const cell = (value) => `<td>${escape(value instanceof Date ? value.toISOString() : value)}</td>`;
  const lines = rows.map((row) => `<tr>${COLUMNS.map((column) => cell(row[column])).join("")}</tr>`).join("\n");
  return page("Alerts: Neff Paving Admin", `<h1>Alerts</h1>\n<table><thead><tr>${head}</tr></thead><tbody>\n${lines}\n</tbody></table>`, "admin.js");
}

function error(title) {
  return `<!doctype html>\n<html lang="en"><title>${escape(title)}</title><h1>${escape(title)}</h1></html>\n`;
}

module.exports = { SERVICES, TESTIMONIALS, admin, alerts, error, home };
