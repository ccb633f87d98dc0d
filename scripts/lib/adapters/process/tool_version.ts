import { createRequire } from 'node:module';

type PackageJson = { version: string; engines: { node: string } };

const packageJson = (): PackageJson => createRequire(import.meta.url)('../../../../package.json') as PackageJson;

/** The version in package.json. */
export const toolVersion = (): string => packageJson().version;

/** The oldest Node that package.json asks for. */
export const oldestNode = (): string => packageJson().engines.node.replace('>=', '');
