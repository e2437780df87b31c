import { randomUUID } from 'node:crypto';
import { ClientSigner } from '../../client-signer.js';
import {
  type ForgedAssertion,
  forgedAssertions,
  ForgedClientKeys,
  type ForgeryTarget,
} from '../../forged-assertions.js';
import { changeClient, storedMetadata } from '../arrange.js';
import { type Draft, pair, withParameter } from '../draft.js';
import { type Fault, unchanged } from '../fault.js';
import { formOf } from '../token-requests.js';
import { atToken as at } from '../token-fault.js';
import type { Kind, World } from '../world.js';

const SIGNING: readonly Kind[] = ['code of a client with keys'];

/** Milliseconds for which the assertions of the table are what their names say: some are only minutes away from something else. */
const STEADY_MS = 60_000;

const targets = new WeakMap<World, Promise<ForgeryTarget>>();
const tables = new WeakMap<World, { readonly madeAt: number; readonly rows: readonly ForgedAssertion[] }>();

/** Whose assertions are forged, and one of them that was accepted. */
export function forgeryTarget(world: World): Promise<ForgeryTarget> {
  const target = targets.get(world) ?? makeTarget(world);
  targets.set(world, target);
  return target;
}

async function makeTarget(world: World): Promise<ForgeryTarget> {
  const { id: clientId } = world.client('private_key_jwt');
  const [jti, otherKey] = [randomUUID(), new ClientSigner('ES256', { kid: 'other' })];
  const { keys } = world;
  const jwt = keys.ec.assertion(clientId, world.host.origin, { claims: { jti } });
  const proof = { ...keys.ec.form(clientId, world.host.origin), client_assertion: jwt };
  const { status } = await world.send(
    formOf('/oauth/revoke', [pair('token', 'nothing')], { id: clientId, prove: () => proof }),
  );
  if (status !== 200) throw new Error(`the first assertion was answered ${status}`);
  return {
    issuer: world.host.origin,
    clientId,
    keys,
    otherId: await world.registerKeys({ keys: [otherKey.jwk] }),
    otherKey,
    publicId: world.client('none').id,
    secretId: world.client('client_secret_basic').id,
    used: { jti, jwt },
  };
}

async function rowsOf(world: World): Promise<readonly ForgedAssertion[]> {
  const known = tables.get(world);
  if (known && Date.now() - known.madeAt < STEADY_MS) return known.rows;
  const rows = forgedAssertions(await forgeryTarget(world));
  tables.set(world, { madeAt: Date.now(), rows });
  return rows;
}

const withForm = (draft: Draft, form: Readonly<Record<string, string>>): Draft =>
  Object.entries(form).reduce((spoilt, [name, value]) => withParameter(spoilt, name, value), draft);

/** Names and reasons of the table; what stands in it here is never sent. */
function tableOfNobody(): readonly ForgedAssertion[] {
  const otherKey = new ClientSigner('ES256');
  const ids = { clientId: 'a', otherId: 'b', publicId: 'c', secretId: 'd', issuer: 'https://app.example' };
  return forgedAssertions({ ...ids, keys: new ForgedClientKeys(), otherKey, used: { jti: 'x', jwt: 'x.x.x' } });
}

const keysIn =
  (change: object): NonNullable<Fault['arrange']> =>
  (valid, world) => {
    const metadata = { token_endpoint_auth_method: 'private_key_jwt', jwks: world.keys.jwks, ...change };
    return changeClient({ metadata: storedMetadata(metadata) })(valid, world);
  };

export const ASSERTION_FAULTS: readonly Fault[] = [
  ...tableOfNobody().map(({ name, reason }) =>
    at(SIGNING, `assertion: ${name}`, reason, 'invalid_client', async ({ draft }, world) => {
      const forged = (await rowsOf(world)).find((row) => row.name === name);
      return withForm(draft, forged?.form ?? {});
    }),
  ),
  at(
    SIGNING,
    'another algorithm than the registered one',
    'client_assertion_algorithm_differs',
    'invalid_client',
    unchanged,
    keysIn({ token_endpoint_auth_signing_alg: 'RS256' }),
  ),
  at(
    SIGNING,
    'no key any more',
    'client_assertion_key_unknown',
    'invalid_client',
    unchanged,
    keysIn({ jwks: { keys: [] } }),
  ),
  at(SIGNING, 'a secret too', 'client_auth_several', 'invalid_request', ({ draft }, { random }) =>
    withParameter(draft, 'client_secret', random.word(43)),
  ),
  at(SIGNING, 'another name beside the assertion', 'client_id_differs', 'invalid_request', ({ draft }, { random }) =>
    withParameter(draft, 'client_id', random.word(43)),
  ),
];
