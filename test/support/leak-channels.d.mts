/** What the scan of the whole suite (test/leaks) looks for, by the place where a secret shows up. */
export type SecretKind =
  | 'access_token'
  | 'refresh_token'
  | 'client_secret'
  | 'client_assertion'
  | 'registration_access_token'
  | 'id_token'
  | 'code'
  | 'code_verifier'
  | 'handle'
  | 'login'
  | 'csrf_token'
  | 'cookie'
  | 'oauth_secret'
  | 'api_key';

/**
 * What an application says besides its answers: its loggers, its database connections, and what a process prints whose output a test
 * keeps to itself.
 */
export type OutputChannel = 'log' | 'statements' | 'printed';

/** Where every process of a run writes to (`TEST_LEAKS_DIR`); unset, nothing is collected. */
export function leaksDirectory(): string | undefined;

/** Keeps one entry of output, as one line. */
export function keepOutput(channel: OutputChannel, text: string): void;

/** Keeps a secret once per process. A value that is no secret by its looks, one that ends in `aaaa…` or a word, is left out. */
export function keepSecret(kind: SecretKind | 'code_challenge', value: string): void;
