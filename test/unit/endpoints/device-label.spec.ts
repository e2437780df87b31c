import { describe, expect, it } from 'vitest';
import { deviceLabel } from '../../../lib/endpoints/consent/device-label.js';

const MAC = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko)';

describe('deviceLabel', () => {
  it.each([
    ['Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0', 'Firefox, Linux'],
    [`${MAC} Chrome/129.0.0.0 Safari/537.36`, 'Chrome, macOS'],
    [`${MAC} Version/17.5 Safari/605.1.15`, 'Safari, macOS'],
  ])('names browser and system of %s', (userAgent, label) => {
    expect(deviceLabel(userAgent)).toBe(label);
  });

  it.each([undefined, '', 'curl/8.5', 'x'.repeat(513), '\u202Eevil/1', '__proto__/1.0', '<script>alert(1)</script>/1'])(
    'CON-11 gives nothing for what it does not know: %s',
    (userAgent) => {
      expect(deviceLabel(userAgent)).toBeUndefined();
    },
  );

  it('CON-11 gives only names of its list, whatever else is said', () => {
    expect(deviceLabel('<b>Evil</b>/1.0 (Windows NT 10.0)')).toBe('Windows');
  });
});
