import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { type PackedAttachments, readAttachments } from '../../../scripts/lib/adapters/package/package_attachments.ts';
import { SyncError } from '../../../scripts/lib/domain/codes/errors.ts';
import { SharedTexts } from '../../../scripts/lib/domain/package/shared_texts.ts';
import { idFrom } from '../../fixtures/records_at_places.ts';
import { jsonl } from '../../fixtures/spelling.ts';
import { temporaryFolder } from '../../fixtures/temporary_folder.ts';

const [parent, child, stranger] = [idFrom('parent'), idFrom('child'), idFrom('stranger')];
const read = (folder: string): PackedAttachments => readAttachments(folder, new Set([parent, child]), new SharedTexts());
const none = { rows: new Map(), images: [] };

function packageFolder(files: Record<string, string>): string {
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), text);
  }
  return folder;
}

const code = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof SyncError) return error.code;
    throw error;
  }
  return 'taken';
};

test('a package without any of it has nothing of a thread', () => {
  const attachments = read(temporaryFolder());
  expect([attachments.of(child), attachments.warnings]).toEqual([none, []]);
});

test('rows are read by thread, and only of threads that the package has', () => {
  const edge = { parent_thread_id: parent, child_thread_id: child, status: 'closed' };
  const goal = { thread_id: parent, goal_id: 'g1', objective: 'Ship it', status: 'active' };
  const tool = { thread_id: child, position: 0, name: 'plot' };
  const folder = packageFolder({
    'metadata/thread_dynamic_tools.jsonl': jsonl([tool, { ...tool, position: 1 }]).toString(),
    'metadata/thread_spawn_edges.jsonl': jsonl([
      edge,
      { ...edge, child_thread_id: stranger },
      { ...edge, parent_thread_id: '../x' },
    ]).toString(),
    'metadata/thread_goals.jsonl': jsonl([goal, { ...goal, thread_id: stranger }]).toString(),
  });
  const attachments = read(folder);
  expect(attachments.of(parent).rows).toEqual(new Map([['thread_goals', [goal]]]));
  expect(attachments.of(child).rows).toEqual(
    new Map([
      ['thread_dynamic_tools', [tool, { ...tool, position: 1 }]],
      ['thread_spawn_edges', [edge]],
    ]),
  );
  expect(attachments.of(stranger)).toEqual(none);
});

describe('an image', () => {
  test('is read with what it is', () => {
    const folder = packageFolder({ [`files/generated_images/${child}/ig_1.png`]: 'PNG' });
    const file = path.join(folder, 'files', 'generated_images', child, 'ig_1.png');
    expect(read(folder).of(child).images).toEqual([
      { name: 'ig_1.png', file, size: 3, mtime: fs.statSync(file).mtimeMs, digest: expect.stringMatching(/^sha256:/) },
    ]);
  });

  test.each(['.hidden', 'sp ace.png', '%2e%2e'])('with the name `%s` is left out and named', (name) => {
    const folder = packageFolder({ [`files/generated_images/${child}/${name}`]: 'x' });
    const attachments = read(folder);
    expect(attachments.of(child).images).toEqual([]);
    expect(attachments.warnings).toEqual([expect.stringContaining(JSON.stringify(name))]);
  });

  test('of a thread that the package does not have is not looked at', () =>
    expect(read(packageFolder({ [`files/generated_images/${stranger}/ig_1.png`]: 'x' })).of(stranger)).toEqual(none));

  test('that is a symbolic link or a folder is left out and named', () => {
    const folder = packageFolder({ [`files/generated_images/${child}/a.png/x`]: 'x' });
    fs.symlinkSync('/etc/hostname', path.join(folder, 'files', 'generated_images', child, 'b.png'));
    expect(read(folder).of(child)).toEqual(none);
    expect(read(folder).warnings).toHaveLength(2);
  });

  test('that is larger than any image is left out before it is read', () => {
    const folder = packageFolder({ [`files/generated_images/${child}/a.png`]: '' });
    fs.truncateSync(path.join(folder, 'files', 'generated_images', child, 'a.png'), (64 << 20) + 1);
    const attachments = read(folder);
    expect(attachments.of(child)).toEqual(none);
    expect(attachments.warnings).toEqual([expect.stringContaining('a.png')]);
  });
});

describe('a package is unsafe where', () => {
  test.each(['files', 'files/generated_images', `files/generated_images/${child}`])('`%s` is a link', (name) => {
    const folder = packageFolder({ 'metadata/threads.jsonl': '' });
    const elsewhere = packageFolder({ [`generated_images/${child}/a.png`]: 'x', [`${child}/a.png`]: 'x', 'a.png': 'x' });
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.symlinkSync(elsewhere, path.join(folder, name));
    expect(code(() => read(folder))).toBe('unsafe_package');
  });

  test.each(['thread_dynamic_tools', 'thread_spawn_edges', 'thread_goals'])('its %s are a link', (name) => {
    const folder = packageFolder({ 'metadata/threads.jsonl': '' });
    fs.symlinkSync('/etc/hostname', path.join(folder, 'metadata', `${name}.jsonl`));
    expect(code(() => read(folder))).toBe('unsafe_package');
  });
});
