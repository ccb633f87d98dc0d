// Where a thread works when it is resumed. From 0.153 on Codex goes by the last settings of the thread, in both forms of a history; before
// that by the first line, which nobody rewrites (references/codex-on-disk.md).

/** Null where there are none, or none that count: those of another thread, as a fork has them from its parent (0.152+). */
export function folderInSettings(line: Buffer | null, threadId: string): string | null {
  const { thread_id = threadId, thread_settings } = payloadOf(line);
  const cwd = thread_id === threadId ? thread_settings?.cwd : null;
  return typeof cwd === 'string' && cwd !== '' ? cwd : null;
}

type Settings = { thread_id?: unknown; thread_settings?: { cwd?: unknown } | null };

function payloadOf(line: Buffer | null): Settings {
  if (!line) return {};
  try {
    return (JSON.parse(line.toString('utf8')) as { payload?: Settings | null } | null)?.payload ?? {};
  } catch {
    return {};
  }
}
