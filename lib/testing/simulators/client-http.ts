import { isJsonObject, type JsonObject } from '../../protocol/client-metadata-members.js';
import { BrowserRules } from './browser-rules.js';
import type { ClientProfile } from './client-profile.js';
import type { Complaints } from './complaint.js';

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Sends what a client sends, and reads what it gets as strictly as it does. */
export class ClientHttp {
  private readonly browser: BrowserRules | undefined;

  constructor(
    private readonly send: Fetch,
    private readonly complaints: Complaints,
    private readonly profile: Pick<ClientProfile, 'page' | 'demands'>,
  ) {
    this.browser = profile.page === undefined ? undefined : new BrowserRules(profile.page, send, complaints);
  }

  async request(url: string, { headers = {}, ...init }: RequestInit & { headers?: Record<string, string> } = {}) {
    const call = { ...init, headers, redirect: 'manual' as const };
    const answer = this.browser ? await this.browser.request(url, call) : await this.send(url, call);
    if (answer.status >= 300 && answer.status < 400) {
      throw this.complaints.about(`${url} answers with a redirect, which no client follows with what it sends there`);
    }
    return answer;
  }

  /** The JSON object of an answer. */
  async json(answer: Response, url: string): Promise<JsonObject> {
    const text = await answer.text();
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw this.complaints.about(`${url} answers ${answer.status} with something that is not JSON`);
    }
    if (!isJsonObject(value)) throw this.complaints.about(`${url} answers with JSON that is no object`);
    this.assertNoNulls(value, url);
    return value;
  }

  private assertNoNulls(value: JsonObject, url: string): void {
    const name = this.profile.demands.noNulls && Object.keys(value).find((member) => value[member] === null);
    if (name) throw this.complaints.about(`${url} answers with null in ${name}, where it allows a value or nothing`);
  }
}
