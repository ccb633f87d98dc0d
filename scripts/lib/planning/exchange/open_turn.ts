// Whether a rollout ends inside a turn. Published then, a conversation would arrive elsewhere with half an answer, and part from what comes after.

import { linesOf } from '../../adapters/lines/line_reader.ts';
import { contentSize } from '../../adapters/lines/rollout_bytes.ts';
import { endsTurn } from '../../domain/compare/history_form.ts';
import { headOf, startsTurn } from '../../domain/rollout/rollout_line.ts';

/** Codex says between any two outputs of a turn which it is; a turn that began further back than this has not ended where none of it ends here. */
const TAIL = 8 << 20;

export function endsInsideTurn(file: string): boolean {
  const size = contentSize(file);
  const from = Math.max(0, size - TAIL);
  let isOpen = from > 0;
  for (const line of linesOf([{ file, from, to: size }])) {
    const head = headOf(line);
    if (startsTurn(head)) isOpen = true;
    else if (endsTurn(head)) isOpen = false;
  }
  return isOpen;
}
