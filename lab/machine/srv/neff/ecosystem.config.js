"use strict";

// Two instances in pm2's cluster mode, as the maintenance guide's system runs them; nginx asks each at a port of its own.
module.exports = {
  apps: [{ name: "neff-paving", script: "/srv/neff/app.js", exec_mode: "cluster", instances: 2, max_restarts: 10, min_uptime: 5000 }],
};
