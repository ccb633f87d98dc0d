import { createRequire } from 'node:module';

// The operator's entry point of Shared Interface 1. All of it is the launcher, which loads TypeScript by itself and keeps what it compiles
// where nobody else can put anything (private_tsx.cjs).
createRequire(import.meta.url)('./codex-session-sync.cjs');
