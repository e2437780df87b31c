import { beforeEach, describe, expect, it } from 'vitest';
import { ClientDocumentError } from '../../../../lib/clients/documents/client-document-error.js';
import { FETCHES_PER_MINUTE, FetchLimits } from '../../../../lib/clients/documents/fetch-limits.js';
import type { FetchWish } from '../../../../lib/clients/documents/fetch-wish.js';
import { Clock } from '../../../../lib/config/clock.js';

/** Stands still unless it is set. */
class StoppedClock extends Clock {
  constructor(public milliseconds = 1_000_000) {
    super();
  }

  now(): number {
    return this.milliseconds;
  }
}

let clock: StoppedClock;
let limits: FetchLimits;
let count: number;

beforeEach(() => {
  clock = new StoppedClock();
  limits = new FetchLimits(clock);
  count = 0;
});

/** Every member different from the last time, unless it is given. */
function take(wish: Partial<FetchWish> = {}): boolean {
  count++;
  try {
    limits.take({
      url: `https://h${count}.example/c`,
      what: 'document',
      host: `h${count}.example`,
      requester: `10.0.${count}.1`,
      ...wish,
    });
    return true;
  } catch (error) {
    expect((error as ClientDocumentError).reason).toBe('client_document_limited');
    return false;
  }
}

const howMany = (wish: Partial<FetchWish>, tries = 200) =>
  Array.from({ length: tries }, () => take(wish)).filter(Boolean).length;

describe('FetchLimits', () => {
  it('ABU-03 has these numbers', () => {
    expect(FETCHES_PER_MINUTE).toEqual({
      strange: { requester: 20, host: 30, total: 120 },
      known: { url: 6, requester: 60, host: 30, total: 120 },
    });
  });

  it('ABU-03 limits what one host is asked', () => {
    expect(howMany({ host: 'client.example' })).toBe(30);
    expect(take()).toBe(true);
  });

  it('ABU-03 limits what one requester brings about', () => {
    expect(howMany({ requester: '192.0.2.1' })).toBe(20);
    expect(take({ requester: '192.0.2.2' })).toBe(true);
  });

  it('ABU-03 limits all together', () => {
    expect(howMany({})).toBe(120);
  });

  it('does without a requester', () => {
    const { requester: _none, ...wish }: FetchWish = { url: 'u', host: 'h', what: 'keys', requester: 'x' };
    expect(Array.from({ length: 40 }, () => attempt(() => limits.take(wish))).filter(Boolean)).toHaveLength(30);
  });

  it('ABU-03 charges nobody else for what is refused', () => {
    howMany({ requester: '192.0.2.1', host: 'client.example' }, 500);
    expect(howMany({ host: 'client.example' })).toBe(10);
    expect(howMany({ requester: '192.0.2.2', host: 'client.example' })).toBe(0);
    expect(howMany({ requester: '192.0.2.2' })).toBe(20);
    expect(howMany({})).toBe(120 - 30 - 20);
  });

  it('ABU-03 forgets nobody for the sake of refusals', () => {
    howMany({});
    for (let step = 0; step < 20_000; step++) expect(take()).toBe(false);
  });

  it('ABU-03 gives known clients an allowance of their own, whatever strangers do', () => {
    howMany({ host: 'client.example' });
    howMany({ requester: '192.0.2.1' });
    howMany({});
    const known = { url: 'https://client.example/c', host: 'client.example', requester: '192.0.2.1', known: true };
    expect(howMany(known)).toBe(6);
    // Whoever makes us read a document as if it were keys takes nothing from it.
    expect(howMany({ ...known, what: 'keys' })).toBe(6);
    expect(take({ ...known, url: 'https://client.example/d' })).toBe(true);
  });

  it('ABU-03 limits what known clients of one host bring about, of one requester, and all together', () => {
    expect(howMany({ known: true, url: 'https://client.example/c' })).toBe(6);
    expect(howMany({ known: true, host: 'client.example' })).toBe(30);
    expect(howMany({ known: true, requester: '192.0.2.1' })).toBe(60);
    expect(howMany({ known: true })).toBe(120 - 6 - 30 - 60);
  });

  it('takes nothing from others for known clients', () => {
    howMany({ known: true, host: 'client.example', requester: '192.0.2.1' }, 300);
    howMany({ known: true }, 300);
    expect(howMany({ host: 'client.example' })).toBe(30);
    expect(howMany({ requester: '192.0.2.1' })).toBe(20);
  });

  it('ABU-03 gives back evenly, and never more than a minute has', () => {
    howMany({ host: 'client.example' });
    clock.milliseconds += 1999;
    expect(take({ host: 'client.example' })).toBe(false);
    clock.milliseconds += 1;
    expect(howMany({ host: 'client.example' })).toBe(1);
    clock.milliseconds += 10_000;
    expect(howMany({ host: 'client.example' })).toBe(5);
    clock.milliseconds += 3_600_000;
    expect(howMany({ host: 'client.example' })).toBe(30);
  });

  it('counts on from where it was, not from nothing', () => {
    for (let step = 0; step < 4; step++) expect(take({ host: 'client.example' })).toBe(true);
    clock.milliseconds += 2000;
    expect(howMany({ host: 'client.example' })).toBe(27);
  });

  it('gives nothing for a clock that is set back', () => {
    howMany({ host: 'client.example' });
    clock.milliseconds -= 3_600_000;
    expect(take({ host: 'client.example' })).toBe(false);
    clock.milliseconds += 2000;
    expect(take({ host: 'client.example' })).toBe(true);
  });

  it.each([
    ['an IPv4 address and the same one mapped', '192.0.2.7', '::ffff:192.0.2.7', true],
    ['two IPv4 addresses', '192.0.2.7', '192.0.2.8', false],
    ['two IPv6 addresses of one network', '2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff', true],
    ['one network, written long and short', '2001:db8::1', '2001:0db8:0000:0000:9::', true],
    ['one network, with a zone', 'fe80::1', 'fe80::2%eth0', true],
    ['neighbouring networks', '2001:db8:1:2::1', '2001:db8:1:3::1', false],
    ['networks that differ behind zeros', '2001:db8::1', '2001:db8:0:1::1', false],
    ['networks that begin with zeros', '::1', '0:0:0:1::1', false],
    ['this machine and the same one in other digits', '::1', '0:0:0:0:0:0:0:1', true],
    ['other words', 'unix', 'unix2', false],
  ])('ABU-03 takes %s for one requester or two', (_case, one, other, same) => {
    howMany({ requester: one });
    expect(take({ requester: other })).toBe(!same);
  });

  it('ABU-03 remembers everybody for as long as it matters', () => {
    howMany({ requester: '192.0.2.1' });
    const before = clock.milliseconds;
    for (; clock.milliseconds < before + 2900; clock.milliseconds += 10)
      for (const known of [true, false]) for (let step = 0; step < 10; step++) take({ known });
    expect(take({ requester: '192.0.2.1' })).toBe(false);
  });
});

function attempt(work: () => void): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}
