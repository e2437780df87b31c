import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type SampleApp, startSampleApp } from '../../support/sample-app-process.js';
import { SamplePerson } from '../../support/sample-person.js';
import { ADAPTERS } from '../../support/test-app.js';
import { clientFactory, DRIVERS } from './drivers/drivers.js';

const SECRET_MEMBERS = ['access_token', 'refresh_token', 'client_secret'];
const SECRET_PARAMETERS = ['code', 'code_verifier', 'refresh_token', 'client_secret'];

describe.each(ADAPTERS)('what lasts longer than a login, in the sample app on %s', (adapter) => {
  let app: SampleApp;
  let ada: SamplePerson;
  beforeAll(async () => {
    app = await startSampleApp({ adapter });
    ada = new SamplePerson(app.origin);
    // The newer SDK warns where it drops credentials, which is what some of these tests are about.
    vi.spyOn(console, 'warn').mockReturnValue();
  });
  afterAll(() => app.close());

  describe.each(DRIVERS)('with %s', (_name, driver) => {
    const newClient = clientFactory(driver, () => app);

    it('RFT-01 refreshes without a browser, and starts over when its refresh token was retired', async () => {
      const client = await newClient().connectAs(ada);
      const first = client.memory.tokens();
      expect(await client.authorize()).toBe('AUTHORIZED');
      expect(await client.authorize()).toBe('AUTHORIZED');
      const third = client.memory.tokens();
      expect(third?.refresh_token).not.toBe(first?.refresh_token);
      expect(third?.access_token).not.toBe(first?.access_token);
      expect(third?.scope).toBe('mcp:read mcp:write');
      await client.callTool('whoami');

      client.changeTokens({ refresh_token: first?.refresh_token });
      expect(await client.authorize()).toBe('REDIRECT');
      expect(client.recorder.last('POST', '/oauth/token').json).toMatchObject({ error: 'invalid_grant' });
      expect(client.memory.tokens()).toBeUndefined();
    });

    it('RSG-03 replaces an access token that is not accepted without asking anybody', async () => {
      const client = await newClient().connectAs(ada);
      client.changeTokens({ access_token: `${client.memory.tokens()?.access_token}x` });
      expect(await client.callTool('whoami')).toMatchObject({ userId: 'user-ada' });
      const refused = client.recorder.exchanges.findLast(({ status }) => status === 401);
      expect(refused?.headers.get('www-authenticate')).toMatch(/^Bearer error="invalid_token", /);
      expect(client.recorder.last('POST', '/oauth/token').requestBody).toContain('grant_type=refresh_token');
    });

    it('CAU-04 registers anew where its registration is gone', async () => {
      const client = await newClient().connectAs(ada);
      const before = client.memory.clientInformation();
      client.memory.saveClientInformation({ ...before, client_id: 'a-registration-nobody-knows' });
      expect(await client.authorize()).toBe('REDIRECT');
      expect(client.recorder.authorization()).toContain('POST /oauth/token 401');
      expect(client.recorder.last('POST', '/oauth/token').json).toMatchObject({ error: 'invalid_client' });
      await client.openBrowser(ada);
      await client.connect();
      expect(client.memory.clientInformation()?.client_id).not.toBe(before?.client_id);
    });

    it('STO-04 leaves no token, code or secret in the log', async () => {
      const client = await newClient({ authMethod: 'client_secret_post' }).connectAs(ada);
      await client.authorize();
      const answers = client.recorder.exchanges.map(({ json }) => json ?? {});
      const bodies = client.recorder.exchanges.map(({ requestBody }) => new URLSearchParams(requestBody));
      const secrets = [
        ...answers.flatMap((json) => SECRET_MEMBERS.map((name) => Reflect.get(json, name) as unknown)),
        ...bodies.flatMap((body) => SECRET_PARAMETERS.map((name) => body.get(name))),
        ...ada.browser.cookies.values(),
      ].filter((value) => typeof value === 'string');
      expect(secrets.length).toBeGreaterThan(8);
      const log = app.log.lines.join('\n');
      expect(secrets.filter((secret) => log.includes(secret))).toEqual([]);
    });
  });
});
