import { expect } from 'vitest';
import { ENGLISH } from '../../lib/config/texts/english.js';
import { type Answer, refreshTarget } from './browser.js';
import type { TestApp } from './test-app.js';

/** What a redirect to the client carries, each member once. */
export interface Redirected {
  /** The redirect URI with its own query, without what we added. */
  readonly url: URL;
  readonly params: Readonly<Record<string, string>>;
}

/** An error page: HTML with this status, leading nowhere, with a reference that is in the log beside this reason. */
export function expectPage(answer: Answer, status: number, reason: string, { log }: Pick<TestApp, 'log'>): void {
  expect({ status: answer.status, text: answer.text.slice(0, 2000) }).toMatchObject({ status });
  expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(answer.headers.get('location')).toBeNull();
  expect(answer.text).not.toMatch(/http-equiv="refresh"|<a\b|<form\b|<script\b/);
  expectWords(answer.text);
  const reference = /(?:Reference|Kennung) <code>([^<]+)<\/code>/.exec(answer.text)?.[1];
  expect(reference, 'a page without reference').toBeDefined();
  const lines = log.lines.filter((line) => line.includes(`correlation=${reference}`));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(`page=${status} reason=${reason} `);
}

/** The page says what happened, more of it, and what to do (S16); in English, where its words are known here. */
function expectWords(html: string): void {
  if (!html.includes('<html lang="en"')) return;
  const heading = /<h1>([^<]+)<\/h1>/.exec(html)?.[1];
  const pages = Object.values(ENGLISH.errors).filter(({ title }) => title === heading);
  const shown = pages.filter(({ message, hint }) => html.includes(`>${message}</p>`) && html.includes(`>${hint}</p>`));
  expect(shown, `no page is headed ${heading}`).toHaveLength(1);
}

/** The plain redirect of a GET to the client (AUT-22, AUT-23). */
export function redirectedTo(answer: Answer): Redirected {
  expect({ status: answer.status, text: answer.text.slice(0, 2000) }).toEqual({ status: 302, text: '' });
  return readTarget(answer.headers.get('location') ?? '');
}

/** The page that moves on to the client, after a form of ours or of a login page (AUT-23). */
export function movedOnTo(answer: Answer): Redirected {
  expect({ status: answer.status, text: answer.text.slice(0, 2000) }).toMatchObject({ status: 200 });
  expect(answer.headers.get('location')).toBeNull();
  return readTarget(refreshTarget(answer.text) ?? '');
}

/** Splits a URL to the client; fails when a member occurs twice, or a code beside an error. */
export function readTarget(target: string): Redirected {
  const url = new URL(target);
  const names = [...url.searchParams.keys()];
  expect(names).toEqual([...new Set(names)]);
  expect(names.includes('code') && names.includes('error')).toBe(false);
  return { url, params: Object.fromEntries(url.searchParams) };
}
