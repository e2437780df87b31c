import type { Fault } from './fault.js';
import type { Draft } from './draft.js';
import { formOf } from './token-requests.js';
import { REDIRECT_URI, REPLAY_WINDOW, sha256, type Table, type Valid, type World } from './world.js';

export type Arrange = NonNullable<Fault['arrange']>;

type Values = Readonly<Record<string, unknown>>;

/** Client metadata as it is stored, with a change. */
export const storedMetadata = (change: object): string =>
  JSON.stringify({
    redirect_uris: [REDIRECT_URI],
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    ...change,
  });

/** The operator, or time, changes the client of the request. */
export const changeClient =
  (values: Values): Arrange =>
  ({ clientId = '' }, world) =>
    world.change('mcp_auth_clients', { client_id: clientId }, values);

/** The same for the pending request. */
export const changePending =
  (values: Values): Arrange =>
  ({ handle = '' }, world) =>
    world.change('mcp_auth_pending_authorizations', { handle_hash: sha256(handle) }, values);

/** The row of the code or of the refresh token that the request presents. */
function credentialRow({ code, refreshToken = '' }: Valid): { table: Table; column: string; hash: string } {
  return code === undefined
    ? { table: 'mcp_auth_refresh_tokens', column: 'token_hash', hash: sha256(refreshToken) }
    : { table: 'mcp_auth_authorization_codes', column: 'code_hash', hash: sha256(code) };
}

export const changeCredential =
  (values: Values): Arrange =>
  (valid, world) => {
    const { table, column, hash } = credentialRow(valid);
    return world.change(table, { [column]: hash }, values);
  };

/** The grant above it. */
export async function grantIdOf(valid: Valid, world: World): Promise<string> {
  const { table, column, hash } = credentialRow(valid);
  const rows = await world.host.dataSource.query<{ grant_id: string }[]>(
    `SELECT grant_id FROM ${table} WHERE ${column} = ?`,
    [hash],
  );
  return rows[0]?.grant_id ?? '';
}

export const changeGrant =
  (values: Values): Arrange =>
  async (valid, world) =>
    world.change('mcp_auth_grants', { id: await grantIdOf(valid, world) }, values);

/** The token was retired so long ago that it is not answered again. */
export const closeWindow: Arrange = (valid, world) => {
  const late = world.random.pick([0, 1, 1000 * world.random.below(86_400)]);
  return changeCredential({ consumed_at: world.host.clock.now() - REPLAY_WINDOW * 1000 - late })(valid, world);
};

/** That long ago that it would have expired by now, had nobody used it. */
export const outliveRetired: Arrange = changeCredential({ consumed_at: 1, expires_at: 2 });

/** The refresh token that took its place was used already. */
export const useSuccessor: Arrange = ({ successor = '' }, world) =>
  world.change('mcp_auth_refresh_tokens', { token_hash: sha256(successor) }, { consumed_at: world.host.clock.now() });

/** The access token that the answer holds was revoked. */
export const revokeAnswer: Arrange = async ({ successor = '' }, world) => {
  const { dataSource } = world.host;
  const columns = `'revoked-answer', 'revoked-answer', 0, ${world.host.clock.now() + 9_000_000_000}`;
  await dataSource.query(`INSERT INTO mcp_auth_revocations VALUES (${columns})`);
  const change = { access_token_id: 'revoked-answer' };
  const undo = await world.change('mcp_auth_refresh_tokens', { token_hash: sha256(successor) }, change);
  return async () => {
    await undo();
    await dataSource.query(`DELETE FROM mcp_auth_revocations WHERE id = 'revoked-answer'`);
  };
};

/** What cannot be taken back: somebody sends a request of his own first. */
const sendFirst =
  (expected: number, request: (valid: Valid, world: World) => Draft): Arrange =>
  async (valid, world) => {
    const { status, text } = await world.send(request(valid, world));
    if (status !== expected) throw new Error(`the request before was answered ${status} ${text}`);
    return () => undefined;
  };

/** The request was accepted already. */
export const acceptOnce: Arrange = sendFirst(200, ({ draft }) => draft);

/** Somebody presents the code of these tokens once more. */
export const replayCode: Arrange = sendFirst(400, ({ redemption }) => redemption as Draft);

const revoke = (which: 'accessToken' | 'refreshToken'): Arrange =>
  sendFirst(200, (valid) => {
    const { clientId: id = '', clientSecret: secret } = valid;
    const client = secret === undefined ? { id } : { id, secret };
    return formOf('/oauth/revoke', [`token=${valid[which]}`], client);
  });

/** The client gives a token back. */
export const revokeAccessToken: Arrange = revoke('accessToken');
export const revokeRefreshToken: Arrange = revoke('refreshToken');

/** The host's record of the user is gone while the session still stands. */
export const loseUser: Arrange = (_valid, { host }: World) => {
  host.users.faults.set('fetchUserData', () => null);
  return Promise.resolve(() => host.users.faults.delete('fetchUserData'));
};

/** The user may not grant anything any more. */
export const loseRights: Arrange = (_valid, { host }: World) => {
  for (const scope of ['mcp:read', 'mcp:write', 'mcp:admin']) host.users.refused.add(scope);
  return Promise.resolve(() => host.users.refused.clear());
};
