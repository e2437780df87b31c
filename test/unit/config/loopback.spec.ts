import { describe, expect, it } from 'vitest';
import { isLoopbackHost } from '../../../lib/config/loopback.js';

describe('isLoopbackHost', () => {
  it.each(['localhost', '127.0.0.1', '127.0.0.2', '127.255.255.254', '::1', '[::1]', '0:0:0:0:0:0:0:1', '[0::1]'])(
    'TRN-01 takes %s for this machine',
    (host) => expect(isLoopbackHost(host)).toBe(true),
  );

  it.each([
    '',
    '0.0.0.0',
    '::',
    '[::]',
    '126.255.255.255',
    '128.0.0.1',
    '::2',
    'example.com',
    'localhost.example.com',
    'app.localhost',
    'LOCALHOST',
    'localhost.',
    '127.0.0.1.example.com',
    '127.1',
    '2130706433',
    '[localhost]x',
    'x[::1]',
    '10.0.0.1',
    '192.168.0.1',
    'fe80::1',
  ])('TRN-01 does not take "%s" for this machine', (host) => expect(isLoopbackHost(host)).toBe(false));
});
