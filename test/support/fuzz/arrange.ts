import type { Fault } from './fault.js';
import { REDIRECT_URI, sha256, type Table, type Valid, type World } from './world.js';

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
export const changeGrant =
  (values: Values): Arrange =>
  async (valid, world) => {
    const { table, column, hash } = credentialRow(valid);
    const rows = await world.host.dataSource.query<{ grant_id: string }[]>(
      `SELECT grant_id FROM ${table} WHERE ${column} = ?`,
      [hash],
    );
    return world.change('mcp_auth_grants', { id: rows[0]?.grant_id ?? '' }, values);
  };

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
