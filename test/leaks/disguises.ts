/** One way to write a secret, or rather its end: the last characters tell it from every other one, the first of a JWT do not. */
export interface Needle {
  readonly disguise: string;
  readonly text: string;
}

/** Characters of a secret that have to show up for a leak: no two secrets share so many at their end. */
const TAIL = 32;

/** The ways in which a secret may leak: as it is, URL-encoded, inside something base64 wherever it begins there, or in hex. */
export function disguisesOf(secret: string): readonly Needle[] {
  const tail = Buffer.from(secret.slice(-TAIL));
  const hex = tail.subarray(-TAIL / 2).toString('hex');
  const written: Needle[] = [
    { disguise: 'raw', text: secret },
    { disguise: 'URL-encoded', text: encodeURIComponent(secret) },
    ...[0, 1, 2].flatMap((shift) => [
      { disguise: 'base64', text: insideBase64(tail, shift, 'base64') },
      { disguise: 'base64url', text: insideBase64(tail, shift, 'base64url') },
    ]),
    { disguise: 'hex', text: hex },
    { disguise: 'hex', text: hex.toUpperCase() },
  ];
  const texts = written.map(({ text }) => text.slice(-TAIL));
  return written
    .map(({ disguise }, index) => ({ disguise, text: texts[index] ?? '' }))
    .filter(({ text }, index) => texts.indexOf(text) === index);
}

/** The characters that depend on the secret alone, when `shift` bytes of something else are in the same group of three before it. */
function insideBase64(bytes: Buffer, shift: number, encoding: 'base64' | 'base64url'): string {
  const groups = Math.floor((shift + bytes.length) / 3);
  return Buffer.concat([Buffer.alloc(shift), bytes])
    .toString(encoding)
    .slice(shift === 0 ? 0 : 4, groups * 4);
}
