import { IncomingMessage, ServerResponse } from 'node:http';
import { keepSecret } from './leak-channels.mjs';
import { watchMethod } from './leak-watch-method.mjs';

/** Characters kept of one body. */
const LONGEST = 1_000_000;
const JSON_MEMBER =
  /"(access_token|refresh_token|client_secret|registration_access_token|id_token)"\s*:\s*"([^"\\]{12,})"/g;
/** In an address: plain, inside another address, or in HTML. */
const PARAMETER = /(?:[?&;]|%3F|%26)(code|request|handle|login)(?:=|%3D|&#x3D;)([\w-]{43})(?![\w-])/gi;
/** What reaches a server that no server of this process has to have sent. */
const PRESENTED = /(?<![\w-])(code_challenge|code_verifier|login)=([\w.~-]{43,128})(?![\w.~%-])/g;
const COOKIE = /^set-cookie: (?:__Host-)?mcp_auth=([\w-]{43});/gim;
const INPUT = /<input\b[^>]*>/g;

/** Keeps every secret in what the servers of this process answer. */
export function watchAnswers() {
  const bodies = new Bodies();
  // The lines as they go out: what was set before, and what came with the call.
  watchMethod(ServerResponse.prototype, 'writeHead', { after: (response) => issuedSecrets(String(response._header)) });
  watchMethod(ServerResponse.prototype, 'write', {
    before: (response, [chunk]) => void bodies.add(response, chunk),
  });
  watchMethod(ServerResponse.prototype, 'end', {
    before: (response, [chunk]) => issuedSecrets(bodies.add(response, chunk)),
  });
}

/**
 * Keeps PKCE verifiers, right and wrong, and the challenges which tell later (`readHarvest`) that a verifier is somebody's secret. The
 * secret with which a login page sends people back does not have to come from a server either: a test may be the login page.
 */
export function watchRequests() {
  const bodies = new Bodies();
  watchMethod(IncomingMessage.prototype, 'push', {
    before: (message, [chunk]) => {
      if (!message.method) return; // an answer that this process gets as a client
      const body = bodies.add(message, chunk);
      if (chunk === null) presentedValues(`${message.url}&${body}`);
    },
  });
}

function presentedValues(text) {
  for (const [, name, value] of text.matchAll(PRESENTED)) keepSecret(name, value);
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
