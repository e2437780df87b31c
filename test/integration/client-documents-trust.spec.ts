import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DocumentServer } from '../support/document-server.js';
import { OAuthWalk } from '../support/oauth-walk.js';
import { TestAuthority } from '../support/test-certificates.js';

const SCRIPT = fileURLToPath(new URL('../support/server-process.mjs', import.meta.url));
const REDIRECT_URI = 'https://localhost/callback';

/** Nothing is replaced here: a process of its own, and the environment variable with which an operator adds an authority. */
describe('a process that trusts one more authority by NODE_EXTRA_CA_CERTS', () => {
  const authority = new TestAuthority();
  let directory: string;
  let vendor: DocumentServer;
  let clientId: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'mcp-auth-trust-'));
    await writeFile(join(directory, 'ca.pem'), authority.certificate);
    vendor = await DocumentServer.start(authority.issue(['localhost']));
    clientId = `https://localhost:${vendor.port}/client.json`;
    vendor.serve('/client.json', { client_id: clientId, client_name: 'Client', redirect_uris: [REDIRECT_URI] });
  });
  afterAll(async () => {
    await vendor.close();
    await rm(directory, { recursive: true });
  });

  async function statusOf(environment: Record<string, string>): Promise<number> {
    const child = fork(SCRIPT, {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, ...environment },
    });
    await once(child, 'message');
    child.send({
      kind: 'start',
      options: { adapter: 'express', options: { clientDocuments: { allowLoopback: true } } },
    });
    const [{ origin, error }] = (await once(child, 'message')) as [{ origin?: string; error?: string }];
    try {
      if (origin === undefined) throw new Error(error);
      return (await new OAuthWalk(origin).openConsent(clientId, 'ada', { redirect_uri: REDIRECT_URI })).status;
    } finally {
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    }
  }

  it('CMD-10 fetches documents of https://localhost', async () => {
    expect(await statusOf({ NODE_EXTRA_CA_CERTS: join(directory, 'ca.pem') })).toBe(200);
  });

  it('CMD-03 fetches none without it, whatever else the environment says', async () => {
    vendor.seen.length = 0;
    const proxy = 'http://127.0.0.1:9';
    expect(await statusOf({ NODE_TLS_REJECT_UNAUTHORIZED: '0', HTTPS_PROXY: proxy, https_proxy: proxy })).toBe(400);
    expect(vendor.seen).toEqual([]);
  });
});
