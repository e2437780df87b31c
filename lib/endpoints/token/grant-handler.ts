import type { RegisteredClient } from '../../clients/registered-client.js';
import type { FormParameters } from '../../protocol/form-parameters.js';
import type { TokenResponse } from '../../protocol/token-response.js';

/** One grant type of the token endpoint. The client is authenticated and may use it. */
export interface GrantHandler {
  readonly grantType: string;
  handle(client: RegisteredClient, form: FormParameters): Promise<TokenResponse>;
}
