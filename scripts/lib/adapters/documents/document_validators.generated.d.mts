import type { ErrorObject } from 'ajv';

type Validator = ((document: unknown) => boolean) & { errors?: ErrorObject[] | null };
export const packageManifest: Validator;
export const journalManifest: Validator;
export const journalOperation: Validator;
export const backupDescription: Validator;
