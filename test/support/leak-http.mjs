import { IncomingMessage, ServerResponse } from 'node:http';
import { keepSecret } from './leak-channels.mjs';
import { watchMethod } from './leak-watch-method.mjs';

/** Characters kept of one body. */
const LONGEST = 1_000_000;
const JSON_MEMBER =
  /"(access_token|refresh_token|client_secret|registration_access_token|id_token)"\s*:\s*"([^"\\]{12,})"/g;
/** In an address: plain, inside another address, or in HTML. */
const PARAMETER = /(?:[?&;]|%3F|%26)(code|request|handle|login)(?:=|%3D|&#x3D;)([\w-]{43})(?![\w-])/gi;
/** What clients, login pages and hosts send is secret as well, and need not have come from a server of this process. */
const PRESENTED =
  /(?<![\w-])(?:(code_challenge|code_verifier)=([\w.~-]{43,128})|(login|client_secret)=([\w-]{43}))(?![\w.~%-])/g;
const ASSERTION = /(?<![\w-])client_assertion=([\w-]+\.[\w-]+\.[\w-]{43,})/g;
const COOKIE = /^set-cookie: (?:__Host-)?mcp_auth=([\w-]{43});/gim;
const INPUT = /<input\b[^>]*>/g;

/** Keeps every secret in what the servers of this process answer. */
export function watchAnswers() {
  const bodies = new Bodies();
  // The lines as they go out: what was set before, and what came with the call.
  watchMethod(ServerResponse.prototype, 'writeHead', { after: (response) => issuedSecrets(String(response._header)) });
  // A body is complete with `end`, and a server that is killed never gets there.
  for (const name of ['write', 'end']) {
    watchMethod(ServerResponse.prototype, name, {
      before: (response, [chunk]) => issuedSecrets(bodies.add(response, chunk)),
    });
  }
}

/** Keeps what the servers of this process are shown, right or wrong: whether a verifier was anybody's turns out later (`readSecrets`). */
export function watchRequests() {
  const bodies = new Bodies();
  watchMethod(IncomingMessage.prototype, 'push', {
    before: (message, [chunk]) => {
      if (!message.method) return; // an answer that this process gets as a client
      const body = bodies.add(message, chunk);
      if (chunk === null) presentedSecrets(`${message.url}&${body}&${basicCredentials(message)}`);
    },
  });
}

function presentedSecrets(text) {
  for (const [, pkce, ofPkce, name, value] of text.matchAll(PRESENTED)) keepSecret(pkce ?? name, ofPkce ?? value);
  for (const [, value] of text.matchAll(ASSERTION)) keepSecret('client_assertion', value);
}

function basicCredentials({ headers }) {
  const encoded = /^basic (\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? '';
  return Buffer.from(encoded, 'base64')
    .toString('utf8')
    .replace(/^[^:]*:/, 'client_secret=');
}

function issuedSecrets(text) {
  for (const [, member, value] of text.matchAll(JSON_MEMBER)) keepSecret(member, value);
  for (const [, name, value] of text.matchAll(PARAMETER)) keepSecret(kindOf(name.toLowerCase()), value);
  for (const [, value] of text.matchAll(COOKIE)) keepSecret('cookie', value);
  for (const [tag] of text.matchAll(INPUT)) {
    const name = /\bname="(request|csrf_token)"/.exec(tag)?.[1];
    if (name !== undefined) keepSecret(kindOf(name), /\bvalue="([^"]*)"/.exec(tag)?.[1] ?? '');
  }
}

const kindOf = (name) => (name === 'request' ? 'handle' : name);

/** Bodies as far as they have come. */
class Bodies {
  texts = new WeakMap();

  add(message, chunk) {
    const known = this.texts.get(message) ?? '';
    const isText = typeof chunk === 'string';
    if ((!isText && !(chunk instanceof Uint8Array)) || known.length > LONGEST) return known;
    const text = known + (isText ? chunk : Buffer.from(chunk).toString('utf8'));
    this.texts.set(message, text);
    return text;
  }
}
