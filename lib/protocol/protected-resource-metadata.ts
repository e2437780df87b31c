import { metadataDocument } from './authorization-server-metadata.js';

/** What the metadata of one protected resource is made from. */
export interface ProtectedResourceMetadataInput {
  readonly resource: string;
  /** Issuers whose tokens the resource accepts. */
  readonly authorizationServers: readonly string[];
  /** The basic scopes; a client without better advice asks for all of them. */
  readonly scopes: readonly string[];
  readonly name?: string;
  /** URL of documentation for developers. */
  readonly documentation?: string;
}

/** RFC 9728 §2. */
export function protectedResourceMetadata(p: ProtectedResourceMetadataInput): Record<string, unknown> {
  return metadataDocument({
    resource: p.resource,
    authorization_servers: p.authorizationServers,
    // It is the business of the authorization server; a resource never asks for it.
    scopes_supported: p.scopes.filter((scope) => scope !== 'offline_access'),
    bearer_methods_supported: ['header'],
    resource_name: p.name,
    resource_documentation: p.documentation,
  });
}
