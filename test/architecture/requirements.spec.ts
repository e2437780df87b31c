import { describe, expect, it } from 'vitest';
import { readRepositoryFile, readSources } from './repository.js';
import {
  citations,
  idsIn,
  parseRequirementsPage,
  testTitles,
  uncitedMusts,
  unknownCitations,
} from './requirement-citations.js';

/** The rules are shown on invented titles in this very file, which must not count as proof of anything. */
const OWN_FILE = 'test/architecture/requirements.spec.ts';

const page = parseRequirementsPage(readRepositoryFile('docs/requirements.md'));
const suites = new Map([...readSources('test')].filter(([file]) => file.endsWith('.spec.ts') && file !== OWN_FILE));
const cited = citations(suites);

const repeated = (ids: readonly string[]): string[] => ids.filter((id, index) => ids.indexOf(id) !== index);

describe('docs/requirements.md', () => {
  it('names every requirement once', () => {
    expect(page.requirements.length).toBeGreaterThan(200);
    expect(repeated(page.requirements.map(({ id }) => id))).toEqual([]);
  });

  it('lists what is left for later once, and nothing it does not know', () => {
    expect(repeated(page.later)).toEqual([]);
    const known = page.requirements.map(({ id }) => id);
    expect(page.later.filter((id) => !known.includes(id))).toEqual([]);
  });

  it('knows every id that a test title cites', () => {
    expect(unknownCitations(page, cited)).toEqual([]);
  });

  it('has a test for every MUST that is not left for later', () => {
    const missing = uncitedMusts(page, cited);
    expect(missing, `no test cites ${missing.join(' ')}`).toEqual([]);
  });
});

describe('the rules themselves, on planted texts', () => {
  const small = parseRequirementsPage(
    [
      '| AUT-01 | MUST | RFC | a |',
      '| AUT-02 | MUST | RFC | b |',
      '| AUT-03 | SHOULD | RFC | c |',
      '',
      '## Left for later',
      '| x | AUT-02 |',
    ].join('\n'),
  );
  const cite = (text: string): Map<string, string[]> => citations(new Map([['a.spec.ts', text]]));

  it('find an id that no page knows, with the file that cites it', () => {
    expect(unknownCitations(small, cite(`it('AUT-77 does it', f)`))).toEqual(['AUT-77 in a.spec.ts']);
  });

  it('miss a MUST without test, but neither a SHOULD nor what is left for later', () => {
    expect(uncitedMusts(small, cite(''))).toEqual(['AUT-01']);
    expect(uncitedMusts(small, cite(`it('AUT-01 does it', f)`))).toEqual([]);
  });

  it.each([
    ['a plain title', `it('AUT-01 x', f)`],
    ['a group', `describe('AUT-01 x', f)`],
    ['a table', `it.each([1])('AUT-01 %s', f)`],
    ['a row of a table', `it.each([['AUT-01 x', 1]])('%s', f)`],
    ['a conditional test', `it.skipIf(a).each([1])('AUT-01 %s', f)`],
    ['a template', 'it(`AUT-01 on ${name}`, f)'],
    ['a range', `it('AUT-01..03 x', f)`],
  ])('read %s', (_case, text) => {
    expect(testTitles('a.spec.ts', text).flatMap(idsIn)).toContain('AUT-01');
  });

  it.each([
    ['a comment', `// it('AUT-01 x', f)`],
    ['another call', `log('AUT-01 x')`],
    ['the body of a test', `it('x', () => expect(a, 'AUT-01').toBe(1))`],
    ['a longer word', `it('XAUT-01 x', f)`],
  ])('do not count %s as a citation', (_case, text) => {
    expect(cite(text).size).toBe(0);
  });

  it('count a range as every id in it', () => {
    expect(idsIn('AUT-08..10, RSG-06')).toEqual(['AUT-08', 'AUT-09', 'AUT-10', 'RSG-06']);
  });
});
