import { InvalidClientMetadataError } from './oauth-errors.js';
import { parseScope, formatScope } from './scope-set.js';
import { isHttpsUrl } from './uri-text.js';
import { visibleText } from './visible-text.js';

/** The members of a JSON object that came from outside. */
export type JsonObject = Readonly<Record<string, unknown>>;

const MAX_TEXT_LENGTH = 200;
const MAX_URI_LENGTH = 2048;
const MAX_LIST_LENGTH = 20;
const MAX_DEPTH = 8;

/** An `invalid_client_metadata` refusal. */
export function invalidMetadata(reason: string, description: string): InvalidClientMetadataError {
  return new InvalidClientMetadataError(description, { reason });
}

/** Whether a value is a JSON object: no array, no null. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An own member; what a prototype brings along is not one. */
export function member(input: JsonObject, name: string): unknown {
  return Object.hasOwn(input, name) ? input[name] : undefined;
}

/** Refuses a document that is nested too deeply, before anything walks through it. */
export function assertDepth(value: unknown, remaining: number = MAX_DEPTH): void {
  if (typeof value !== 'object' || value === null) return;
  if (remaining === 0) throw invalidMetadata('metadata_too_deep', 'The client metadata is nested too deeply');
  for (const inner of Object.values(value)) assertDepth(inner, remaining - 1);
}

function readString(input: JsonObject, name: string, maxLength: number): string | undefined {
  const value = member(input, name);
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw invalidMetadata(`${name}_wrong_type`, `${name} must be a string`);
  if (value.length > maxLength) throw invalidMetadata(`${name}_too_long`, `${name} is too long`);
  return value;
}

/** A method or type name, taken as it is. */
export function readName(input: JsonObject, name: string): string | undefined {
  return readString(input, name, MAX_TEXT_LENGTH);
}

/** Text for people: what can be seen of it. Nothing visible counts as absent. */
export function readText(input: JsonObject, name: string): string | undefined {
  const text = visibleText(readString(input, name, Number.POSITIVE_INFINITY) ?? '');
  if (text.length > MAX_TEXT_LENGTH) throw invalidMetadata(`${name}_too_long`, `${name} is too long`);
  return text === '' ? undefined : text;
}

/** An https URL; many clients send an empty string where they have none. */
export function readHttpsUri(input: JsonObject, name: string): string | undefined {
  const value = readString(input, name, MAX_URI_LENGTH);
  if (value === undefined || value === '') return undefined;
  if (!isHttpsUrl(value)) throw invalidMetadata(`${name}_not_https`, `${name} must be an https URL`);
  return value;
}

/** A list of strings without duplicates. */
export function readStringList(input: JsonObject, name: string): readonly string[] | undefined {
  const value = member(input, name);
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || !value.every((entry) => typeof entry === 'string')) {
    throw invalidMetadata(`${name}_wrong_type`, `${name} must be an array of strings`);
  }
  if (value.length > MAX_LIST_LENGTH || value.some((entry) => entry.length > MAX_TEXT_LENGTH)) {
    throw invalidMetadata(`${name}_too_long`, `${name} is too long`);
  }
  return [...new Set(value)];
}

/** Contact addresses, as text for people. */
export function readContacts(input: JsonObject): readonly string[] | undefined {
  const contacts = readStringList(input, 'contacts')
    ?.map(visibleText)
    .filter((contact) => contact !== '');
  return contacts && contacts.length > 0 ? contacts : undefined;
}

/** The informative `scope`: only its syntax matters here. */
export function readScope(input: JsonObject): string | undefined {
  const value = readString(input, 'scope', MAX_URI_LENGTH);
  if (value === undefined) return undefined;
  try {
    return formatScope(parseScope(value)) || undefined;
  } catch {
    throw invalidMetadata('scope_malformed', 'scope contains a character that is not allowed');
  }
}
