"""A DNS server for the made-up domains of the sandbox's contacts; it knows no others.

`python -m sandbox.names PORT`, over UDP.
"""

from __future__ import annotations

import socket
import sys
from contextlib import suppress

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

# Where mail to each domain goes; "0 ." says that a domain takes none (RFC 7505).
MAIL = {
    "neffpaving.example.": "10 mail.neffpaving.example.",
    "hostingprovider.example.": "10 mx.hostingprovider.example.",
    "sslprovider.example.": "10 mx.sslprovider.example.",
    "takes-no-mail.example.": "0 .",
}
TTL_S = 60


def answer(data: bytes) -> bytes:
    """The answer to one query: the mail exchanger of a domain of ours, else that there is no such name."""
    query = dns.message.from_wire(data)
    reply = dns.message.make_response(query)
    reply.flags |= dns.flags.AA
    question = query.question[0]
    name = question.name.to_text().lower()
    if name not in MAIL:
        reply.set_rcode(dns.rcode.NXDOMAIN)
    elif question.rdtype == dns.rdatatype.MX:
        reply.answer.append(dns.rrset.from_text(name, TTL_S, "IN", "MX", MAIL[name]))
    return reply.to_wire()


def main() -> None:
    """Serve on 127.0.0.1 until SIGTERM."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", int(sys.argv[1])))
        while True:
            data, client = server.recvfrom(4096)
            with suppress(dns.exception.DNSException, IndexError):
                server.sendto(answer(data), client)


if __name__ == "__main__":
    main()
