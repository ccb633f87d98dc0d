import { expect, test } from 'vitest';
import { SecretCount, secretsIn } from '../../../scripts/lib/domain/package/secret.ts';

const A = 'aB3'.repeat(20);
const told = (text: string): string[] => secretsIn(Buffer.from(JSON.stringify({ payload: { message: text } })));

test.each([
  ['an API key (sk-…)', `OPENAI_API_KEY=sk-proj-${A}`],
  ['an API key (sk-…)', `"sk-ant-api03-${A}"`],
  ['a GitHub token', `https://ghp_${A.slice(0, 36)}@github.com`],
  ['a GitHub token', `github_pat_${A}`],
  ['a GitLab token', `glpat-${A.slice(0, 20)}`],
  ['an AWS access key', 'aws_access_key_id = AKIAIOSFODNN7EXAMPLE'],
  ['a Google API key', `key=AIza${A.slice(0, 35)}`],
  ['a Slack token', 'xoxb-123456789012-abcdef'],
  ['a private key', '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA'],
])('%s is seen in %s', (kind, text) => expect(told(text)).toEqual([kind]));

test.each([
  'no secret at all',
  'sk-short',
  'task-aaaaaaaaaaaaaaaaaaaaaaaaaaaa',
  `encoded ${A}_sk-${A}`,
  `${A}AKIAIOSFODNN7EXAMPLE`,
  '-----BEGIN PUBLIC KEY-----',
])('%s is none', (text) => expect(told(text)).toEqual([]));

test('what is said counts the lines and names the kinds, and never holds the secret', () => {
  const count = new SecretCount();
  for (const text of [`sk-${A}`, `sk-${A} and ghp_${A.slice(0, 36)}`, 'none']) count.add(Buffer.from(text));
  expect(count.warnings()).toEqual([
    '2 line(s) seem to contain an API key (sk-…), a GitHub token: whoever receives the package receives it too',
  ]);
  expect(new SecretCount().warnings()).toEqual([]);
});
