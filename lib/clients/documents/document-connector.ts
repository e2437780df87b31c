import { once } from 'node:events';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { Inject, Injectable } from '@nestjs/common';
import { RESOLVED_OPTIONS } from '../../config/injection-tokens.js';
import type { ResolvedMcpAuthOptions } from '../../config/resolved-options.js';
import { AddressRules } from './address-rules.js';
import { ClientDocumentError } from './client-document-error.js';
import type { DocumentTarget } from './document-hosts.js';
import { NameResolver } from './name-resolver.js';
import { openTunnel } from './proxy-tunnel.js';

/** Addresses tried one after the other; all of them are checked. */
const MAX_ADDRESSES = 8;

/** Opens a TLS connection to where a document is, and to nowhere else (CMD-09). */
@Injectable()
export class DocumentConnector {
  /** Beyond what Node and `NODE_EXTRA_CA_CERTS` bring along. */
  protected readonly certificates: Pick<ConnectionOptions, 'ca'> = {};

  constructor(
    private readonly resolver: NameResolver,
    private readonly rules: AddressRules,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedMcpAuthOptions,
  ) {}

  /** Throws `ClientDocumentError`, and whatever network and TLS have to say. The socket is gone once the signal is given. */
  async connect(target: DocumentTarget, signal: AbortSignal): Promise<TLSSocket> {
    const { proxyUrl } = this.options.clientDocuments;
    // What the loopback has is no business of a proxy.
    const viaProxy = proxyUrl !== undefined && !this.isOwnMachine(target);
    const socket = viaProxy
      ? connect({ ...this.tls(target), socket: await openTunnel(new URL(proxyUrl), target, signal) })
      : this.connectTo(target, target.addresses ?? (await this.look(target.host, signal)));
    // Whatever happens to it after the answer is nobody's concern, and no crash.
    socket.on('error', () => undefined);
    signal.addEventListener('abort', () => socket.destroy(), { once: true });
    await once(socket, 'secureConnect', { signal });
    return socket;
  }

  private isOwnMachine({ addresses = [] }: DocumentTarget): boolean {
    return addresses.some((address) => !this.rules.allows(address));
  }

  /** One address that is not public spoils the name: which one is used is up to chance, and to whoever made the list. */
  private async look(name: string, signal: AbortSignal): Promise<readonly string[]> {
    const addresses = await untilAborted(this.resolver.resolve(name, signal), signal);
    if (addresses.length === 0) throw new ClientDocumentError({ reason: 'client_document_name_unknown' });
    if (!addresses.every((address) => this.rules.allows(address))) {
      throw new ClientDocumentError({ reason: 'client_document_address_refused' });
    }
    return addresses.slice(0, MAX_ADDRESSES);
  }

  private connectTo(target: DocumentTarget, addresses: readonly string[]): TLSSocket {
    // The name is not looked up again: between two look-ups it could come to mean another machine.
    const socket = connect({ ...this.tls(target), port: target.port, lookup: answerWith(addresses) });
    socket.once('connect', () => {
      if (!includes(addresses, socket.remoteAddress))
        socket.destroy(new ClientDocumentError({ reason: 'client_document_address_refused' }));
    });
    return socket;
  }

  private tls({ host }: DocumentTarget): ConnectionOptions {
    // Said in so many words, because an environment variable could turn it off.
    return { host, ...(isIP(host) === 0 ? { servername: host } : {}), rejectUnauthorized: true, ...this.certificates };
  }
}

/** A name server has no more time than everybody else. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('out of time')), { once: true });
    work.then(resolve, reject);
  });
}

/** Answers a look-up with addresses that are known. */
function answerWith(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_name, { all: wantsAll }, callback) => {
    const [first] = all;
    if (wantsAll === true) callback(null, all);
    else callback(null, first?.address ?? '', first?.family);
  };
}

function includes(addresses: readonly string[], address: string | undefined): boolean {
  if (address === undefined) return false;
  const list = new BlockList();
  for (const one of addresses) list.addAddress(one, familyOf(one));
  return list.check(address, familyOf(address));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}
