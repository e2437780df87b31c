/**
 * Where metadata comes from. `registration`: a stranger's request, which learns from the answer what was cut. `document`: a page that a vendor
 * publishes for every server at once, so that preferences are negotiated. `configured`: an operator, who wants to hear of every mistake.
 */
export type ClientMetadataMode = 'registration' | 'document' | 'configured';

/** What this server offers to clients. */
export interface ClientMetadataPolicy {
  readonly mode: ClientMetadataMode;
  /** Private-use redirect schemes without a dot that are allowed all the same. */
  readonly allowedRedirectSchemes: readonly string[];
  readonly grantTypes: readonly string[];
  readonly authMethods: readonly string[];
  /** Keys may be named by `jwks_uri`, which this server then calls. */
  readonly remoteKeys: boolean;
  /** Algorithms of client assertions that can be verified here. */
  readonly assertionAlgorithms: readonly string[];
}
