import { ClientDocumentError } from './client-document-error.js';

/** Deeper than any document or key set; what counts members below goes no deeper either. */
const MAX_DEPTH = 10;

/** Strings of a JSON text, with the colon that makes a member's name of one. */
const STRING = /"(?:[^"\\]|\\.)*"(\s*:)?/gs;

/**
 * Reads JSON in which no object names a member twice: readers disagree on which one counts, so two servers could take the same document for
 * two clients (RFC 8259 §4). Throws `ClientDocumentError`.
 */
export function parseStrictJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw notJson(cause);
  }
  const named = [...text.matchAll(STRING)].filter(([, colon]) => colon !== undefined).length;
  if (countMembers(value, MAX_DEPTH) !== named) throw notJson();
  return value;
}

function countMembers(value: unknown, depth: number): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (depth === 0) throw notJson();
  const own = Array.isArray(value) ? 0 : Object.keys(value).length;
  return Object.values(value).reduce<number>((sum, inner) => sum + countMembers(inner, depth - 1), own);
}

function notJson(cause?: unknown): ClientDocumentError {
  return new ClientDocumentError({ reason: 'client_document_not_json', cause });
}
