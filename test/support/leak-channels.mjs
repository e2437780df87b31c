import { appendFileSync, mkdirSync, openSync } from 'node:fs';
import { basename, join } from 'node:path';

const PROCESS = `${basename(process.argv[1] ?? 'node').replace(/\..*$/, '')}-${process.pid}`;
const files = new Map();
const seen = new Set();

export const leaksDirectory = () => process.env['TEST_LEAKS_DIR'];

export function keepOutput(channel, text) {
  append('output', channel, text.replaceAll('\n', ' '));
}

export function keepSecret(kind, value) {
  // Its end is what is looked for: a forged one may be a random beginning and then `AAAA…`, which stands in other places too.
  if (value.length < 12 || new Set(value.slice(-32)).size < 8 || seen.has(value)) return;
  seen.add(value);
  append('secrets', 'secrets', JSON.stringify([kind, value]));
}

/** Written at once: a process that is killed in the next moment has answered with what stands here. */
function append(folder, name, line) {
  const directory = leaksDirectory();
  if (directory === undefined) return;
  const path = join(directory, folder, `${name}-${PROCESS}.log`);
  let file = files.get(path);
  if (file === undefined) {
    mkdirSync(join(directory, folder), { recursive: true });
    file = openSync(path, 'a');
    files.set(path, file);
  }
  appendFileSync(file, `${line}\n`);
}
