import { connect } from 'node:net';

/** A request as it goes over the wire: nothing is normalised, no header is added besides `Host` and `Connection`. */
export interface RawRequest {
  readonly method?: string;
  /** Request target, byte for byte. */
  readonly target: string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: string;
  /** @default the address connected to */
  readonly host?: string;
  /**
   * Longest silence, in milliseconds.
   * @default 10000
   */
  readonly patience?: number;
  /** Address of this machine that it comes from. */
  readonly from?: string;
}

/** An answer as it came: every header line in order, names as sent. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly text: string;
  /** The values of a header, joined; undefined when it was not sent. */
  header(name: string): string | undefined;
}

/** Sends one request over a socket of its own, past every client that would tidy it up. */
export async function rawRequest(origin: string, given: RawRequest): Promise<RawAnswer> {
  const { method = 'GET', target, headers = [], body = '' } = given;
  const { hostname, port, host } = new URL(origin);
  const lines = [
    `${method} ${target} HTTP/1.1`,
    `Host: ${given.host ?? host}`,
    'Connection: close',
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...(body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
  ];
  const line = { hostname, port, from: given.from, patience: given.patience };
  return parse(await exchange(line, `${lines.join('\r\n')}\r\n\r\n${body}`));
}

/** The headers of an answer by lower-case name, without those that differ from one request to the next. */
export function steadyHeaders({ headers }: RawAnswer): Record<string, string> {
  const steady = headers
    .map(([name, value]): [string, string] => [name.toLowerCase(), value])
    .filter(([name]) => !['date', 'connection', 'keep-alive'].includes(name));
  return Object.fromEntries(steady);
}

interface Line {
  readonly hostname: string;
  readonly port: string;
  readonly from: string | undefined;
  readonly patience: number | undefined;
}

function exchange({ hostname, port, from, patience = 10_000 }: Line, request: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const host = hostname.replace(/^\[(.*)\]$/, '$1');
    const line = { host, port: Number(port), ...(from === undefined ? {} : { localAddress: from }) };
    const socket = connect(line, () => socket.write(request));
    socket.setTimeout(patience, () => socket.destroy(new Error(`no answer to ${request.split('\r\n')[0]}`)));
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('end', () => resolve(Buffer.concat(chunks)));
    socket.on('error', reject);
  });
}

function parse(bytes: Buffer): RawAnswer {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) throw new Error(`no HTTP answer: ${bytes.toString('latin1').slice(0, 200)}`);
  const [statusLine = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n');
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  const header = (name: string) => {
    const values = headers.filter(([key]) => key.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
    return values.length === 0 ? undefined : values.join(', ');
  };
  const payload = bytes.subarray(end + 4);
  const text = (header('transfer-encoding') === 'chunked' ? dechunk(payload) : payload).toString('utf8');
  return { status: Number(statusLine.split(' ')[1]), headers, text, header };
}

function dechunk(bytes: Buffer): Buffer {
  const chunks: Buffer[] = [];
  let position = 0;
  for (;;) {
    const end = bytes.indexOf('\r\n', position);
    const size = Number.parseInt(bytes.subarray(position, end).toString('latin1'), 16);
    if (end < 0 || !(size > 0)) return Buffer.concat(chunks);
    chunks.push(bytes.subarray(end + 2, end + 2 + size));
    position = end + 2 + size + 2;
  }
}
