import { InvalidRequestError } from './oauth-errors.js';

const MAX_PARAMETERS = 100;
const MAX_NAME_LENGTH = 128;
const MAX_VALUE_LENGTH = 2048;
/** Tokens and assertions may be longer than what else is sent: this is the longest that the server takes at all. */
const MAX_JWT_LENGTH = 4096;
const JWTS: readonly string[] = ['token', 'client_assertion'];

/** C0 and DEL: what is left when printable ASCII and everything beyond ASCII is taken away. */
const CONTROL_CHARACTER = /[^ -~\u0080-\uffff]/;
const NOT_ASCII = /[\u0080-\uffff]/;

type Fault = 'parameter_malformed' | 'parameter_too_long' | 'parameter_control_character';

const FAULT_DESCRIPTIONS: Readonly<Record<Fault, string>> = {
  parameter_malformed: 'A parameter is not encoded correctly',
  parameter_too_long: 'A parameter is too long',
  parameter_control_character: 'A parameter contains a control character',
};

interface Decoded {
  readonly text: string;
  readonly fault?: Fault;
}

/** Form decoding without repair: a bad percent sequence, or bytes that are not UTF-8, is a fault (RFC 6749 App. B). */
function decode(encoded: string, maxLength: number): Decoded {
  // Outside percent sequences a form is ASCII; anything else was mangled on its way here.
  if (NOT_ASCII.test(encoded)) return { text: encoded, fault: 'parameter_malformed' };
  let text: string;
  try {
    text = decodeURIComponent(encoded.replaceAll('+', ' '));
  } catch {
    return { text: encoded, fault: 'parameter_malformed' };
  }
  if (text.length > maxLength) return { text, fault: 'parameter_too_long' };
  return CONTROL_CHARACTER.test(text) ? { text, fault: 'parameter_control_character' } : { text };
}

function decodePair(pair: string): { name: string; value: Decoded } {
  const separator = pair.indexOf('=');
  const name = decode(separator < 0 ? pair : pair.slice(0, separator), MAX_NAME_LENGTH);
  const longest = JWTS.includes(name.text) ? MAX_JWT_LENGTH : MAX_VALUE_LENGTH;
  const value = decode(separator < 0 ? '' : pair.slice(separator + 1), longest);
  return { name: name.text, value: name.fault === undefined ? value : { ...value, fault: name.fault } };
}

function refuseFault(value: Decoded): void {
  if (value.fault !== undefined)
    throw new InvalidRequestError(FAULT_DESCRIPTIONS[value.fault], { reason: value.fault });
}

function repeated(): InvalidRequestError {
  return new InvalidRequestError('A parameter is repeated', { reason: 'parameter_repeated' });
}

/**
 * The parameters of a form body or a query string. Parsing never fails; a fault comes to light when the parameter it
 * belongs to is read, or all at once in {@link assertWellFormed}. So a caller can still read `client_id` and
 * `redirect_uri` to decide where an error may be sent.
 */
export class FormParameters {
  private constructor(private readonly values: ReadonlyMap<string, readonly Decoded[]>) {}

  /** Reads `application/x-www-form-urlencoded` text, which may also be a raw query string without its `?`. */
  static parse(encoded: string): FormParameters {
    const values = new Map<string, Decoded[]>();
    for (const pair of encoded.split('&')) {
      if (pair === '') continue;
      const { name, value } = decodePair(pair);
      const known = values.get(name);
      if (known) known.push(value);
      else values.set(name, [value]);
    }
    return new FormParameters(values);
  }

  /** The single value of a parameter; an empty one counts as absent (RFC 6749 §3.1). */
  get(name: string): string | undefined {
    const [value, ...others] = this.values.get(name) ?? [];
    if (value === undefined) return undefined;
    if (others.length > 0) throw repeated();
    refuseFault(value);
    return value.text === '' ? undefined : value.text;
  }

  /** Every value of a parameter that may occur more than once, without the empty ones. */
  getAll(name: string): readonly string[] {
    const values = this.values.get(name) ?? [];
    values.forEach(refuseFault);
    return values.map((value) => value.text).filter((text) => text !== '');
  }

  /** Whether something was sent under this name, however faulty. */
  has(name: string): boolean {
    return (this.values.get(name) ?? []).some((value) => value.text !== '');
  }

  isRepeated(name: string): boolean {
    return (this.values.get(name)?.length ?? 0) > 1;
  }

  /** Refuses the first repeated or faulty parameter, whether this server knows its name or not. */
  assertWellFormed(repeatable: readonly string[] = []): void {
    let count = 0;
    for (const [name, values] of this.values) {
      values.forEach(refuseFault);
      if (values.length > 1 && !repeatable.includes(name)) throw repeated();
      count += values.length;
    }
    if (count > MAX_PARAMETERS) {
      throw new InvalidRequestError('There are too many parameters', { reason: 'too_many_parameters' });
    }
  }
}
