import { createServer, type Server } from 'node:net';
import { once } from 'node:events';

/** An attempt to connect, as the operating system is told of it. */
export interface ConnectAttempt {
  readonly address: string;
  readonly port: number;
}

type Connect = (this: object, request: object, address: string, port: number, ...rest: unknown[]) => unknown;

export interface TcpHandle {
  connect: Connect;
  connect6: Connect;
  getpeername(out: { address?: string }): number;
}

/**
 * Writes down the address of every TCP connection that this process tries to open, below everything that could be configured, replaced or
 * mistaken: at the handle on which Node calls `connect`.
 */
export class ConnectRecorder {
  readonly attempts: ConnectAttempt[] = [];

  private constructor(
    private readonly prototype: TcpHandle,
    private readonly original: Pick<TcpHandle, 'connect' | 'connect6'>,
  ) {}

  static async start(): Promise<ConnectRecorder> {
    const prototype = await tcpHandlePrototype();
    const recorder = new ConnectRecorder(prototype, { connect: prototype.connect, connect6: prototype.connect6 });
    for (const name of ['connect', 'connect6'] as const) {
      const original = recorder.original[name];
      prototype[name] = function (request, address, port, ...rest) {
        recorder.attempts.push({ address, port });
        return original.call(this, request, address, port, ...rest);
      };
    }
    return recorder;
  }

  /** The attempts since the last call, those to these ports left out: what the test itself opens. */
  take(ownPorts: readonly number[] = []): readonly ConnectAttempt[] {
    return this.attempts.splice(0).filter(({ port }) => !ownPorts.includes(port));
  }

  stop(): void {
    Object.assign(this.prototype, this.original);
  }
}

/** Every socket of Node has a handle of this kind; a listening server shows one. */
export async function tcpHandlePrototype(): Promise<TcpHandle> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { _handle: handle } = server as Server & { _handle: object };
  const prototype = Object.getPrototypeOf(handle) as TcpHandle;
  server.close();
  if (typeof prototype.connect !== 'function' || typeof prototype.connect6 !== 'function') {
    throw new Error('This version of Node keeps its sockets elsewhere');
  }
  return prototype;
}
