import type { Fault, Outcome } from './fault.js';
import type { Draft } from './draft.js';
import { parametersOf, valueOf } from './draft.js';
import type { WireAnswer } from './wire.js';
import { REDIRECT_URI, type World } from './world.js';

/** Everything the log may hold about a refusal: where, which error, why, and the id the page shows. Nothing that was sent. */
const LOG_LINE =
  /^debug (\/oauth\/[a-z/]+|(GET|POST) \/oauth\/[a-z/]+|MCP request) refused: (error=[a-z_]+ reason=[a-z0-9_]+|page=\d{3} reason=[a-z0-9_]+ correlation=[0-9a-f-]{36}) McpAuth$/;

/** RFC 6749 §5.2: what a description may be made of. */
const DESCRIPTION = /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/;

const one = (answer: WireAnswer, name: string): string | undefined => answer.headers.get(name)?.join(' | ');

type Check = string | false | undefined;

const problems = (...checks: readonly Check[]): string[] => checks.filter((check) => typeof check === 'string');

const unlike = (what: string, actual: unknown, expected: unknown): Check =>
  actual !== expected && `${what} is ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`;

/** What is wrong with the answer to a faulty request; nothing, when it is exactly the one foreseen. */
export function judgeAnswer(outcome: Outcome, answer: WireAnswer, draft: Draft, world: World): string[] {
  return [...judgeShape(outcome, answer, draft, world), ...judgeManners(answer, world)];
}

/** What the log says, and what it must not say. */
export function judgeLog(fault: Pick<Fault, 'reason'>, lines: readonly string[], world: World): string[] {
  const reasons = lines.flatMap((line) => /reason=(\S+)/.exec(line)?.[1] ?? []).join(' ');
  return problems(
    unlike('the logged reason', reasons, fault.reason ?? ''),
    ...lines.map((line) => !LOG_LINE.test(line) && `the log has more than a reason: ${line}`),
    ...[...world.secrets, ...world.random.invented].map(
      (text) => lines.join('\n').includes(text) && `the log repeats ${text}`,
    ),
  );
}

function judgeManners(answer: WireAnswer, world: World): string[] {
  const headers = [...answer.headers].map(([name, values]) => `${name}: ${values.join(' ')}`).join('\n');
  const everything = `${headers}\n${answer.text}`;
  return problems(
    answer.status >= 500 && `status ${answer.status}`,
    answer.text.includes('statusCode') && 'the body has the shape of the framework',
    /\n\s+at |node_modules|SQLITE|QueryFailed/.test(answer.text) && 'the body shows a stack or a query',
    unlike('x-content-type-options', one(answer, 'x-content-type-options'), 'nosniff'),
    unlike('cache-control', one(answer, 'cache-control'), 'no-store'),
    ...[...world.random.invented].map((text) => everything.includes(text) && `the answer repeats ${text}`),
  );
}

function judgeShape(outcome: Outcome, answer: WireAnswer, draft: Draft, world: World): string[] {
  switch (outcome.shape) {
    case 'json':
      return judgeJson(outcome.status, outcome.error, answer, readableBy(draft));
    case 'page':
      return judgePage(outcome.status, answer);
    case 'held':
      return judgeRedirect(outcome, answer, draft, world);
    case 'bearer':
      return judgeBearer(outcome.status, outcome.error, answer, world);
    case 'forbidden':
      return problems(
        unlike('status', answer.status, 403),
        unlike('challenge', one(answer, 'www-authenticate'), undefined),
      );
    case 'method':
      return problems(
        unlike('status', answer.status, 405),
        unlike('allow', one(answer, 'allow'), outcome.allow),
        draft.method !== 'HEAD' && unlike('error', errorOf(answer.text), 'invalid_request'),
      );
    case 'nothing':
      return judgeUnloggedOk(answer, '', undefined, '*');
    case 'inactive':
      return judgeUnloggedOk(answer, '{"active":false}', 'application/json; charset=utf-8', undefined);
    case 'gone':
      return [];
  }
}

export function errorOf(text: string): unknown {
  try {
    const body = JSON.parse(text) as Record<string, unknown>;
    const members = Object.keys(body).sort().join();
    if (members !== 'error,error_description') return `a body of ${members}`;
    return DESCRIPTION.test(String(body['error_description'])) ? body['error'] : 'a description that cannot be quoted';
  } catch {
    return `no JSON: ${text.slice(0, 80)}`;
  }
}

/** Browsers of any origin read the answers of every endpoint of programs, except the one for servers. */
function readableBy({ path }: Draft): string | undefined {
  return path.endsWith('/introspect') ? undefined : '*';
}

function judgeJson(status: number, error: string, answer: WireAnswer, readable: string | undefined): string[] {
  return problems(
    unlike('status', answer.status, status),
    unlike('error', errorOf(answer.text), error),
    unlike('content-type', one(answer, 'content-type'), 'application/json; charset=utf-8'),
    unlike('www-authenticate', one(answer, 'www-authenticate'), status === 401 ? 'Basic realm="OAuth"' : undefined),
    unlike('access-control-allow-origin', one(answer, 'access-control-allow-origin'), readable),
    unlike('retry-after', one(answer, 'retry-after'), undefined),
  );
}

/** The two answers that say no by 200. */
function judgeUnloggedOk(
  answer: WireAnswer,
  body: string,
  type: string | undefined,
  readable: string | undefined,
): string[] {
  return problems(
    unlike('status', answer.status, 200),
    unlike('body', answer.text, body),
    unlike('content-type', one(answer, 'content-type'), type),
    unlike('www-authenticate', one(answer, 'www-authenticate'), undefined),
    unlike('access-control-allow-origin', one(answer, 'access-control-allow-origin'), readable),
  );
}

function judgePage(status: number, answer: WireAnswer): string[] {
  return problems(
    unlike('status', answer.status, status),
    unlike('content-type', one(answer, 'content-type'), 'text/html; charset=utf-8'),
    unlike('location', one(answer, 'location'), undefined),
    unlike('x-frame-options', one(answer, 'x-frame-options'), 'DENY'),
    unlike('access-control-allow-origin', one(answer, 'access-control-allow-origin'), undefined),
    !(one(answer, 'content-security-policy') ?? '').includes("frame-ancestors 'none'") && 'the page can be framed',
    /http-equiv="?refresh/i.test(answer.text) && 'the page moves on by itself',
    /<a\b|<script|<form/i.test(answer.text) && 'the page has something to click',
  );
}

function judgeRedirect(
  outcome: Outcome & { shape: 'held' },
  answer: WireAnswer,
  draft: Draft,
  { host }: World,
): string[] {
  const location = one(answer, 'location') ?? '';
  if (answer.status !== 302 || !location.startsWith(`${REDIRECT_URI}&`))
    return [`no redirect: ${answer.status} ${location}`];
  const { searchParams } = new URL(location);
  const members = [...searchParams.keys()].sort().join();
  const state = outcome.withoutState ? undefined : valueOf(parametersOf(draft), 'state');
  return problems(
    unlike('members', members, `error,error_description,iss${state === undefined ? '' : ',state'},tenant`),
    unlike('error', searchParams.get('error'), outcome.error),
    unlike('state', searchParams.get('state') ?? undefined, state),
    unlike('iss', searchParams.get('iss'), host.origin),
    unlike('body', answer.text, ''),
    unlike('access-control-allow-origin', one(answer, 'access-control-allow-origin'), undefined),
    !DESCRIPTION.test(searchParams.get('error_description') ?? '') && 'a description that cannot be quoted',
  );
}

function judgeBearer(status: number, error: string | undefined, answer: WireAnswer, { host }: World): string[] {
  const metadata = `resource_metadata="${host.origin}/.well-known/oauth-protected-resource/mcp", scope="mcp:read mcp:write mcp:admin"`;
  const description = error && (JSON.parse(answer.text) as { error_description?: string }).error_description;
  const members = error ? `error="${error}", error_description="${description}", ${metadata}` : metadata;
  return problems(
    unlike('status', answer.status, status),
    unlike('www-authenticate', one(answer, 'www-authenticate'), `Bearer ${members}`),
    error !== undefined && unlike('error', errorOf(answer.text), error),
    unlike('access-control-allow-origin', one(answer, 'access-control-allow-origin'), '*'),
    !(one(answer, 'access-control-expose-headers') ?? '').includes('WWW-Authenticate') &&
      'browsers cannot read the challenge',
  );
}
