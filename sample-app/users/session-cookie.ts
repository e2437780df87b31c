import { Inject, Injectable } from '@nestjs/common';
import { parse, serialize } from 'cookie';
import { ENVIRONMENT, type Environment } from '../environment.js';
import type { HostRequest } from './host-request.js';

/** The cookie that carries a session; out of reach of scripts, and of other sites' forms. */
@Injectable()
export class SessionCookie {
  private readonly secure: boolean;
  private readonly name: string;

  constructor(@Inject(ENVIRONMENT) environment: Environment) {
    this.secure = environment.baseUrl?.startsWith('https:') ?? false;
    // The prefix makes browsers refuse one that a sibling domain tries to plant.
    this.name = this.secure ? '__Host-notes_session' : 'notes_session';
  }

  read(request: HostRequest): string | undefined {
    const value = parse(request.headers.cookie ?? '')[this.name];
    return value === undefined || value === '' ? undefined : value;
  }

  write(value: string): string {
    return serialize(this.name, value, this.attributes());
  }

  clear(): string {
    return serialize(this.name, '', { ...this.attributes(), maxAge: 0 });
  }

  private attributes() {
    return { httpOnly: true, sameSite: 'lax', path: '/', secure: this.secure } as const;
  }
}
