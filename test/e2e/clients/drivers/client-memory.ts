import { randomBytes } from 'node:crypto';

type CredentialScope = 'all' | 'client' | 'tokens' | 'verifier' | 'discovery';

/** What an MCP client keeps between its steps: the provider that both generations of the SDK ask for, each with its own types. */
export class ClientMemory<Metadata, Information, Tokens, Discovery> {
  private information: Information | undefined;
  private currentTokens: Tokens | undefined;
  private discovery: Discovery | undefined;
  private verifier = '';
  private authorizationUrl: URL | undefined;
  lastState = '';

  constructor(
    readonly redirectUrl: string,
    readonly clientMetadata: Metadata,
  ) {}

  /** The address the client would open in a browser; once. */
  takeAuthorizationUrl(): URL {
    const url = this.authorizationUrl;
    this.authorizationUrl = undefined;
    if (!url) throw new Error('The client did not ask for authorization');
    return url;
  }

  state(): string {
    return (this.lastState = randomBytes(16).toString('base64url'));
  }

  clientInformation(): Information | undefined {
    return this.information;
  }

  saveClientInformation(information: Information): void {
    this.information = information;
  }

  tokens(): Tokens | undefined {
    return this.currentTokens;
  }

  saveTokens(tokens: Tokens): void {
    this.currentTokens = tokens;
  }

  redirectToAuthorization(url: URL): void {
    this.authorizationUrl = url;
  }

  saveCodeVerifier(verifier: string): void {
    this.verifier = verifier;
  }

  codeVerifier(): string {
    return this.verifier;
  }

  saveDiscoveryState(state: Discovery): void {
    this.discovery = state;
  }

  discoveryState(): Discovery | undefined {
    return this.discovery;
  }

  invalidateCredentials(scope: CredentialScope): void {
    if (scope === 'all' || scope === 'client') this.information = undefined;
    if (scope === 'all' || scope === 'tokens') this.currentTokens = undefined;
    if (scope === 'all' || scope === 'discovery') this.discovery = undefined;
  }
}
