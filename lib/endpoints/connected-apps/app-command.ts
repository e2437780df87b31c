import type { FormParameters } from '../../protocol/form-parameters.js';
import { InvalidRequestError } from '../../protocol/oauth-errors.js';

/** What a user wants to be done with their connected apps. */
export type AppCommand =
  | { readonly action: 'disconnect'; readonly id: string }
  | { readonly action: 'disconnect_all' }
  | { readonly action: 'keep_scopes'; readonly id: string; readonly scopes: readonly string[] };

/** Reads the form of the page: `action`, `connected_app`, and any number of `scopes`. Throws `InvalidRequestError`. */
export function formCommand(form: FormParameters): AppCommand {
  return command(form.get('action'), form.get('connected_app'), form.getAll('scopes'));
}

/** Reads the JSON object of a script: `action`, `connected_app` and the list `scopes`. Throws `InvalidRequestError`. */
export function jsonCommand(input: Readonly<Record<string, unknown>>): AppCommand {
  return command(input['action'], input['connected_app'], input['scopes']);
}

function command(action: unknown, id: unknown, scopes: unknown): AppCommand {
  switch (action) {
    case 'disconnect':
      return { action, id: connectedApp(id) };
    case 'disconnect_all':
      return { action };
    case 'keep_scopes':
      return { action, id: connectedApp(id), scopes: texts(scopes) };
    default:
      throw new InvalidRequestError('action must be disconnect, disconnect_all or keep_scopes', {
        reason: 'action_unknown',
      });
  }
}

function connectedApp(id: unknown): string {
  if (typeof id === 'string' && /^[0-9a-f-]{36}$/.test(id)) return id;
  throw new InvalidRequestError('connected_app must be the id of a connection', { reason: 'connected_app_malformed' });
}

function texts(list: unknown): readonly string[] {
  if (Array.isArray(list) && list.length <= 100 && list.every((item) => typeof item === 'string')) return list;
  throw new InvalidRequestError('scopes must be a list of scope names', { reason: 'scopes_malformed' });
}
