// A user's extension: looked at as text, then loaded, then asked. What fails the contract is never handed out.

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { SyncError } from '../../domain/codes/errors.ts';
import type { LoadedExtension, SyncExtension } from '../../domain/extension/extension.ts';
import { type ExtensionFault, faultsOfAnswers, faultsOfShape, faultsOfSource } from '../../domain/extension/extension_check.ts';
import { homePrefixLocalizer } from '../../domain/extension/home_prefix_localizer.ts';
import { wslLocalizer } from '../../domain/extension/wsl_localizer.ts';
import { asDigest } from '../../domain/operation/operation.ts';

export const SHIPPED: SyncExtension[] = [wslLocalizer, homePrefixLocalizer];

/** A shipped one by name, or a user's file that keeps the contract. */
export function loadExtension(nameOrFile: string): LoadedExtension {
  const shipped = SHIPPED.find(({ name }) => name === nameOrFile);
  if (shipped) return { extension: shipped, digest: digestOf(`${shipped.name}@${shipped.version}`), file: nameOrFile };
  const { loaded, faults } = checkExtension(nameOrFile);
  if (loaded && faults.length === 0) return loaded;
  throw new SyncError(
    'extension_refused',
    `The extension breaks its contract: ${faults.map(({ rule, problem }) => `${rule}: ${problem}`).join('; ')}`,
    { where: path.resolve(nameOrFile) },
  );
}

/** A file whose source is impure is not run, not even to look at it. */
export function checkExtension(named: string): { loaded: LoadedExtension | null; faults: ExtensionFault[] } {
  const file = path.resolve(named);
  const bytes = readSource(file);
  const inSource = faultsOfSource(bytes.toString('utf8'));
  if (inSource.length > 0) return { loaded: null, faults: inSource };
  const extension = importFile(file);
  const inShape = faultsOfShape(extension);
  if (inShape.length > 0) return { loaded: null, faults: inShape };
  const loaded = { extension: extension as SyncExtension, digest: digestOf(bytes), file };
  return { loaded, faults: faultsOfAnswers(loaded.extension) };
}

const digestOf = (content: string | Buffer): string => asDigest(createHash('sha256').update(content).digest('hex'));

function readSource(file: string): Buffer {
  try {
    return fs.readFileSync(file);
  } catch (cause) {
    throw new SyncError('extension_refused', 'This extension does not exist.', {
      where: file,
      hint: `name a file, or an included extension: ${SHIPPED.map(({ name }) => name).join(', ')}`,
      cause,
    });
  }
}

function importFile(file: string): unknown {
  const load = createRequire(import.meta.url);
  try {
    load('./private_tsx.cjs');
    return (load(file) as { extension?: unknown }).extension;
  } catch (cause) {
    throw new SyncError('extension_refused', `The extension cannot be loaded: ${(cause as Error).message}`, {
      where: file,
      cause,
    });
  }
}
