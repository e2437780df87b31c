import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConsumerKind, Seen } from './consumer.js';
import { build, checkDeclarations, execute, makeFolder, pack, removeFolder, start } from './consumer.js';

const INSTALL_LIMIT = 400_000;

const NEST_12 = {
  '@nestjs/common': '^12.0.0',
  '@nestjs/core': '^12.0.0',
  '@nestjs/jwt': '^12.0.0',
  '@nestjs/platform-express': '^12.0.0',
  '@nestjs/typeorm': '^12.0.0',
  typeorm: '^1.0.0',
  typescript: '~6.0.3',
};

const NEST_11 = {
  '@nestjs/common': '^11.0.0',
  '@nestjs/core': '^11.0.0',
  '@nestjs/jwt': '^11.0.0',
  '@nestjs/platform-express': '^11.0.0',
  '@nestjs/typeorm': '^11.0.0',
  typeorm: '^0.3.20',
  typescript: '~5.9.0',
};

const consumers: readonly ConsumerKind[] = [
  {
    name: 'NestJS 12 as ES modules, TypeORM 1',
    type: 'module',
    dependencies: NEST_12,
    compilerOptions: { module: 'nodenext', moduleResolution: 'nodenext' },
  },
  {
    name: 'NestJS 12 as CommonJS, TypeORM 1',
    type: 'commonjs',
    dependencies: NEST_12,
    compilerOptions: { module: 'nodenext', moduleResolution: 'nodenext' },
  },
  {
    name: 'NestJS 11 as CommonJS, TypeORM 0.3, a compiler that knows no exports map',
    type: 'commonjs',
    dependencies: NEST_11,
    compilerOptions: { module: 'commonjs', moduleResolution: 'node10' },
  },
];

let packedIn: string;
let tarball: string;

beforeAll(async () => {
  packedIn = await makeFolder();
  tarball = await pack(packedIn);
}, INSTALL_LIMIT);

afterAll(() => removeFolder(packedIn));

describe('the tarball', () => {
  it('holds what a consumer needs and nothing of the workshop', async () => {
    const listed = (await execute('tar', ['-tzf', tarball], packedIn)).trim().split('\n');
    const files = listed.map((name) => name.replace(/^package\//, ''));
    for (const needed of ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'dist/lib/index.js']) {
      expect(files).toContain(needed);
    }
    expect(files.filter((file) => /(^|\/)(test|sample-app|docs|data|\.ci)\/|\.spec\./.test(file))).toEqual([]);
  });
});

describe.each(consumers)('a consumer on $name', (kind) => {
  let folder: string;
  let seen: Seen;

  beforeAll(async () => {
    folder = await makeFolder();
    await build(kind, folder, tarball);
    seen = await start(folder);
  }, INSTALL_LIMIT);

  afterAll(() => removeFolder(folder));

  it('finds declarations that its own compiler and its own Nest agree with', async () => {
    expect(await checkDeclarations(folder)).toEqual([]);
  });

  it('is answered with a challenge at its MCP path, and not at its open route', () => {
    expect(seen.mcp.status).toBe(401);
    expect(seen.mcp.challenge).toContain(`resource_metadata="${seen.origin}/.well-known/oauth-protected-resource/mcp"`);
    expect(seen.open).toMatchObject({ status: 200, body: 'hello' });
  });

  it('publishes both metadata documents', () => {
    expect(seen.resource).toMatchObject({
      status: 200,
      body: { resource: `${seen.origin}/mcp`, authorization_servers: [seen.origin] },
    });
    expect(seen.server).toMatchObject({
      status: 200,
      body: { issuer: seen.origin, token_endpoint: `${seen.origin}/oauth/token` },
    });
  });

  it('lets a token of the testing kit in, and only there', () => {
    expect(seen.tools).toMatchObject({ status: 200, body: { userId: '42' } });
  });

  it('shares one copy of Nest and TypeORM with the library, and one class of errors with the language', async () => {
    expect(seen.errorsAreErrors).toBe(true);
    const nested = await readdir(join(folder, 'node_modules/nestjs-mcp-auth/node_modules')).catch(() => []);
    expect(nested.filter((name) => name === '@nestjs' || name === 'typeorm')).toEqual([]);
  });
});
