"""Addresses and whether they are global in the sense of the registries of special purposes (IANA), by Python's ipaddress."""

import ipaddress
import random

from golden import write

networks = """0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24
192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 255.255.255.255/32
::/128 ::1/128 ::/96 ::ffff:0:0/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 2000::/3 2001::/23 2001::/32 2001:2::/48 2001:10::/28 2001:20::/28
2001:db8::/32 2002::/16 fc00::/7 fe80::/10 fec0::/10 ff00::/8""".split()

addresses = set()
for text in networks:
    network = ipaddress.ip_network(text)
    kind = type(network.network_address)
    first, last = int(network[0]), int(network[-1])
    top = 2**network.max_prefixlen - 1
    addresses |= {kind(n) for n in (first - 1, first, first + 1, (first + last) // 2, last, last + 1) if 0 <= n <= top}

rng = random.Random(5)
addresses |= {ipaddress.IPv4Address(rng.getrandbits(32)) for _ in range(100)}
addresses |= {ipaddress.IPv6Address(0x2 << 124 | rng.getrandbits(124)) for _ in range(50)}
inner = [address for address in addresses if address.version == 4]
for prefix in ("::ffff:0:0", "64:ff9b::"):
    base = int(ipaddress.IPv6Address(prefix))
    addresses |= {ipaddress.IPv6Address(base + int(address)) for address in inner[:60]}


def is_global(address):
    """With the IPv4 address that mapped and translated ones (RFC 4291, 2.5.5.2; RFC 6052) stand for."""
    if address.version == 6 and (address.ipv4_mapped or address in ipaddress.ip_network("64:ff9b::/96")):
        address = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.is_global and not address.is_multicast


ordered = sorted(addresses, key=lambda address: (address.version, int(address)))
write("addresses.json", {which: [str(a) for a in ordered if is_global(a) == (which == "global")] for which in ("global", "special")})
