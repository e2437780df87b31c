import { describe, expect, it } from 'vitest';
import { isPublicAddress } from '../../../../lib/clients/documents/public-address.js';

describe('isPublicAddress', () => {
  it.each([
    ['this network', '0.0.0.0', '0.255.255.255'],
    ['private 10/8', '10.0.0.0', '10.255.255.255'],
    ['carriers', '100.64.0.0', '100.127.255.255'],
    ['loopback', '127.0.0.0', '127.255.255.255'],
    ['link-local', '169.254.0.0', '169.254.255.255'],
    ['private 172.16/12', '172.16.0.0', '172.31.255.255'],
    ['protocol assignments', '192.0.0.0', '192.0.0.255'],
    ['documentation 1', '192.0.2.0', '192.0.2.255'],
    ['AS112 1', '192.31.196.0', '192.31.196.255'],
    ['AMT', '192.52.193.0', '192.52.193.255'],
    ['relays of 6to4', '192.88.99.0', '192.88.99.255'],
    ['private 192.168/16', '192.168.0.0', '192.168.255.255'],
    ['AS112 2', '192.175.48.0', '192.175.48.255'],
    ['benchmarking', '198.18.0.0', '198.19.255.255'],
    ['documentation 2', '198.51.100.0', '198.51.100.255'],
    ['documentation 3', '203.0.113.0', '203.0.113.255'],
    ['multicast and reserved', '224.0.0.0', '255.255.255.255'],
    ['Azure', '168.63.129.16', '168.63.129.16'],
  ])('CMD-09 refuses %s from its first address to its last, and not its neighbours', (_case, first, last) => {
    expect([first, last, `64:ff9b::${first}`, `64:ff9b::${last}`].filter(isPublicAddress)).toEqual([]);
    const neighbours = [neighbour(first, -1), neighbour(last, 1)].filter((address) => address !== undefined);
    expect(neighbours.filter((address) => !isPublicAddress(address))).toEqual([]);
    expect(neighbours.filter((address) => !isPublicAddress(`64:ff9b::${address}`))).toEqual([]);
  });

  it.each([
    ['unspecified', '::'],
    ['loopback', '::1'],
    ['compatible with IPv4', '::127.0.0.1'],
    ['compatible with public IPv4', '::808:808'],
    ['mapped loopback', '::ffff:127.0.0.1'],
    ['mapped loopback in hexadecimal', '::ffff:7f00:1'],
    ['mapped public IPv4, which nobody needs to write so', '::ffff:8.8.8.8'],
    ['translated IPv4 (SIIT)', '::ffff:0:7f00:1'],
    ['NAT64 to a private address', '64:ff9b::a00:1'],
    ['local NAT64', '64:ff9b:1::808:808'],
    ['next to NAT64', '64:ff9b:0:0:0:1::1'],
    ['discard', '100::1'],
    ['dummy', '100:0:0:1::1'],
    ['segment routing', '5f00::1'],
    ['unique local', 'fc00::1'],
    ['unique local, as used', 'fd12:3456:789a::1'],
    ['the metadata service of AWS', 'fd00:ec2::254'],
    ['link-local', 'fe80::1'],
    ['link-local with a zone', 'fe80::1%eth0'],
    ['site-local', 'fec0::1'],
    ['multicast', 'ff02::1'],
    ['the last one', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['below global unicast', '1fff:ffff::1'],
    ['above global unicast', '4000::1'],
    ['Teredo', '2001::1'],
    ['benchmarking', '2001:2::1'],
    ['ORCHID', '2001:10::1'],
    ['ORCHIDv2', '2001:20::1'],
    ['the last protocol assignment', '2001:1ff:ffff::1'],
    ['documentation', '2001:db8::1'],
    ['the last of documentation', '2001:db8:ffff:ffff::1'],
    ['6to4 to loopback', '2002:7f00:1::1'],
    ['6to4 to a public address', '2002:808:808::1'],
    ['AS112', '2620:4f:8000::1'],
    ['documentation of 2024', '3fff::1'],
    ['the last of it', '3fff:fff:ffff::1'],
    ['a zone on a public address', '2606:4700::1%eth0'],
    ['a name', 'localhost'],
    ['a decimal', '2130706433'],
    ['an octal', '0177.0.0.1'],
    ['a short form', '127.1'],
    ['brackets', '[2606:4700::1]'],
    ['nothing', ''],
  ])('CMD-09 refuses %s', (_case, address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each([
    '1.1.1.1',
    '8.8.8.8',
    '100.63.255.255',
    '100.128.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '223.255.255.255',
    '2000::',
    '2001:200::1',
    '2001:4860:4860::8888',
    '2001:db7:ffff::1',
    '2001:db9::1',
    '2003::1',
    '2606:4700:4700::1111',
    '2620:4f:7fff::1',
    '2620:4f:8001::1',
    '2a00:1450:4001:81b::200e',
    '3fff:1000::1',
    '3ffe:ffff::1',
    '64:ff9b::808:808',
    '64:ff9b::8.8.8.8',
  ])('accepts %s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it('CMD-09 agrees with a second reading of the list on a thousand addresses', () => {
    const blocks = ['0/8 10/8 127/8 224/4 240/4', '100.64/10 169.254/16 172.16/12 192.168/16 198.18/15'].join(' ');
    const isSpecial = (value: number) =>
      blocks.split(' ').some((block) => {
        const [network = '', prefix] = block.split('/');
        const size = 2 ** (32 - Number(prefix));
        return (
          Math.floor(value / size) === Math.floor(toNumber(`${network}.0.0.0`.split('.').slice(0, 4).join('.')) / size)
        );
      });
    for (let step = 0; step < 1000; step++) {
      // A stride that meets every first octet several times, and none of the small blocks.
      const value = (step * 4_294_967 + 12_345) % 2 ** 32;
      expect(isPublicAddress(toText(value)), toText(value)).toBe(!isSpecial(value));
    }
  });
});

function toNumber(address: string): number {
  return address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
}

function toText(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}

/** `undefined` beyond both ends. */
function neighbour(address: string, step: 1 | -1): string | undefined {
  const value = toNumber(address) + step;
  return value < 0 || value >= 2 ** 32 ? undefined : toText(value);
}
