"""`python -m lab`: a lab to explore, until Ctrl-C.

`python -m lab remove` removes the cached image, `python -m lab possible` says whether this machine can have one (exit code 0).
"""

from __future__ import annotations

import signal
import sys

from lab import image, needs
from lab.commands import LabError
from lab.house import Lab, standing


def main() -> None:
    """Boots a lab, prints where everything is, and waits."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        if sys.argv[1:] == ["possible"]:
            sys.exit(needs.why_not())
        if sys.argv[1:] == ["remove"]:
            image.remove()
            return
        with standing() as lab:
            sys.stdout.write(_addresses(lab))
            sys.stdout.flush()
            signal.pause()
    except KeyboardInterrupt:
        sys.stdout.write("\n")
    except LabError as error:
        sys.exit(f"lab: {error}")


def _addresses(lab: Lab) -> str:
    address, estate, secrets = lab.address, lab.estate, lab.home / "secrets"
    return f"""\
LAB: a made-up system on a real Debian machine inside this one

  shell        ssh -F {estate}/ssh_config {address}
  website      https://{address}/                  (authorities: {lab.home}/tls/trust.pem)
  admin panel  https://{address}/admin             (user compliance, password in {secrets}/compliance)
  API          https://{address}/api/health
  status page  https://{address}:8443/api/status
  database     PGPASSWORD=$(cat {secrets}/neff_monitor) psql -h {address} -U neff_monitor neff_paving_admin
  Prometheus   http://{address}:9090/
  outside      payments {lab.ports.payments}, bookings {lab.ports.bookings}, mail {lab.ports.mail}: stand-ins on 127.0.0.1
  estate       {estate}

Look at it from another terminal:  pytest -m daily --estate={estate}
Stop it with Ctrl-C.
"""


if __name__ == "__main__":
    main()
