import { access, readdir } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { newest } from './lab/codex_versions.ts';
import { allowCompression, letCodexCompress } from './lab/compression.ts';
import { digestOf } from './lab/home_snapshot.ts';
import { inLab } from './lab/lab.ts';
import { converse, goOn, rolloutOf } from './lab/sessions.ts';
import { packAll, sessionIn } from './lab/sync_cli.ts';
import { TwoMachines } from './stories/two_machines.ts';

const begun = ['first question', 'RUN echo two'];
const onward = [...begun, 'third, on A'];

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

// Real Codex compresses on both sides; 0.117 knows nothing of it.
describe.concurrent('rollouts that Codex has compressed', () => {
  test.each(['0.145.0', '0.153.4', '0.160.1', newest] as const)(
    'are packed, kept, appended to and given back, with Codex %s',
    (version) =>
      inLab(async (lab) => {
        const machines = await TwoMachines.meet(lab, version);
        const { a, b } = machines;
        const threadId = await converse(a, machines.folderA, begun);
        for (const machine of [a, b]) await allowCompression(machine);

        // Packed plain from a compressed file.
        await letCodexCompress(a, await rolloutOf(a, threadId));
        const first = await packAll(a, 'first');
        expect((await readdir(path.join(first, 'sessions'))).filter((name) => name.endsWith('.zst'))).toEqual([]);
        await machines.syncOk(first);
        await machines.expectWholeOnB({ threadId, prompts: begun });

        // The same package changes nothing, however the local rollout lies there.
        const plain = await rolloutOf(b, threadId);
        const compressed = await letCodexCompress(b, plain);
        const digest = await digestOf(compressed);
        for (let round = 0; round < 2; round++) {
          const again = await machines.syncOk(first);
          expect(sessionIn(again, threadId)).toMatchObject({ classification: 'unchanged' });
          expect([await exists(plain), await digestOf(compressed)]).toEqual([false, digest]);
        }

        // An append takes it out, as Codex does it; a rollback puts it back.
        await goOn(a, threadId, onward.slice(begun.length));
        const second = await packAll(a, 'second');
        expect(sessionIn(await machines.syncOk(second), threadId)).toMatchObject({ classification: 'fast_forward_import' });
        expect(await exists(compressed)).toBe(false);
        await machines.expectWholeOnB({ threadId, prompts: onward });
        await machines.rollBackLatest();
        expect([await exists(plain), await digestOf(compressed)]).toEqual([false, digest]);
        await machines.expectWholeOnB({ threadId, prompts: begun });
        expect([await exists(plain), await exists(compressed)]).toEqual([true, false]);
        await machines.syncOk(second);
        await machines.expectWholeOnB({ threadId, prompts: onward });
      }),
  );
});
