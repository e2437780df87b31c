import type { MigrationInterface, QueryRunner } from 'typeorm';
import {
  bigint,
  createPortableTable,
  dropPortableTable,
  integer,
  primaryKey,
  text,
  varchar,
} from './portable-table.js';
import type { PortableTable } from './portable-table.js';

// Written out rather than derived from the entities: a released migration must go on making what it made.

const clients: PortableTable = {
  name: 'mcp_auth_clients',
  columns: [
    primaryKey('mcp_auth_clients_pk'),
    varchar('client_id', 512),
    varchar('source', 16),
    varchar('secret_hash', 64, { nullable: true }),
    text('metadata'),
    text('key_set', { nullable: true }),
    bigint('created_at'),
    bigint('last_used_at', { nullable: true }),
    bigint('authorized_at', { nullable: true }),
    bigint('approved_at', { nullable: true }),
    varchar('approved_fingerprint', 64, { nullable: true }),
    bigint('disabled_at', { nullable: true }),
  ],
  indices: {
    mcp_auth_clients_client_id_uq: ['client_id'],
    mcp_auth_clients_authorized_created_ix: ['authorized_at', 'created_at'],
  },
};

const pendingAuthorizations: PortableTable = {
  name: 'mcp_auth_pending_authorizations',
  columns: [
    primaryKey('mcp_auth_pending_authorizations_pk'),
    varchar('handle_hash', 64),
    varchar('browser_hash', 64),
    varchar('client_id', 512, { nullable: true }),
    text('request', { nullable: true }),
    integer('login_bounces'),
    varchar('user_id', 255, { nullable: true }),
    varchar('org_id', 255, { nullable: true }),
    bigint('auth_time', { nullable: true }),
    varchar('login_secret_hash', 64, { nullable: true }),
    bigint('login_confirmed_at', { nullable: true }),
    bigint('account_asked_at', { nullable: true }),
    varchar('chosen_by', 255, { nullable: true }),
    varchar('chosen_org_id', 255, { nullable: true }),
    bigint('created_at'),
    bigint('expires_at'),
    bigint('decided_at', { nullable: true }),
  ],
  indices: {
    mcp_auth_pending_authorizations_handle_hash_uq: ['handle_hash'],
    mcp_auth_pending_authorizations_expires_at_ix: ['expires_at'],
  },
};

const grants: PortableTable = {
  name: 'mcp_auth_grants',
  columns: [
    primaryKey('mcp_auth_grants_pk'),
    varchar('user_id', 255),
    varchar('org_id', 255, { nullable: true }),
    varchar('client_id', 512),
    text('resource'),
    text('scopes'),
    text('redirect_uri'),
    varchar('device_label', 255, { nullable: true }),
    bigint('auth_time', { nullable: true }),
    bigint('created_at'),
    bigint('last_used_at'),
    bigint('expires_at'),
    bigint('revoked_at', { nullable: true }),
    varchar('revoked_reason', 64, { nullable: true }),
    integer('revision'),
    text('client_snapshot'),
  ],
  indices: {
    mcp_auth_grants_user_client_ix: ['user_id', 'client_id'],
    mcp_auth_grants_expires_at_ix: ['expires_at'],
  },
};

const authorizationCodes: PortableTable = {
  name: 'mcp_auth_authorization_codes',
  columns: [
    primaryKey('mcp_auth_authorization_codes_pk'),
    varchar('code_hash', 64),
    varchar('grant_id', 36),
    varchar('client_id', 512),
    text('redirect_uri'),
    varchar('code_challenge', 128),
    text('resource'),
    text('nonce', { nullable: true }),
    bigint('created_at'),
    bigint('expires_at'),
    bigint('consumed_at', { nullable: true }),
  ],
  indices: {
    mcp_auth_authorization_codes_code_hash_uq: ['code_hash'],
    mcp_auth_authorization_codes_grant_id_ix: ['grant_id'],
    mcp_auth_authorization_codes_expires_at_ix: ['expires_at'],
  },
  foreignKey: {
    name: 'mcp_auth_authorization_codes_grant_fk',
    column: 'grant_id',
    referencedTable: 'mcp_auth_grants',
  },
};

const refreshTokens: PortableTable = {
  name: 'mcp_auth_refresh_tokens',
  columns: [
    primaryKey('mcp_auth_refresh_tokens_pk'),
    varchar('token_hash', 64),
    varchar('grant_id', 36),
    varchar('access_token_id', 36),
    bigint('access_expires_at'),
    bigint('created_at'),
    bigint('expires_at'),
    bigint('consumed_at', { nullable: true }),
    varchar('successor_id', 36, { nullable: true }),
    varchar('replay_fingerprint', 64, { nullable: true }),
    text('replay_answer', { nullable: true }),
    bigint('replay_until', { nullable: true }),
  ],
  indices: {
    mcp_auth_refresh_tokens_replay_until_ix: ['replay_until'],
    mcp_auth_refresh_tokens_token_hash_uq: ['token_hash'],
    mcp_auth_refresh_tokens_grant_id_ix: ['grant_id'],
    mcp_auth_refresh_tokens_expires_at_ix: ['consumed_at', 'expires_at'],
  },
  foreignKey: { name: 'mcp_auth_refresh_tokens_grant_fk', column: 'grant_id', referencedTable: 'mcp_auth_grants' },
};

const revocations: PortableTable = {
  name: 'mcp_auth_revocations',
  columns: [
    primaryKey('mcp_auth_revocations_pk'),
    varchar('target_id', 36),
    bigint('created_at'),
    bigint('expires_at'),
  ],
  indices: {
    mcp_auth_revocations_target_id_ix: ['target_id'],
    mcp_auth_revocations_created_at_ix: ['created_at'],
    mcp_auth_revocations_expires_at_ix: ['expires_at'],
  },
};

const usedAssertions: PortableTable = {
  name: 'mcp_auth_used_assertions',
  columns: [primaryKey('mcp_auth_used_assertions_pk'), varchar('assertion_hash', 64), bigint('expires_at')],
  indices: {
    mcp_auth_used_assertions_assertion_hash_uq: ['assertion_hash'],
    mcp_auth_used_assertions_expires_at_ix: ['expires_at'],
  },
};

const TABLES = [clients, pendingAuthorizations, grants, authorizationCodes, refreshTokens, revocations, usedAssertions];

export class CreateMcpAuthTables1795500000000 implements MigrationInterface {
  readonly name = 'CreateMcpAuthTables1795500000000';

  /** @param schema where the tables go on PostgreSQL; left out, the `schema` of the data source. */
  constructor(private readonly schema?: string) {}

  async up(runner: QueryRunner): Promise<void> {
    for (const table of TABLES) await createPortableTable(runner, table, this.schema);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of TABLES.toReversed()) await dropPortableTable(runner, table, this.schema);
  }
}
