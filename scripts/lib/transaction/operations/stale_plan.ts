import { SyncError } from '../../domain/codes/errors.ts';

/** The home or the package is no longer as it was when the plan was made. */
export const stalePlan = (where: string, message = 'A file has changed since the plan was made.'): SyncError =>
  new SyncError('stale_plan', message, { where });
