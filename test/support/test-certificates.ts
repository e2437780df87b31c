import { type KeyObject, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { isIPv4 } from 'node:net';

/** What a TLS server is started with. */
export interface ServerCertificate {
  readonly key: string;
  readonly cert: string;
}

/** A certificate authority that lives as long as the test, so that no key and no expiry date lies about in the repository. */
export class TestAuthority {
  private readonly keys = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  private readonly name = commonName(`Test authority ${randomBytes(4).toString('hex')}`);
  /** PEM, to be trusted. */
  readonly certificate: string;

  constructor() {
    this.certificate = this.signed(this.name, this.keys.publicKey, [basicConstraints(true)]);
  }

  /** A certificate for these host names and addresses. */
  issue(names: readonly string[], { expired = false } = {}): ServerCertificate {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    const cert = this.signed(commonName(names[0] ?? ''), publicKey, [subjectAltName(names)], expired);
    return { cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
  }

  /** RFC 5280 §4.1. */
  private signed(subject: Buffer, key: KeyObject, extensions: readonly Buffer[], expired = false): string {
    const day = 86_400_000;
    const from = Date.now() - 3 * day;
    const body = sequence(
      der(0xa0, integer(Buffer.from([2]))),
      integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
      ECDSA_WITH_SHA256,
      this.name,
      sequence(time(from), time(from + (expired ? 1 : 30) * day)),
      subject,
      key.export({ type: 'spki', format: 'der' }),
      der(0xa3, sequence(...extensions)),
    );
    const signature = sign('sha256', body, this.keys.privateKey);
    const certificate = sequence(body, ECDSA_WITH_SHA256, der(0x03, Buffer.from([0]), signature));
    return `-----BEGIN CERTIFICATE-----\n${certificate.toString('base64')}\n-----END CERTIFICATE-----\n`;
  }
}

/** One value of ASN.1 in its distinguished encoding. */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const size = content.length;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

const sequence = (...parts: readonly Buffer[]) => der(0x30, ...parts);
const integer = (bytes: Buffer) => der(0x02, bytes);
const identifier = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));

/** 1.2.840.10045.4.3.2 */
const ECDSA_WITH_SHA256 = sequence(identifier('2a8648ce3d040302'));

/** 2.5.4.3, and nothing else. */
function commonName(name: string): Buffer {
  return sequence(der(0x31, sequence(identifier('550403'), der(0x0c, Buffer.from(name)))));
}

function time(milliseconds: number): Buffer {
  const digits = new Date(milliseconds).toISOString().replace(/\D/g, '').slice(0, 14);
  return der(0x18, Buffer.from(`${digits}Z`));
}

function extension(hex: string, value: Buffer): Buffer {
  return sequence(identifier(hex), der(0x04, value));
}

function basicConstraints(authority: boolean): Buffer {
  return extension('551d13', sequence(...(authority ? [der(0x01, Buffer.from([0xff]))] : [])));
}

function subjectAltName(names: readonly string[]): Buffer {
  const entries = names.map((name) => {
    if (isIPv4(name)) return der(0x87, Buffer.from(name.split('.').map(Number)));
    return name === '::1' ? der(0x87, Buffer.alloc(16).fill(1, 15)) : der(0x82, Buffer.from(name));
  });
  return extension('551d11', sequence(...entries));
}
