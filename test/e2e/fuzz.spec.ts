import { randomInt } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { BATCH, fuzz, type FuzzReport, plan } from '../support/fuzz/fuzzer.js';
import { SeededRandom } from '../support/fuzz/random.js';
import { readRefusalReasons } from '../support/fuzz/refusal-reasons.js';
import { KINDS, World } from '../support/fuzz/world.js';
import { ADAPTERS } from '../support/test-app.js';

const REQUESTS = 5000;
/** Each reason on each adapter, so that neither hides behind the other. */
const LEAST = 10;

/** Set to repeat a run. */
const SEED = Number(process.env['FUZZ_SEED'] ?? randomInt(1_000_000_000));

/** Reasons that no request alone can bring about, each with why. */
const NOT_BY_A_REQUEST: Readonly<Record<string, string>> = {
  outage: 'the database or the host fails; the outage suites prove it',
  unexpected: 'a defect of the server',
  too_many_requests: 'a flood; rate-limits.spec.ts proves it',
  login_secret_used: 'two visits of one resume URL at the same moment',
  grant_unknown: 'a code or refresh token without its grant, which the foreign key forbids',
  resource_missing: 'a server without a default resource; this module always has one',
  scope_empty: 'a client of the operator whose scopes are not declared any more; client-service.spec.ts proves it',
  client_document_limited: 'too many fetches of client documents; the document suites prove it and those below',
  client_document_name_unknown: 'the DNS knows no address of a document',
  client_document_unreachable: 'no connection to a document, or none that can be trusted',
  client_document_proxy_refused: 'a proxy of the operator',
  client_document_too_slow: 'a document that takes its time',
  client_document_too_large: 'a document without end',
  client_document_status: 'a document that is not there',
  client_document_type: 'a document of another type',
  client_document_encoded: 'a compressed document',
  client_document_not_json: 'a document that is no JSON',
  client_document_of_another: 'a document of another client',
  client_assertion_key_ambiguous: 'a client with five keys that fit; client-assertion.verifier.spec.ts proves it',
  jwks_uri_unsupported: 'a server without client documents; client-documents.spec.ts proves it',
  secret_in_document: 'a client metadata document with a secret',
  auth_method_symmetric: 'a client metadata document that wants one',
  client_name_missing: 'a client metadata document without a name',
  redirect_uris_none_allowed: 'a client metadata document for other servers',
  token_endpoint_auth_methods_supported_wrong_type: 'a client metadata document with a broken list',
  token_endpoint_auth_methods_supported_too_long: 'the same',
  grant_types_unsupported: 'a client of the configuration, which refuses to boot',
  response_types_unsupported: 'the same',
  token_key_unknown: 'a server with asymmetric keys; signing-keys.spec.ts and jwt.spec.ts prove it',
  userinfo_scope_missing: 'a server with UserInfo; openid-connect.spec.ts proves it',
  client_refused: 'the policy of the host; client-policy.spec.ts proves it',
  client_pending: 'the same',
  client_keys_unavailable: 'a key server that does not answer; client-assertions.spec.ts proves it',
  organisation_unknown: 'a host that lists organisations; organisation-choice.spec.ts proves it',
  organisation_without_scopes: 'the same',
  action_unknown:
    'a form or data of the connected apps, which are no kind of request here; connected-apps.spec.ts proves it',
  connected_app_malformed: 'the same',
  connected_app_unknown: 'the same',
  scopes_malformed: 'the same',
  login: 'why the login page is asked for, not a refusal',
  reauthenticate: 'the same',
  select_account: 'the same',
};

const histogram = new Map<string, number>();

describe.each(ADAPTERS)(`${REQUESTS / ADAPTERS.length} faulty requests on %s (FUZZ_SEED=${SEED})`, (adapter) => {
  let report: FuzzReport;

  it('AUT-35 TOK-08 TOK-11 ABU-05 STO-04 answers each with exactly what is foreseen, logs its reason only, and stores nothing', async () => {
    const random = new SeededRandom(SEED);
    const world = await World.start(adapter, random);
    try {
      report = await fuzz(world, plan(random, REQUESTS / ADAPTERS.length, LEAST));
    } finally {
      await world.close();
    }
    for (const [reason, count] of report.reasons) histogram.set(reason, (histogram.get(reason) ?? 0) + count);
    expect(report.failures.slice(0, 20), `FUZZ_SEED=${SEED}`).toEqual([]);
    expect(report.sent).toBe(REQUESTS / ADAPTERS.length);
    expect([...report.byKind.keys()].sort()).toEqual([...KINDS].sort());
    expect(Math.min(...report.byKind.values())).toBeGreaterThan(50);
    // Every batch lies between two requests that are in order.
    expect(report.accepted).toBeGreaterThan((2 * report.sent) / BATCH);
  });

  it('meets every private refusal reason of the sources ten times or more, the listed exceptions aside', () => {
    const { reasons, unread } = readRefusalReasons(process.cwd());
    expect(unread).toEqual([]);
    expect(reasons.size).toBeGreaterThan(140);
    const rare = [...reasons].filter(
      (reason) => !(reason in NOT_BY_A_REQUEST) && (report.reasons.get(reason) ?? 0) < LEAST,
    );
    expect(rare, `FUZZ_SEED=${SEED}`).toEqual([]);
    const stale = Object.keys(NOT_BY_A_REQUEST).filter((reason) => !reasons.has(reason) || report.reasons.has(reason));
    expect(stale).toEqual([]);
  });
});

afterAll(() => {
  const counts = [...histogram].sort(([a], [b]) => a.localeCompare(b)).map(([reason, count]) => `${reason} ${count}`);
  console.info(`FUZZ_SEED=${SEED}: ${histogram.size} reasons: ${counts.join(', ')}`);
});
