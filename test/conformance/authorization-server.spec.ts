import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../support/local-callback.js';
import { OAuthWalk } from '../support/oauth-walk.js';
import { type SampleApp, startSampleApp } from '../support/sample-app-process.js';
import { SamplePerson } from '../support/sample-person.js';
import { ADAPTERS } from '../support/test-app.js';
import { type ConformanceRun, runConformance } from './conformance-run.js';

const EXPECTED = {
  'authorization-server-metadata': 'SUCCESS',
  'authorization-server-metadata-cimd': 'SUCCESS',
  'authorization-code-grant': 'SUCCESS',
};

describe.each(ADAPTERS)('the official conformance tool and the sample app on %s', (adapter) => {
  let app: SampleApp;
  beforeAll(async () => {
    app = await startSampleApp({ adapter });
  });
  afterAll(() => app.close());

  /** @param approved what the person says on the consent page */
  async function run(issuer: string, extra: readonly string[] = [], approved = true): Promise<ConformanceRun> {
    const port = await freePort();
    const { client_id: clientId } = await new OAuthWalk(app.origin).register({
      redirect_uris: [`http://127.0.0.1:${port}/callback`],
    });
    const person = new SamplePerson(app.origin);
    return runConformance({ issuer, clientId, port, extra, browse: (url) => person.authorize(url, { approved }) });
  }

  function statuses({ checks }: ConformanceRun): Record<string, string> {
    return Object.fromEntries(checks.map(({ id, status }) => [id, status]));
  }

  it('DSC-04 DSC-05 DSC-11 AUT-16 AUT-19 AUT-22 TOK-07 TRN-03 agree, without scope and resource', async () => {
    const result = await run(app.origin);
    expect(result.checks, result.output).toHaveLength(3);
    expect(statuses(result), result.output).toEqual(EXPECTED);
    expect(result.exitCode).toBe(0);
  });

  it('TOK-07 agree when the resource is named', async () => {
    const result = await run(app.origin, ['--resource', app.mcpUrl.href]);
    expect(statuses(result), result.output).toEqual(EXPECTED);
  });

  it.each(['2025-03-26', '2025-06-18', '2025-11-25', '2026-07-28'])(
    'DSC-04 DSC-05 agree in the revision %s, without a failure and nothing skipped',
    async (revision) => {
      const result = await run(app.origin, ['--spec-version', revision]);
      const found = statuses(result);
      expect(found, result.output).toMatchObject({
        'authorization-server-metadata': 'SUCCESS',
        'authorization-code-grant': 'SUCCESS',
      });
      expect(Object.values(found).filter((status) => status === 'FAILURE' || status === 'SKIPPED')).toEqual([]);
    },
  );

  it('DSC-02 disagree about an issuer with a slash too many, so that agreeing means something', async () => {
    const result = await run(`${app.origin}/`);
    expect(statuses(result)).toMatchObject({ 'authorization-server-metadata': 'FAILURE' });
    expect(result.exitCode).not.toBe(0);
  });

  it('AUT-34 disagree about a code when the person refuses', async () => {
    const result = await run(app.origin, [], false);
    expect(statuses(result)).toMatchObject({ 'authorization-code-grant': 'FAILURE' });
    expect(JSON.stringify(result.checks)).toContain('access_denied');
  });
});
