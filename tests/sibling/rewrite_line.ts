import { dumpJson, type Json, parseJson } from './python_json.ts';

/** One rollout line as the sibling installs it: parsed, its few paths set, and written out again whole. */
export function rewriteLine(line: string, cwd: string): string {
  const value = parseJson(line);
  if (value instanceof Map) rewrite(value, cwd);
  return dumpJson(value);
}

function rewrite(line: Map<string, Json>, cwd: string): void {
  const payload = line.get('payload');
  if (!(payload instanceof Map)) return;
  const type = line.get('type');
  if (type === 'session_meta' || type === 'turn_context') payload.set('cwd', cwd);
  if (type === 'turn_context') setWritableRoots(payload.get('sandbox_policy'), cwd);
  if (type === 'response_item' && payload.get('type') === 'message' && payload.get('role') === 'user') {
    for (const part of asList(payload.get('content'))) rewriteEnvironment(part, cwd);
  }
}

/** Also where the policy has no such key: the sibling does not look at the kind of policy. */
export function setWritableRoots(policy: Json | undefined, cwd: string): void {
  if (policy instanceof Map) policy.set('writable_roots', [cwd]);
}

function rewriteEnvironment(part: Json, cwd: string): void {
  const text = part instanceof Map ? part.get('text') : undefined;
  if (!(part instanceof Map) || typeof text !== 'string' || !text.includes('<cwd>') || !text.includes('</cwd>')) return;
  part.set('text', `${text.slice(0, text.indexOf('<cwd>'))}<cwd>${cwd}${text.slice(text.indexOf('</cwd>'))}`);
}

const asList = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);
