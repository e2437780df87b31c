import { randomUUID } from 'node:crypto';
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { NodeStreamableHTTPServerTransport } from '@modelcontextprotocol/node';
import type { McpServer } from '@modelcontextprotocol/server';
import { NotesServer } from './notes-server.js';

const IDLE_MS = 30 * 60 * 1000;
const SWEEP_MS = 60 * 1000;
const MOST = 1000;
const MOST_PER_OWNER = 50;

/** One connection of a client that speaks the 2025 protocol. */
export interface McpSession {
  readonly transport: NodeStreamableHTTPServerTransport;
  readonly server: McpServer;
  readonly owner: string;
  lastUsed: number;
  /** Requests that are being answered, open event streams included. */
  busy: number;
}

/**
 * The sessions of this instance. They are a convenience of the protocol and authenticate nobody: every request brings its token,
 * and a session answers only to the user it was opened for. One that is gone costs the client a new `initialize`.
 */
@Injectable()
export class McpSessions implements OnModuleDestroy {
  private readonly logger = new Logger('McpSessions');
  private readonly sessions = new Map<string, McpSession>();
  private readonly sweeper = setInterval(() => this.closeIdle(Date.now()), SWEEP_MS).unref();

  constructor(private readonly servers: NotesServer) {}

  get size(): number {
    return this.sessions.size;
  }

  /** The session of this id, if it is this user's. */
  find(id: string, owner: string): McpSession | undefined {
    const session = this.sessions.get(id);
    return session?.owner === owner ? session : undefined;
  }

  /** A session that enters the books once its client has initialised it. */
  async open(owner: string): Promise<McpSession> {
    const server = this.servers.create();
    const transport = new NodeStreamableHTTPServerTransport({
      sessionIdGenerator: () => randomUUID(),
      onsessioninitialized: (id) => this.enter(id, session),
    });
    const session: McpSession = { transport, server, owner, lastUsed: Date.now(), busy: 0 };
    await server.connect(transport);
    const closed = server.server.onclose;
    server.server.onclose = () => {
      if (transport.sessionId !== undefined) this.sessions.delete(transport.sessionId);
      closed?.();
    };
    return session;
  }

  /** Ends sessions that nobody has used for a while and nobody listens to. */
  closeIdle(now: number): void {
    for (const session of this.sessions.values()) {
      if (session.busy === 0 && now - session.lastUsed > IDLE_MS) this.close(session);
    }
  }

  close(session: McpSession): void {
    session.server.close().catch((error: unknown) => this.logger.error('Closing an MCP session failed', error));
  }

  /** Before the HTTP server waits for its connections: open event streams would keep it waiting. */
  async onModuleDestroy(): Promise<void> {
    clearInterval(this.sweeper);
    await Promise.allSettled([...this.sessions.values()].map((session) => session.server.close()));
  }

  private enter(id: string, session: McpSession): void {
    const own = [...this.sessions.values()].filter(({ owner }) => owner === session.owner);
    if (own.length >= MOST_PER_OWNER) this.evict(own);
    else if (this.sessions.size >= MOST) this.evict([...this.sessions.values()]);
    this.sessions.set(id, session);
  }

  /** Makes room: the one that was silent for longest goes, one with an open stream only if there is no other. */
  private evict(candidates: readonly McpSession[]): void {
    const [oldest] = candidates.toSorted((a, b) => Number(a.busy > 0) - Number(b.busy > 0) || a.lastUsed - b.lastUsed);
    if (oldest !== undefined) this.close(oldest);
  }
}
