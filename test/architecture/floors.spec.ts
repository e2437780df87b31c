import { describe, expect, it } from 'vitest';
import { readManifest, readSources } from './repository.js';
import { outgoingLeaks, outgoingRequests } from './outgoing-requests.js';
import * as rules from './source-rules.js';

const lib = readSources('lib');
const manifest = readManifest();
const declared = [...Object.keys(manifest.dependencies ?? {}), ...Object.keys(manifest.peerDependencies ?? {})];

/** Sources as a rule would read them from disk. */
const planted = (files: Readonly<Record<string, string>>): rules.Sources => new Map(Object.entries(files));

describe('the floors of lib', () => {
  it('reads a library that is really there', () => {
    expect(lib.size).toBeGreaterThan(20);
  });

  it('has no room the house plan does not know', () => {
    expect(rules.unknownRooms(lib)).toEqual([]);
  });

  it('imports only its own floor or a lower one', () => {
    expect(rules.upwardImports(lib)).toEqual([]);
  });

  it('imports files that exist, with the ending Node needs', () => {
    expect(rules.danglingImports(lib)).toEqual([]);
  });

  it('has no two files that import each other, directly or around a corner', () => {
    expect(rules.importCycles(lib)).toEqual([]);
  });

  it('keeps protocol logic free of everything but node:crypto', () => {
    expect(rules.impureProtocol(lib)).toEqual([]);
  });

  it('keeps TypeORM inside the storage room', () => {
    expect(rules.ormOutsideStorage(lib)).toEqual([]);
  });

  it('lets a resource server run without TypeORM', () => {
    expect(rules.resourceServerReachesStorage(lib)).toEqual([]);
  });

  it('imports no package that the published manifest does not declare', () => {
    expect(rules.undeclaredPackages(lib, { declared })).toEqual([]);
  });

  it('has no file that is too long to read in one go', () => {
    expect(rules.longFiles(lib)).toEqual([]);
  });

  it('has no barrel besides the entry points', () => {
    expect(rules.barrels(lib)).toEqual([]);
  });

  it('RSG-11 calls other servers from one place alone, which reads what clients publish', () => {
    expect(outgoingRequests(lib)).toEqual([
      'lib/clients/documents/document-connector.ts uses node:tls',
      'lib/clients/documents/document-transport.ts uses node:https',
      'lib/clients/documents/name-resolver.ts uses node:dns/promises',
      'lib/clients/documents/proxy-tunnel.ts uses node:http',
      'lib/clients/documents/proxy-tunnel.ts uses node:https',
    ]);
  });

  it('RSG-11 CMD-03 gives that place nothing but a URL, so no token can leave with it', () => {
    expect(outgoingLeaks(lib)).toEqual([]);
  });

  it('reads the time from the clock alone, the environment in one word, and holds no forwardRef or default export', () => {
    expect(rules.forbiddenConstructs(lib)).toEqual([]);
  });
});

describe('the rules themselves, on planted violations', () => {
  it.each([
    ['a plain import', `import { Guard } from '../resource-server/guard.js';`],
    ['a type import', `import type { Guard } from '../resource-server/guard.js';`],
    ['a re-export', `export { Guard } from '../resource-server/guard.js';`],
    ['a dynamic import', `const guard = await import('../resource-server/guard.js');`],
    ['an import type expression', `let guard: import('../resource-server/guard.js').Guard;`],
    ['an import for its side effect', `import '../resource-server/guard.js';`],
  ])('see an upward import written as %s', (_case, text) => {
    const sources = planted({ 'lib/tokens/issuer.ts': text, 'lib/resource-server/guard.ts': '' });
    expect(rules.upwardImports(sources)).toEqual(['lib/tokens/issuer.ts → lib/resource-server/guard.ts']);
  });

  it('see a file of the roof imported from below', () => {
    const sources = planted({ 'lib/endpoints/token.ts': `import { McpAuthModule } from '../mcp-auth.module.js';` });
    expect(rules.upwardImports(sources)).toHaveLength(1);
  });

  it('accept a neighbour and a lower floor', () => {
    const text = `import '../config/clock.js'; import '../keys/key-store.js'; import './token-finder.js';`;
    expect(rules.upwardImports(planted({ 'lib/tokens/issuer.ts': text }))).toEqual([]);
  });

  it('are not misled by an import that only a comment or a string mentions', () => {
    const text = `// import '../endpoints/a.js'\nconst s = "import '../endpoints/a.js'";`;
    expect(rules.upwardImports(planted({ 'lib/protocol/a.ts': text }))).toEqual([]);
  });

  it('see a room nobody planned', () => {
    expect(rules.unknownRooms(planted({ 'lib/utils/strings.ts': '', 'lib/helpers.ts': '' }))).toHaveLength(2);
  });

  it.each([
    ['a missing file', `import './nowhere.js';`],
    ['a missing ending', `import './b';`],
  ])('see %s', (_case, text) => {
    expect(rules.danglingImports(planted({ 'lib/protocol/a.ts': text, 'lib/protocol/b.ts': '' }))).toHaveLength(1);
  });

  it('see a cycle of three files', () => {
    const sources = planted({
      'lib/keys/a.ts': `import './b.js';`,
      'lib/keys/b.ts': `import './c.js';`,
      'lib/keys/c.ts': `import './a.js';`,
    });
    expect(rules.importCycles(sources)).toEqual(['lib/keys/a.ts → lib/keys/b.ts → lib/keys/c.ts → lib/keys/a.ts']);
  });

  it('accept two roads to one file, which is no cycle', () => {
    const sources = planted({
      'lib/keys/a.ts': `import './b.js'; import './c.js';`,
      'lib/keys/b.ts': `import './c.js';`,
      'lib/keys/c.ts': '',
    });
    expect(rules.importCycles(sources)).toEqual([]);
  });

  it.each(['@nestjs/common', 'typeorm', 'node:fs', 'uuid', 'crypto'])('see %s in the protocol room', (name) => {
    expect(rules.impureProtocol(planted({ 'lib/protocol/a.ts': `import '${name}';` }))).toHaveLength(1);
  });

  it.each(['typeorm', '@nestjs/typeorm', 'typeorm/driver/types.js'])('see %s outside the storage room', (name) => {
    const sources = planted({ 'lib/grants/a.ts': `import '${name}';`, 'lib/storage/b.ts': `import '${name}';` });
    expect(rules.ormOutsideStorage(sources)).toEqual([`lib/grants/a.ts → ${name}`]);
  });

  it('see a resource server that reaches the storage room around a corner', () => {
    const sources = planted({
      'lib/resource-server/guard.ts': `import '../tokens/finder.js';`,
      'lib/tokens/finder.ts': `import '../storage/rows.js';`,
      'lib/storage/rows.ts': '',
    });
    expect(rules.resourceServerReachesStorage(sources)).toHaveLength(1);
  });

  it('see a package that only the developer has installed', () => {
    const sources = planted({ 'lib/endpoints/a.ts': `import type { Request } from 'express'; import 'node:http';` });
    expect(rules.undeclaredPackages(sources, { declared: ['rxjs'] })).toEqual(['lib/endpoints/a.ts → express']);
  });

  it('see the first line over the limit, and accept the last one within', () => {
    const lines = (count: number) => 'x;\n'.repeat(count);
    const sources = planted({ 'lib/keys/a.ts': lines(220), 'lib/keys/b.ts': lines(221) });
    expect(rules.longFiles(sources)).toEqual(['lib/keys/b.ts: 221 lines']);
  });

  it('see a barrel', () => {
    expect(rules.barrels(planted({ 'lib/keys/index.ts': '', 'lib/index.ts': '' }))).toEqual(['lib/keys/index.ts']);
  });

  it.each([
    ['forwardRef', `constructor(@Inject(forwardRef(() => B)) b) {}`],
    ['Date.now', `const now = Date.now();`],
    ['new Date()', `const now = new Date();`],
    ['process.env', `const secret = process.env['SECRET'];`],
    ['process.env', `const { SECRET } = process.env;`],
    ['a default export', `export default class A {}`],
    ['a default export', `export default 1;`],
    ['export *', `export * from './b.js';`],
    ['await outside a function', `const keys = await load();`],
    ['import.meta', `const here = import.meta.url;`],
  ])('see %s', (name, text) => {
    const found = rules.forbiddenConstructs(planted({ 'lib/keys/a.ts': text }));
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(name);
  });

  it.each([
    ['fetch', `await fetch(url, { headers });`],
    ['fetch', `await globalThis.fetch(url);`],
    ['node:https', `import { request } from 'node:https';`],
    ['node:http', `import http, { type Server } from 'node:http';`],
    ['http', `import * as http from 'http';`],
    ['node:net', `const net = await import('node:net');`],
    ['node:dns', `import { lookup } from 'node:dns';`],
    ['dns/promises', `import { resolve } from 'dns/promises';`],
    ['undici', `import { type Dispatcher, request } from 'undici';`],
  ])('see a call of another server by %s', (means, text) => {
    expect(outgoingRequests(planted({ 'lib/tokens/a.ts': text }))).toEqual([`lib/tokens/a.ts uses ${means}`]);
  });

  it.each([
    ['types', `import type { IncomingMessage } from 'node:http'; import { type Server } from 'node:http';`],
    ['a look at an address', `import { isIPv4 } from 'node:net';`],
    ['a method of that name', `await this.cache.fetch(key);`],
  ])('see none in %s', (_case, text) => {
    expect(outgoingRequests(planted({ 'lib/tokens/a.ts': text }))).toEqual([]);
  });

  it.each([
    ['sends the header Authorization', `request({ headers: { Host: host, Authorization: token } });`],
    ['sends the header Cookie', `function credentials() { return { Cookie: jar }; }`],
    ['sends a method', `request({ method: 'POST' });`],
    ['sends a method', `request({ method: chosen });`],
    ['sends write()', `call.write(token);`],
    ['sends end()', `call.end(body);`],
    ['sends setHeader()', `call.setHeader('x', token);`],
    ['reaches lib/keys/signer.ts', `import '../../keys/signer.js';`],
    ['reaches lib/keys/signer.ts', `import { own } from './own.js';`],
  ])('see a caller that %s', (leak, text) => {
    const file = 'lib/clients/documents/a.ts';
    const sources = planted({
      [file]: `import { request } from 'node:https'; ${text}`,
      'lib/clients/documents/own.ts': `import '../../keys/signer.js';`,
      'lib/keys/signer.ts': '',
    });
    expect(outgoingLeaks(sources)).toEqual([`${file} ${leak}`]);
  });

  it('accept a caller that has a URL and no more', () => {
    const text = `import { request } from 'node:https'; import '../../config/clock.js'; request({ method: 'GET', headers: { Accept: 'x' } }).end();`;
    expect(outgoingLeaks(planted({ 'lib/clients/documents/a.ts': text, 'lib/config/clock.ts': '' }))).toEqual([]);
  });

  it('see the place that may ask for NODE_ENV ask for more', () => {
    const sources = planted({ 'lib/config/production.ts': `const a = process.env['SECRET']; const b = process.env;` });
    expect(rules.forbiddenConstructs(sources)).toHaveLength(2);
  });

  it.each([
    ['the look at NODE_ENV', 'lib/config/production.ts', `const live = process.env['NODE_ENV'] === 'production';`],
    ['the clock itself', 'lib/config/clock.ts', `now = () => Date.now();`],
    ['a date made from a number', 'lib/keys/a.ts', `const when = new Date(row.createdAt);`],
    ['await in a function', 'lib/keys/a.ts', `const load = async () => { await keys(); };`],
    ['new.target', 'lib/keys/a.ts', `class A { constructor() { this.name = new.target.name; } }`],
    ['a comment', 'lib/keys/a.ts', `// never Date.now() or process.env here`],
  ])('accept %s', (_case, file, text) => {
    expect(rules.forbiddenConstructs(planted({ [file]: text }))).toEqual([]);
  });
});
