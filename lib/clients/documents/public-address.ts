import { BlockList, isIP } from 'node:net';

/** Special-use IPv4 (RFC 6890 and the IANA registry it founded): not one of these is somebody's public server. */
const SPECIAL_V4: readonly (readonly [network: string, prefix: number])[] = [
  ['0.0.0.0', 8], // this network
  ['10.0.0.0', 8], // private
  ['100.64.0.0', 10], // shared by carriers (RFC 6598)
  ['127.0.0.0', 8], // loopback
  ['168.63.129.16', 32], // not in the registry: the host of a virtual machine in Azure
  ['169.254.0.0', 16], // link-local, the metadata services of clouds among them
  ['172.16.0.0', 12], // private
  ['192.0.0.0', 24], // protocol assignments
  ['192.0.2.0', 24], // documentation
  ['192.31.196.0', 24], // AS112 (RFC 7535)
  ['192.52.193.0', 24], // AMT (RFC 7450)
  ['192.88.99.0', 24], // relays of 6to4
  ['192.168.0.0', 16], // private
  ['192.175.48.0', 24], // AS112 (RFC 7534)
  ['198.18.0.0', 15], // benchmarking
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, broadcast among it
];

/** Special-use IPv6 within the global unicast block; what lies outside of that block is special anyway. */
const SPECIAL_V6: readonly (readonly [network: string, prefix: number])[] = [
  ['2001::', 23], // protocol assignments: Teredo, benchmarking, ORCHID
  ['2001:db8::', 32], // documentation
  ['2002::', 16], // 6to4, which leads to an IPv4 address
  ['2620:4f:8000::', 48], // AS112
  ['3fff::', 20], // documentation (RFC 9637)
];

/** NAT64 (RFC 6052): the way to the IPv4 address in its last 32 bits, and judged as that. */
const NAT64 = '64:ff9b::';
const NAT64_PREFIX = 96;

const reachable = new BlockList();
reachable.addSubnet('2000::', 3, 'ipv6');
reachable.addSubnet(NAT64, NAT64_PREFIX, 'ipv6');

const special = new BlockList();
for (const [network, prefix] of SPECIAL_V4) {
  special.addSubnet(network, prefix, 'ipv4');
  special.addSubnet(NAT64 + network, NAT64_PREFIX + prefix, 'ipv6');
}
for (const [network, prefix] of SPECIAL_V6) special.addSubnet(network, prefix, 'ipv6');

/**
 * Whether an address can be that of a public server. What is no address in the form that Node writes, or has a zone, is not.
 * IPv6 is closed by default: loopback, mapped and compatible IPv4, unique local, link-local, site-local, multicast and discard addresses, and
 * whatever comes to be between them, lie outside of what is open.
 */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !special.check(address, 'ipv4');
    case 6:
      return !address.includes('%') && reachable.check(address, 'ipv6') && !special.check(address, 'ipv6');
    default:
      return false;
  }
}
