"""A mail server that takes part in a session and takes no message: EHLO, STARTTLS, NOOP, QUIT.

`python -m sandbox.mail PORT HOME [--no-tls]`, with the certificate in HOME/tls.
"""

import argparse
import asyncio
import logging
import ssl
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

REFUSAL = "550 5.7.1 This server takes no messages"
NAME = "mail.neffpaving.test"


class Refusal:
    """Refuses every sender, so that no message can follow."""

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name for it
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """The answer to MAIL FROM."""
        return REFUSAL


async def serve(port: int, tls: ssl.SSLContext | None) -> None:
    """Serve on 127.0.0.1 until the task is cancelled."""
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, _context: None)  # what it would report are clients that went away
    server = await loop.create_server(lambda: SMTP(Refusal(), hostname=NAME, tls_context=tls), "127.0.0.1", port)
    await server.serve_forever()


def certificate(home: Path) -> ssl.SSLContext:
    """The TLS settings for the certificate of the sandbox at `home`."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(home / "tls" / "server.pem", home / "tls" / "server.key")
    return context


def main() -> None:
    """Serve until SIGTERM, as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("home", type=Path)
    parser.add_argument("--no-tls", action="store_true")
    asked = parser.parse_args()
    logging.disable()
    asyncio.run(serve(asked.port, None if asked.no_tls else certificate(asked.home)))


if __name__ == "__main__":
    main()
