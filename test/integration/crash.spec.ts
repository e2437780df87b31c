import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashToken } from '../../lib/protocol/opaque-token.js';
import { type CompiledApp, compileSampleApp } from '../support/crash-build.js';
import { CrashClient, type Heard, tokensOf } from '../support/crash-client.js';
import { headsOf, Ledger } from '../support/crash-ledger.js';
import { CrashRun, crashPlan } from '../support/crash-run.js';
import { CrashServer } from '../support/crash-server.js';
import { databases, describeDatabases, type TestDatabase } from '../support/databases.js';

/** For each database; `npm run test:long` asks for more. */
const KILLS = Number(process.env['TEST_CRASH_KILLS'] ?? 5);
/** Refreshes for each database, and as many redemptions. */
const REQUESTS = Number(process.env['TEST_CRASH_REQUESTS'] ?? 6);
/** One is for the client that comes too late. */
const [REFRESH_KILLS, REDEMPTION_KILLS] = [Math.ceil((KILLS - 1) / 2), Math.floor((KILLS - 1) / 2)];
// A busy machine is slow, and not wrong.
const TIMEOUT = 120_000 + KILLS * 30_000 + REQUESTS * 2_000;
/** Cuts an answer between its access token and its refresh token. */
const AFTER_ACCESS_TOKEN = 0.9;
const SHORT_WINDOW_SECONDS = 1;

let compiled: CompiledApp;
beforeAll(async () => void (compiled = await compileSampleApp()), 180_000);
afterAll(() => compiled?.remove());

// Databases do not meet, and most of the time goes into starting servers.
describe.concurrent('the compiled server is killed', () => {
  describeDatabases('at exact points of token requests', (kind) => {
    // With few kills the databases begin at different points, and share all of them.
    const firstPoint = databases.indexOf(kind);
    let database: TestDatabase;
    let server: CrashServer;
    let run: CrashRun;
    beforeAll(async () => {
      database = await kind.create();
      server = await CrashServer.at(compiled.main, database);
      run = new CrashRun(server);
      await server.start();
    });
    afterAll(async () => {
      console.log(`${kind.name}: ${run.summary}`);
      await server?.stop();
      await database?.drop();
    });

    const soundLedger = async () => {
      const ledger = await Ledger.read(database);
      expect(ledger.faults()).toEqual([]);
      return ledger;
    };
    const begin = async () => {
      const client = await CrashClient.register(server.origin);
      return { client, tokens: tokensOf(await client.redeem(await client.approve())) };
    };
    const expectRefusal = ({ status, body }: Heard) =>
      expect({ status, ...(JSON.parse(body) as object) }).toMatchObject({ status: 400, error: 'invalid_grant' });

    it.sequential(
      'RFT-04 RFT-05 STO-03 lets a client that lost the answer to a refresh go on, and never leaves two living heads',
      async () => {
        const { client, tokens } = await begin();
        let { refresh_token: token, access_token } = tokens;
        for (const phase of crashPlan(REQUESTS, REFRESH_KILLS, firstPoint)) {
          const sent = token;
          run.requests.refreshes++;
          const heard = phase && (await run.under(phase, () => client.refresh(sent)));
          if (phase) {
            const isHead = headsOf((await soundLedger()).ofToken(sent)).includes(hashToken(sent));
            expect(isHead).toBe(phase === 'before-commit');
          }
          // The client repeats what it got no answer to, as clients do, well within the window.
          const answer = await client.refresh(sent);
          ({ refresh_token: token, access_token } = tokensOf(answer));
          // What arrived before was committed, so it is the beginning of the only answer there is.
          if (heard) expect(answer.body.slice(0, heard.body.length)).toBe(heard.body);
          if (phase) expect(headsOf((await soundLedger()).ofToken(token))).toEqual([hashToken(token)]);
        }
        const ledger = await soundLedger();
        expect(ledger.ended()).toEqual([]);
        expect(ledger.ofToken(token).tokens).toHaveLength(REQUESTS + 1);
        expect(await client.greet(access_token)).toBe(200);
      },
      TIMEOUT,
    );

    it.sequential(
      'ACG-05 STO-03 redeems a code once or not at all, and a repetition of what was committed ends what it issued',
      async () => {
        const client = await CrashClient.register(server.origin);
        const before = (await soundLedger()).chains.length;
        const ended: string[] = [];
        for (const phase of crashPlan(REQUESTS, REDEMPTION_KILLS, firstPoint + REFRESH_KILLS)) {
          const code = await client.approve();
          run.requests.redemptions++;
          if (phase === undefined) {
            tokensOf(await client.redeem(code));
            continue;
          }
          const heard = await run.under(phase, () => client.redeem(code), { share: AFTER_ACCESS_TOKEN });
          const { grant, tokens } = (await soundLedger()).ofCode(code.code);
          expect(tokens).toHaveLength(phase === 'before-commit' ? 0 : 1);
          const half = /"access_token":"([^"]+)"/.exec(heard.body)?.[1];
          expect(half !== undefined).toBe(phase === 'while-answering');
          if (half !== undefined) expect(await client.greet(half)).toBe(200);
          const answer = await client.redeem(code);
          if (phase === 'before-commit') {
            expect(await client.greet(tokensOf(answer).access_token)).toBe(200);
            continue;
          }
          expectRefusal(answer);
          if (half !== undefined) expect(await client.greet(half)).toBe(401);
          ended.push(grant.id);
        }
        const ledger = await soundLedger();
        expect(ledger.chains).toHaveLength(before + REQUESTS);
        expect(new Set(ledger.ended().map(({ id }) => id))).toEqual(new Set(ended));
        expect(ledger.ended().every(({ revokedReason }) => revokedReason === 'authorization_code_replayed')).toBe(true);
      },
      TIMEOUT,
    );

    it.sequential(
      'RFT-03 RFT-04 ends the chain of a client that repeats a refresh after the window, whose user then logs in again',
      async () => {
        const { client, tokens } = await begin();
        run.requests.refreshes++;
        // The window of the process that is asked decides.
        await run.under('after-commit', () => client.refresh(tokens.refresh_token), {
          windowSeconds: SHORT_WINDOW_SECONDS,
        });
        const { tokens: rows } = (await soundLedger()).ofToken(tokens.refresh_token);
        const windowEnd = Math.max(...rows.map(({ consumedAt }) => consumedAt ?? 0)) + SHORT_WINDOW_SECONDS * 1000;
        while (Date.now() < windowEnd) await delay(windowEnd - Date.now());
        expect(await client.greet(tokens.access_token)).toBe(200);

        expectRefusal(await client.refresh(tokens.refresh_token));
        const { grant } = (await soundLedger()).ofToken(tokens.refresh_token);
        expect(grant.revokedReason).toBe('refresh_token_reused');
        expect(await client.greet(tokens.access_token)).toBe(401);
        tokensOf(await client.redeem(await client.approve()));
      },
      TIMEOUT,
    );
  });
});
