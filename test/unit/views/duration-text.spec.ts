import { describe, expect, it } from 'vitest';
import { durationText } from '../../../lib/views/duration-text.js';
import { ViewRenderer } from '../../../lib/views/view-renderer.js';
import { consentView, READ, WRITE } from './consent-fixture.js';

describe('durationText', () => {
  it.each([
    [1, '1 second'],
    [59, '59 seconds'],
    [60, '1 minute'],
    [3599, '59 minutes'],
    [3600, '1 hour'],
    [86_399, '23 hours'],
    [86_400, '1 day'],
    [2_592_000, '30 days'],
    [31_535_999, '364 days'],
    [31_536_000, '1 year'],
    [315_360_000, '10 years'],
    [0, '0 seconds'],
  ])('%d seconds are %s', (seconds, text) => expect(durationText(seconds)).toBe(text));

  it('S16 are English in a language that ICU lacks, and not in that of the process', () => {
    expect(durationText(31_536_000, 'tlh')).toBe('1 year');
    expect(durationText(31_536_000, 'de')).toBe('1 Jahr');
  });
});

describe('the consent page', () => {
  const views = new ViewRenderer();

  it('CON-02 says for how long', () => {
    expect(views.consent(consentView())).toContain('<dd>Until 30 days without use, 1 year at most</dd>');
    expect(views.consent(consentView({ lifetime: { longest: 3600, idle: 3600 } }))).toContain('<dd>1 hour</dd>');
  });

  it('CON-07 lets what is new stand out beside what is given, and says nothing where all is the one or the other', () => {
    const page = (given: readonly boolean[]) =>
      views.consent(
        consentView({
          requestedScopes: [
            { ...READ, given: given[0]! },
            { ...WRITE, given: given[1]! },
          ],
        }),
      );
    const [both, none, all] = [page([true, false]), page([false, false]), page([true, true])];
    expect(both).toContain('Read your notes</b> <span class="badge badge-plain">Already allowed</span>');
    expect(both).toContain('Write notes</b> <span class="badge badge-warn">New</span>');
    expect(none).not.toMatch(/>New<|Already allowed/);
    expect(all).not.toContain('>New<');
  });
});
