"""The payment provider's stand-in: localstripe on the loopback address only, its state in memory only.

`python -m sandbox.payments PORT`. As it comes, localstripe listens on every address and keeps a file under /tmp.
"""

import sys
from typing import Any

from aiohttp import web
from localstripe import resources


def main(port: int) -> None:
    """Serve until SIGTERM."""
    _keep_in_memory(resources.Store)
    from localstripe.server import app  # after: importing it may store objects

    web.run_app(app, host="127.0.0.1", port=port, access_log=None, print=None, shutdown_timeout=0.5)


def _keep_in_memory(store: Any) -> None:
    """Take from a store its way to and from the disk."""
    store.dump_to_disk = store.try_load_from_disk = lambda self: None


if __name__ == "__main__":
    main(int(sys.argv[1]))
