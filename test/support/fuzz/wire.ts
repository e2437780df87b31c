import { connect, type Socket } from 'node:net';

/** A request as bytes on the wire: nothing is added, repaired or refused on the way out. */
export interface WireRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body?: Buffer | string;
  /** @default '1.1' */
  readonly version?: string;
  /** How the end of the body is marked. `own`: by the headers given. @default by `Content-Length` */
  readonly framing?: 'length' | 'chunked' | 'own';
  /** Breaks the connection before this many last bytes of the body are sent. */
  readonly withhold?: number;
}

export interface WireAnswer {
  readonly status: number;
  /** Every value of a header; names in lower case. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly text: string;
}

const TIMEOUT_MS = 10_000;

export function wireBytes(request: WireRequest, host: string): Buffer {
  const { method, target, version = '1.1', framing = 'length' } = request;
  const body = Buffer.from(request.body ?? '');
  const headers = [...request.headers];
  if (!headers.some(([name]) => name.toLowerCase() === 'host')) headers.unshift(['Host', host]);
  if (request.body !== undefined && framing === 'length') headers.push(['Content-Length', String(body.length)]);
  if (framing === 'chunked') headers.push(['Transfer-Encoding', 'chunked']);
  const head = `${method} ${target} HTTP/${version}\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
  const framed = framing === 'chunked' ? chunked(body) : body;
  return Buffer.concat([Buffer.from(head, 'latin1'), framed.subarray(0, framed.length - (request.withhold ?? 0))]);
}

function chunked(body: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let start = 0; start < body.length; start += 16_384) {
    const part = body.subarray(start, start + 16_384);
    parts.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n'));
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')]);
}

/** A client that keeps one connection open and sends whatever it is told. */
export class Wire {
  private socket: Socket | undefined;
  private readonly host: string;
  private readonly port: number;

  constructor(readonly origin: string) {
    const { hostname, port, host } = new URL(origin);
    this.host = host;
    this.port = Number(port);
    this.hostname = hostname;
  }

  private readonly hostname: string;

  async send(request: WireRequest): Promise<WireAnswer> {
    const answer = await this.sendBytes(wireBytes(request, this.host), request.method === 'HEAD');
    if (request.version === '1.0' || answer.headers.get('connection')?.[0] === 'close') this.close();
    return answer;
  }

  /** Sends bytes and reads one answer. */
  async sendBytes(bytes: Buffer, head = false): Promise<WireAnswer> {
    const socket = await this.open();
    try {
      const answer = readAnswer(socket, head);
      socket.write(bytes);
      return await answer;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Sends bytes and goes away, as a browser does whose user closed it. */
  async abandon(request: WireRequest): Promise<void> {
    this.close();
    const socket = await this.open();
    await new Promise<void>((resolve) => socket.write(wireBytes(request, this.host), () => resolve()));
    // The head has to be there before the connection breaks.
    await new Promise((resolve) => setTimeout(resolve, 5));
    this.close();
  }

  close(): void {
    this.socket?.destroy();
    this.socket = undefined;
  }

  private async open(): Promise<Socket> {
    if (this.socket && !this.socket.destroyed && this.socket.readable) return this.socket;
    const socket = connect(this.port, this.hostname);
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    // A server may refuse what is still being sent; that is an answer, not a failure of the test.
    socket.on('error', () => undefined);
    socket.setNoDelay(true);
    this.socket = socket;
    return socket;
  }
}

function readAnswer(socket: Socket, head: boolean): Promise<WireAnswer> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    const done = (finish: () => void) => {
      clearTimeout(timer);
      socket.off('data', onData).off('close', onClose).off('end', onClose);
      finish();
    };
    const timer = setTimeout(() => done(() => reject(new Error('timeout: no answer'))), TIMEOUT_MS);
    const onData = (part: Buffer) => {
      received = Buffer.concat([received, part]);
      const answer = parse(received, head, false);
      if (answer) done(() => resolve(answer));
    };
    const onClose = () => {
      const answer = parse(received, head, true);
      done(() => (answer ? resolve(answer) : reject(new Error(`connection lost after ${received.length} bytes`))));
    };
    socket.on('data', onData).on('close', onClose).on('end', onClose);
  });
}

/** The answer, once all of it is there. */
function parse(bytes: Buffer, head: boolean, closed: boolean): WireAnswer | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [statusLine = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n');
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(statusLine)?.[1]);
  const rest = bytes.subarray(end + 4);
  if (status === 100) return parse(rest, head, closed);
  const headers = new Map<string, string[]>();
  for (const line of lines) {
    const [, name = '', value = ''] = /^([^:]+):\s*(.*)$/.exec(line) ?? [];
    headers.set(name.toLowerCase(), [...(headers.get(name.toLowerCase()) ?? []), value]);
  }
  const body = readBody(rest, headers, head || status === 204 || status === 304, closed);
  return body && { status, headers, text: body.toString('utf8') };
}

function readBody(rest: Buffer, headers: ReadonlyMap<string, readonly string[]>, none: boolean, closed: boolean) {
  if (none) return Buffer.alloc(0);
  const length = headers.get('content-length')?.[0];
  if (length !== undefined) return rest.length >= Number(length) ? rest.subarray(0, Number(length)) : undefined;
  if (headers.get('transfer-encoding')?.[0] !== 'chunked') return closed ? rest : undefined;
  const parts: Buffer[] = [];
  for (let at = 0; ;) {
    const lineEnd = rest.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(rest.subarray(at, lineEnd).toString('latin1'), 16);
    if (rest.length < lineEnd + 2 + size + 2) return undefined;
    if (size === 0) return Buffer.concat(parts);
    parts.push(rest.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
}
