import { createRequire } from 'node:module';

// The operator's entry point of Shared Interface 1. All of it is the launcher, which makes one script of the TypeScript by itself and keeps it
// where nobody else can put anything (load_program.cjs).
createRequire(import.meta.url)('./codex-session-sync.cjs');
