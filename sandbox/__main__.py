"""`python -m sandbox`: a sandbox to explore, until Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import sys
import time

from sandbox.house import Sandbox, standing


def main() -> None:
    """Brings a sandbox up, prints where everything is, and waits."""
    argparse.ArgumentParser(prog="python -m sandbox", description=__doc__).parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    sys.stdout.write("bringing a sandbox up (the first time takes about ten seconds) …\n")
    with standing() as sandbox:
        sys.stdout.write(_addresses(sandbox))
        sys.stdout.flush()
        try:
            while True:
                time.sleep(30)
                sandbox.to_the_present()
        except KeyboardInterrupt:
            sys.stdout.write("\nstopping …\n")


def _addresses(sandbox: Sandbox) -> str:
    ports, home = sandbox.ports, sandbox.home
    password = f"PGPASSWORD=$(cat {home}/secrets/neff_monitor)"
    psql = f"{sandbox.postgres.binaries}/psql -h 127.0.0.1 -p {ports.postgres} -U neff_monitor neff_paving_admin"
    return f"""\
SANDBOX: a made-up system on this machine

  website      https://127.0.0.1:{ports.site}/           (certificate: {home}/tls/ca.pem)
  admin panel  https://127.0.0.1:{ports.site}/admin      (user compliance, password in {home}/secrets/compliance)
  API          https://127.0.0.1:{ports.site}/api/health
  status page  https://127.0.0.1:{ports.status}/api/status
  database     {password} {psql}
  mail server  127.0.0.1:{ports.mail}
  payments     http://127.0.0.1:{ports.payments}/v1/balance   (localstripe)
  bookings     http://127.0.0.1:{ports.bookings}/users/me     (stand-in for Calendly)
  logs         {home}/logs
  backups      {home}/backup
  estate       {sandbox.estate}

Look at it from another terminal:  pytest -m daily --estate={sandbox.estate}
Stop it with Ctrl-C.
"""


if __name__ == "__main__":
    main()
