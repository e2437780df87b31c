import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { counter, epochMilliseconds, epochSeconds, json, primaryKey, sha256Hex, varchar } from '../column-types.js';

/** A request at the authorization endpoint that waits for the user's login and decision, or somebody's visit to their connected apps. */
@Entity({ name: 'mcp_auth_pending_authorizations' })
@Index('mcp_auth_pending_authorizations_handle_hash_uq', ['handleHash'], { unique: true })
@Index('mcp_auth_pending_authorizations_expires_at_ix', ['expiresAt'])
export class PendingAuthorizationEntity {
  @PrimaryColumn(primaryKey('mcp_auth_pending_authorizations_pk'))
  id: string;

  @Column(sha256Hex('handle_hash'))
  handleHash: string;

  /** The browser that began the request; no other one may finish it. */
  @Column(sha256Hex('browser_hash'))
  browserHash: string;

  /** Null for a visit: no client asks for anything. */
  @Column(varchar('client_id', 512, { nullable: true }))
  clientId: string | null;

  /** The validated request; its shape belongs to the authorization endpoint. Null for a visit. */
  @Column(json('request', { nullable: true }))
  request: unknown;

  /** How often this request was sent to the host's login page. */
  @Column(counter('login_bounces'))
  loginBounces: number;

  @Column(varchar('user_id', 255, { nullable: true }))
  userId: string | null;

  @Column(varchar('org_id', 255, { nullable: true }))
  orgId: string | null;

  @Column(epochSeconds('auth_time', { nullable: true }))
  authTime: number | null;

  @Column(sha256Hex('login_secret_hash', { nullable: true }))
  loginSecretHash: string | null;

  @Column(epochMilliseconds('login_confirmed_at', { nullable: true }))
  loginConfirmedAt: number | null;

  /** When the person last asked to go on with another account; who had signed in for the request is forgotten then. */
  @Column(epochMilliseconds('account_asked_at', { nullable: true }))
  accountAskedAt: number | null;

  /** The user who chose an organisation on the consent page; the choice is no other user's. */
  @Column(varchar('chosen_by', 255, { nullable: true }))
  chosenBy: string | null;

  @Column(varchar('chosen_org_id', 255, { nullable: true }))
  chosenOrgId: string | null;

  @Column(epochMilliseconds('created_at'))
  createdAt: number;

  @Column(epochMilliseconds('expires_at'))
  expiresAt: number;

  @Column(epochMilliseconds('decided_at', { nullable: true }))
  decidedAt: number | null;
}
