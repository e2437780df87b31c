import { describe, expect, it } from 'vitest';
import { imitatesBrand } from '../../../lib/views/known-brands.js';
import { ViewRenderer } from '../../../lib/views/view-renderer.js';
import { consentView } from './consent-fixture.js';

describe('imitatesBrand', () => {
  it.each([
    'Claude',
    'CLAUDE',
    'claude code',
    'C l a u d e',
    'Clаude', // Cyrillic а
    'Ｃｌａｕｄｅ',
    'Cláùdé',
    'Cl4ud3',
    'C1aude',
    'C.L.A.U.D.E',
    '𝐂𝐥𝐚𝐮𝐝𝐞 Desktop',
    'Claude (verified)',
    'ChatGPT',
    'СhаtGРТ', // Cyrillic С, а, Р, Т
    'Open AI',
    '0penAI',
    'OpenΑI', // Greek Α
    'Cursor',
    'Visual Studio Code',
    'VS Code',
    'GitHub Copilot',
    'Micro$oft',
    'Google Gemini',
    'Perplexity',
    'Anthropic, PBC',
  ])('REG-16 CON-04 takes %s for an imitation at another host', (name) => {
    expect(imitatesBrand(name, 'evil.example')).toBe(true);
    expect(imitatesBrand(name, 'claude.ai.evil.example')).toBe(true);
    expect(imitatesBrand(name, 'myclaude.ai')).toBe(true);
  });

  it.each([
    ['Claude', 'claude.ai'],
    ['Claude', 'CLAUDE.AI'],
    ['Claude', 'api.claude.com:443'],
    ['Claude for Teams', 'mcp.anthropic.com'],
    ['ChatGPT', 'chatgpt.com'],
    ['Visual Studio Code', 'insiders.vscode.dev'],
    ['Gemini', 'gemini.google.com'],
  ])('leaves %s alone at %s', (name, host) => expect(imitatesBrand(name, host)).toBe(false));

  it.each(['Notes', 'Analytical Engine', 'Clauses', 'GPT notes', 'Курсы', 'エンジン', '🦊', '', 'Acme Inc.'])(
    'leaves %j alone anywhere',
    (name) => expect(imitatesBrand(name, 'evil.example')).toBe(false),
  );
});

describe('the consent page of a client with a borrowed name', () => {
  const views = new ViewRenderer();
  const borrowed = { clientName: 'Сlaude', redirectTarget: { kind: 'web', host: 'evil.example' } } as const;
  const page = (change = {}) => views.consent(consentView({ ...borrowed, verified: false, ...change }));

  it('REG-16 CON-04 is headed by the host, and says what it calls itself', () => {
    expect(page()).toContain('<h1><bdi>evil.example</bdi> wants to connect');
    expect(page()).toContain('<title>Connect evil.example to Notes</title>');
    expect(page()).toContain('It calls itself <bdi>Сlaude</bdi>, and its host is not known for that name.');
    expect(page()).toContain('<span class="tile tile-client">E</span>');
  });

  it.each([
    ['somebody stands behind it', { verified: true }],
    ['the host is the vendor’s', { redirectTarget: { kind: 'web', host: 'claude.ai' } }],
    ['no host could tell', { redirectTarget: { kind: 'loopback' } }],
    ['no host could tell', { redirectTarget: { kind: 'private-use', scheme: 'cursor' } }],
    ['the name is its own', { clientName: 'Difference Engine' }],
  ])('keeps the name where %s', (_case, change) => {
    expect(page(change)).not.toContain('It calls itself');
    expect(page(change)).not.toContain('<h1><bdi>evil.example');
  });
});
