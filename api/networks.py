"""Addresses, and the networks that whoever has one is counted with."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network


def plain_address(text: str) -> IPv4Address | IPv6Address:
    """An address, an IPv4 one that is written as IPv6 (RFC 4291, section 2.5.5.2) as what it is. ValueError for anything else."""
    parsed = ip_address(text)
    return getattr(parsed, "ipv4_mapped", None) or parsed


def networks_of(address: str) -> tuple[tuple[str, int], ...]:
    """The networks around an address, each with the bits that its addresses share, the narrowest first: 256 addresses of IPv4; of
    IPv6 a subnet (/64), a connection (/56) and a site (/48). What is no address counts as one site."""
    try:
        parsed = plain_address(address)
    except ValueError:
        return (("unknown", 48),)
    lengths = (24,) if parsed.version == 4 else (64, 56, 48)
    return tuple((str(ip_network((parsed, length), strict=False)), length) for length in lengths)


def network_of(address: str) -> str:
    """The network that an address is counted with: 256 addresses of IPv4, one site (/48) of IPv6."""
    return networks_of(address)[-1][0]
