import { type Fault } from '../fault.js';
import type { Kind } from '../world.js';

const OTHERS = ['PUT', 'DELETE', 'PATCH', 'TRACE', 'PROPFIND'] as const;

/** A method the endpoint does not know. Nothing is logged: that is a program's mistake, and nobody is refused anything. */
const wrongMethod = (kind: Kind, methods: readonly string[], allow: string): Fault => ({
  name: `${kind}: another method`,
  kinds: [kind],
  outcome: { shape: 'method', allow },
  spoil: ({ draft }, { random }) => ({ ...draft, method: random.pick(methods) }),
});

export const METHOD_FAULTS: readonly Fault[] = [
  wrongMethod('register', ['GET', 'HEAD', ...OTHERS], 'POST'),
  wrongMethod('code', ['GET', 'HEAD', ...OTHERS], 'POST'),
  wrongMethod('refresh', ['GET', 'HEAD', ...OTHERS], 'POST'),
  wrongMethod('revoke', ['GET', 'HEAD', ...OTHERS], 'POST'),
  wrongMethod('introspect', ['GET', 'HEAD', ...OTHERS], 'POST'),
  wrongMethod('approve', ['GET', 'HEAD', 'OPTIONS', ...OTHERS], 'POST'),
  wrongMethod('authorize', ['HEAD', 'OPTIONS', ...OTHERS], 'GET, POST'),
  wrongMethod('resume', ['POST', 'HEAD', 'OPTIONS', ...OTHERS], 'GET'),
];
