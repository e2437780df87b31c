import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { DEFAULTS } from '../../lib/config/defaults.js';
import { ViewRenderer } from '../../lib/views/view-renderer.js';
import { readManifest, readRepositoryFile, readSources, repositoryRoot } from './repository.js';

const readme = readRepositoryFile('README.md');
const consentView = readRepositoryFile('docs/consent-view.md');
const dependencies = readRepositoryFile('docs/dependencies.md');

const pages = [
  ...readdirSync(repositoryRoot).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(repositoryRoot, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

/** What stands in backticks in the first column of the page's tables. */
function firstColumn(markdown: string): string[] {
  return [...markdown.matchAll(/^\| (`[^|]+`) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
  );
}

/** Unit and default of an option, as its row in the README says; of static options the default alone. */
function optionRow(name: string): { readonly unit: string; readonly byDefault: string } {
  const row = readme.split('\n').find((line) => line.startsWith(`| \`${name}\` |`)) ?? '';
  const [, unit = '', byDefault = ''] = row
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
  // Name, default, meaning: no unit.
  return row.split('|').length < 6 ? { unit: '', byDefault: unit } : { unit, byDefault };
}

/** Options with the defaults that the library has for them; those of `scopes` are described, not quoted. */
function writtenDefaults(of: object, prefix = ''): readonly (readonly [string, unknown])[] {
  return Object.entries(of)
    .filter(([name]) => name !== 'scopes')
    .flatMap(([name, value]) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? writtenDefaults(value, `${prefix}${name}.`)
        : [[`${prefix}${name}`, value] as const],
    );
}

/** The same value to the eye: without quotes, brackets and backticks. */
const plain = (text: string): string => text.replace(/[`'"[\]]/g, '').replaceAll(', ', ',');

/** Names of the members of an exported interface. */
function membersOf(file: string, name: string): string[] {
  const tree = ts.createSourceFile(file, readRepositoryFile(file), ts.ScriptTarget.Latest, true);
  const found = tree.statements.filter(ts.isInterfaceDeclaration).find((node) => node.name.text === name);
  return found?.members.map((member) => member.name?.getText() ?? '') ?? [];
}

/** Anchors as a code host makes them from headings. */
function anchorsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  );
}

describe('the documents', () => {
  const files = [
    'lib/config/mcp-auth-options.ts',
    'lib/config/view-options.ts',
    'lib/config/client-options.ts',
    'lib/config/limit-options.ts',
    'lib/config/signing-options.ts',
    'lib/config/mcp-auth-static-options.ts',
  ];
  const members = (name: string) => files.flatMap((file) => membersOf(file, name));
  /** Options that are objects: the README lists their members instead. */
  const groups = Object.entries({
    signing: 'SigningOptions',
    views: 'ViewOptions',
    refresh: 'RefreshOptions',
    revocation: 'RevocationOptions',
    maintenance: 'MaintenanceOptions',
    clientDocuments: 'ClientDocumentOptions',
    rateLimits: 'RateLimitOptions',
  });
  const grouped = groups.map(([name]) => name);
  const options = ['McpAuthOptions', 'ClientOptions', 'LimitOptions']
    .flatMap(members)
    .filter((name) => !grouped.includes(name));
  const staticOptions = members('McpAuthStaticOptions');
  const nested = groups.flatMap(([name, type]) => members(type).map((member) => `${name}.${member}`));

  it('OPS-05 list every option in the README', () => {
    expect(options.length).toBeGreaterThan(10);
    expect(nested).toHaveLength(30);
    expect(firstColumn(readme)).toEqual(expect.arrayContaining([...options, ...staticOptions, ...nested]));
  });

  it.each(writtenDefaults(DEFAULTS))('OPS-05 say the default of %s as the library has it', (name, value) => {
    const { unit, byDefault } = optionRow(name);
    expect(plain(byDefault)).toBe(plain(JSON.stringify(value)));
    if (/Lifetime$|Seconds$/.test(name)) expect(unit).toBe('s');
  });

  it('OPS-05 say a default, or that one is required, for every option', () => {
    expect([...options, ...nested, ...staticOptions].filter((name) => optionRow(name).byDefault === '')).toEqual([]);
  });

  it('list every variable of the consent page', () => {
    const variables = [
      ...membersOf('lib/views/consent-view.ts', 'ConsentView'),
      ...membersOf('lib/views/consent-view.ts', 'ConsentContext'),
      ...membersOf('lib/views/page-shell.ts', 'FrameVariables'),
    ];
    expect(variables.length).toBeGreaterThan(10);
    expect(firstColumn(consentView)).toEqual(expect.arrayContaining(variables));
  });

  it('show a consent page that the library accepts', () => {
    const [, example] = /```handlebars\n([\s\S]+?)```/.exec(consentView) ?? [];
    expect(() => new ViewRenderer({ consentTemplate: example ?? '' })).not.toThrow();
    expect(() => new ViewRenderer({ consentTemplate: example?.replace('{{csrfToken}}', '') ?? '' })).toThrow();
  });

  it('name only log reasons that the library writes', () => {
    const library = [...readSources('lib').values()].join('\n');
    const reasons = [...readme.matchAll(/reason=([a-z_]+)/g)].map(([, reason = '']) => reason);
    expect(reasons.length).toBeGreaterThan(4);
    expect(reasons.filter((reason) => !library.includes(`'${reason}'`))).toEqual([]);
  });

  it('give a reason for every dependency, and for none that is gone', () => {
    const manifest = readManifest();
    const installed = {
      ...manifest.dependencies,
      ...manifest.peerDependencies,
      ...manifest.devDependencies,
      ...readManifest('test/clients/package.json').dependencies,
    };
    const explained = new Set(firstColumn(dependencies));
    expect([...explained].sort()).toEqual(Object.keys(installed).sort());
  });

  it.each(pages)('hold no dead link in %s', (page) => {
    const markdown = readRepositoryFile(page);
    const dead = [...markdown.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^https?:/.test(target))
      .filter((target) => {
        const [path = '', anchor] = target.split('#');
        const file = path === '' ? page : join(dirname(page), path);
        if (!existsSync(join(repositoryRoot, file))) return true;
        return anchor !== undefined && !anchorsOf(readRepositoryFile(file)).includes(anchor);
      });
    expect(dead).toEqual([]);
  });
});
