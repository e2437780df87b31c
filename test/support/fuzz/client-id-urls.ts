import type { SeededRandom } from './random.js';

/** Begins like the URL of a client metadata document, and can be none. */
export function malformedUrl(random: SeededRandom): string {
  const host = `${random.word()}.example`;
  return random.pick([
    'https:',
    `https://${host}`,
    `https://${host}/`,
    `https://${host}/a/../c`,
    `https://${host}/%2e%2E/c`,
    `https://${host}/c#`,
    `https://${host}/c?`,
    `https://${host}./c`,
    `https://${host}:443/c`,
    `https://user@${host}/c`,
    `https:/${host}/c`,
    `HTTPS://${host}/c`,
    `https://${host}\\c`,
    'https://2130706433/c',
    'https://0x7f.1/c',
  ]);
}

/** Nobody is called there, nor asked where it is. */
export function privateUrl(random: SeededRandom): string {
  const host = random.pick([
    'localhost',
    'metadata.google.internal',
    `${random.word()}.local`,
    random.word(),
    '127.0.0.1',
    `10.0.${random.below(256)}.1`,
    '169.254.169.254',
    '192.168.1.1',
    '[::1]',
    '[::ffff:7f00:1]',
    '[64:ff9b::a00:1]',
    '[fd00:ec2::254]',
  ]);
  return `https://${host}/${random.word()}`;
}

/** Nobody is called there either. */
export function closedPort(random: SeededRandom): string {
  return `https://${random.word()}.example:${1 + random.below(442)}/c`;
}
