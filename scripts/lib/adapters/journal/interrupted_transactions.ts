// Transactions that a kill or a power cut left unfinished.

import { findHot } from './journal_folder.ts';

/** A dry run does not recover; it says what the run itself would do first. */
export const warnOfInterrupted = (codexHome: string): string[] =>
  findHot(codexHome).map((id) => `transaction ${id} was interrupted and is not undone yet: run recover --execute`);
