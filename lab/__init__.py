"""The lab: an estate that is a real Debian machine inside this one, with systemd, nginx, pm2, PostgreSQL and Prometheus.

A root file system is built once (`image`), each boot works on a throw-away layer of it (`layers`), the machine runs in
systemd-nspawn on an address of its own (`network`, `machine`), and `house` puts it together and writes its estate folder.
"""
