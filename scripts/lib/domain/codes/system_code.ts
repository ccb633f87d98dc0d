/** What the system, Node or a library calls an error (`ENOENT`, `SQLITE_BUSY`); empty where it has no such name. */
export const systemCode = (error: unknown): string => String((error as { code?: unknown } | null)?.code ?? '');
