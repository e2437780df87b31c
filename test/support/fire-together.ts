import { connect, type Socket } from 'node:net';
import { once } from 'node:events';

export interface RawAnswer {
  readonly status: number;
  readonly body: string;
}

/** One form POST that waits at the barrier. */
export interface WaitingPost {
  readonly origin: string;
  readonly path: string;
  readonly form: Record<string, string>;
}

/**
 * Sends many posts at the same moment: every one has its own connection, on which all but the last byte has arrived before the barrier
 * opens. What starts together is therefore the work of the servers, not the connecting.
 */
export async function fireTogether(posts: readonly WaitingPost[]): Promise<readonly RawAnswer[]> {
  const waiting = await Promise.all(posts.map(prepare));
  return Promise.all(waiting.map((release) => release()));
}

async function prepare({ origin, path, form }: WaitingPost): Promise<() => Promise<RawAnswer>> {
  const { hostname, port, host } = new URL(origin);
  const body = new URLSearchParams(form).toString();
  const head = [
    `POST ${path} HTTP/1.1`,
    `Host: ${host}`,
    'Content-Type: application/x-www-form-urlencoded',
    `Content-Length: ${body.length}`,
    'Connection: close',
  ];
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.setNoDelay(true);
  await new Promise((resolve) => socket.write(`${head.join('\r\n')}\r\n\r\n${body.slice(0, -1)}`, resolve));
  return () => {
    const answer = read(socket);
    socket.write(body.slice(-1));
    return answer;
  };
}

async function read(socket: Socket): Promise<RawAnswer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  const [head = '', ...rest] = text.split('\r\n\r\n');
  return { status: Number(head.split(' ')[1]), body: rest.join('\r\n\r\n') };
}
