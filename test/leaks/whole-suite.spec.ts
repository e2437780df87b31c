import { beforeAll, expect, it } from 'vitest';
import { leaksDirectory } from '../support/leak-channels.mjs';
import { type Harvest, readHarvest } from './harvest.js';
import { shortfalls } from './shortfalls.js';

let harvest: Harvest;
beforeAll(async () => {
  const directory = leaksDirectory();
  if (directory === undefined) throw new Error('TEST_LEAKS_DIR names no finished run; use `npm run test:leaks`');
  harvest = await readHarvest(directory);
});

it('has every kind of secret that the whole suite hands out, and everything it prints, to go through', () => {
  expect(shortfalls(harvest)).toEqual([]);
});

it('STO-01 STO-04 finds no secret in the output of the whole suite: raw, URL-encoded, base64 or hex', () => {
  expect(harvest.leaks).toEqual([]);
});
