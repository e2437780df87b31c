/** How a client shows at the token endpoint that it is itself. */
export type AuthenticationMethod = 'none' | 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt';

/** What a client is called by the server, and how it authenticates. */
export interface Identity {
  readonly by: 'document' | 'registration';
  readonly clientId: string;
  readonly method: AuthenticationMethod;
  readonly secret?: string;
}

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** RFC 6749 §2.3.1: both halves encoded like a form. */
const encode = (text: string): string => new URLSearchParams([['', text]]).toString().slice(1);

/**
 * Headers and parameters that authenticate a request to the token endpoint.
 * @param assertion signs what `private_key_jwt` needs
 */
export function authenticate(
  { clientId, method, secret = '' }: Identity,
  assertion: () => string,
): { readonly headers: Record<string, string>; readonly form: Record<string, string> } {
  switch (method) {
    case 'client_secret_basic':
      return { headers: { authorization: `Basic ${btoa(`${encode(clientId)}:${encode(secret)}`)}` }, form: {} };
    case 'client_secret_post':
      return { headers: {}, form: { client_id: clientId, client_secret: secret } };
    case 'private_key_jwt':
      return {
        headers: {},
        form: { client_id: clientId, client_assertion_type: ASSERTION_TYPE, client_assertion: assertion() },
      };
    case 'none':
      return { headers: {}, form: { client_id: clientId } };
  }
}
