import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type SampleApp, startSampleApp } from '../support/sample-app-process.js';
import { SamplePerson } from '../support/sample-person.js';
import { ClientHome } from './client-home.js';
import { InspectorCommand } from './inspector-2.js';
import { revoke, storedLogin } from './stored-login.js';

const WHOAMI = ['--method', 'tools/call', '--tool-name', 'whoami'];

describe('the command line of Inspector 2 and the sample app', () => {
  let app: SampleApp;
  let home: ClientHome;
  let started: InspectorCommand[];
  beforeAll(async () => {
    app = await startSampleApp({ adapter: 'express' });
  });
  afterAll(() => app.close());
  beforeEach(async () => {
    home = await ClientHome.create();
    started = [];
  });
  afterEach(async () => {
    await Promise.all(started.map((command) => command.stop()));
    await home.remove();
  });

  const run = async (...args: string[]): Promise<InspectorCommand> => {
    const command = await InspectorCommand.run(home, app.mcpUrl, args);
    started.push(command);
    return command;
  };
  const logIn = async (...args: string[]): Promise<Record<string, unknown>> => {
    const command = await run(...args);
    await command.logIn(new SamplePerson(app.origin));
    return command.result();
  };
  const requests = (path: string) => app.requests.filter((line) => line === `POST ${path}`).length;

  it('TOK-01 RSG-01 logs in once, lists tools, and calls them later with the tokens it kept', async () => {
    const { tools } = await logIn('--method', 'tools/list');
    const names = (tools as { name: string }[]).map(({ name }) => name).sort();
    expect(names).toEqual(['create_note', 'list_notes', 'purge_notes', 'whoami']);

    const [registered, issued] = [requests('/oauth/register'), requests('/oauth/token')];
    const called = await run(...WHOAMI, '--stored-auth-only');
    expect((await called.result())['structuredContent']).toMatchObject({
      userId: 'user-ada',
      scopes: ['mcp:read', 'mcp:write'],
    });
    const args = ['--method', 'tools/call', '--tool-name', 'create_note', '--tool-arg', 'title=From a command'];
    expect((await (await run(...args)).result())['structuredContent']).toMatchObject({
      note: { title: 'From a command' },
    });
    expect(called.askedForLogin).toBe(false);
    expect([requests('/oauth/register'), requests('/oauth/token')]).toEqual([registered, issued]);
  });

  it('RFT-01 REV-03 refreshes when its access token is refused, and logs in anew once its grant is revoked', async () => {
    await logIn(...WHOAMI);
    const login = await storedLogin(home);
    await revoke(app.origin, login, login.access_token);
    const refreshed = await run(...WHOAMI);
    expect((await refreshed.result())['structuredContent']).toMatchObject({ userId: 'user-ada' });
    expect(refreshed.askedForLogin).toBe(false);

    const { refresh_token: token, ...second } = await storedLogin(home);
    expect(token).not.toBe(login.refresh_token);
    await revoke(app.origin, { ...second, refresh_token: token }, token);
    expect((await logIn(...WHOAMI))['structuredContent']).toMatchObject({ userId: 'user-ada' });
  });

  it('RSG-02 ends and says what is missing when it may not log in', async () => {
    const command = await run(...WHOAMI, '--stored-auth-only');
    await expect(command.result()).rejects.toThrow('auth_required');
    expect(command.askedForLogin).toBe(false);
  });
});
