import { randomBytes } from 'node:crypto';
import type {
  OAuthClientMetadata,
  OAuthClientProvider,
  OAuthDiscoveryState,
  StoredOAuthClientInformation,
  StoredOAuthTokens,
} from '@modelcontextprotocol/client';

/** Where the demo's client would listen. Nobody does: the terminal's browser stops before it gets there. */
export const CALLBACK = 'http://127.0.0.1:47123/callback';

/** What an MCP client remembers. A real one keeps this in the system's key chain. */
export class DemoClient implements OAuthClientProvider {
  readonly redirectUrl = CALLBACK;
  readonly clientMetadata: OAuthClientMetadata = {
    client_name: 'Demo client',
    redirect_uris: [CALLBACK],
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
  };
  private information: StoredOAuthClientInformation | undefined;
  private currentTokens: StoredOAuthTokens | undefined;
  private verifier = '';
  private lastState = '';
  private discovery: OAuthDiscoveryState | undefined;
  private address: URL | undefined;

  /** The address that a desktop client would open in the person's browser. */
  takeAuthorizationUrl(): URL {
    const { address } = this;
    if (address === undefined) throw new Error('The server did not ask for authorization');
    this.address = undefined;
    return address;
  }

  /** The parameters that came back, if they answer this client's own request. */
  readCallback(url: URL): URLSearchParams {
    const error = url.searchParams.get('error');
    if (error !== null)
      throw new Error(`Refused: ${error} (${url.searchParams.get('error_description') ?? 'no reason'})`);
    if (url.searchParams.get('state') !== this.lastState) throw new Error('The answer belongs to another request');
    return url.searchParams;
  }

  state(): string {
    return (this.lastState = randomBytes(16).toString('base64url'));
  }

  clientInformation() {
    return this.information;
  }

  saveClientInformation(information: StoredOAuthClientInformation): void {
    this.information = information;
  }

  tokens() {
    return this.currentTokens;
  }

  saveTokens(tokens: StoredOAuthTokens): void {
    this.currentTokens = tokens;
  }

  redirectToAuthorization(url: URL): void {
    this.address = url;
  }

  saveCodeVerifier(verifier: string): void {
    this.verifier = verifier;
  }

  codeVerifier(): string {
    return this.verifier;
  }

  saveDiscoveryState(state: OAuthDiscoveryState): void {
    this.discovery = state;
  }

  discoveryState() {
    return this.discovery;
  }
}
