import { type Round, watchExchange } from '../../commands/exchange/watch_exchange.ts';
import { membershipOf } from '../../commands/membership/membership.ts';
import type { PlannedSession } from '../../domain/plan/plan.ts';
import type { Verb } from '../command_line/command.ts';
import { codexHomeOf, numberFlag } from '../command_line/flags.ts';
import { printEvent, printLines } from '../output/output.ts';
import { documentOf } from '../output/report.ts';
import { bytesText } from '../output/text.ts';
import { exchangeRequestOf, exchangeSyncVerb } from '../verbs/exchange_commands.ts';

const INTERVAL_SECONDS = 120;
const SETTLE_SECONDS = 5;

/** Prints a line for each run that did something, or one JSON object for every run; ends only as a command that was interrupted does. */
export const exchangeWatch: Verb = async (flags, environment) => {
  if (flags.execute !== true) return firstRun(await exchangeSyncVerb(flags, environment));
  const openHome = () => codexHomeOf(flags, environment);
  const home = openHome();
  const { place, machine } = membershipOf(home);
  const [interval, settle] = [numberFlag(flags, 'interval') ?? INTERVAL_SECONDS, numberFlag(flags, 'settle') ?? SETTLE_SECONDS];
  const isJson = flags.json === true;
  const event = (name: string, fields: Record<string, unknown>): void =>
    printEvent(documentOf('exchange_watch', home.path, { event: name, ...fields }));
  if (isJson) event('started', { place, machine, interval_seconds: interval, settle_seconds: settle });
  else
    printLines([
      `Codex home: ${home.path}`,
      `Watching it and the exchange in ${place}, at least every ${interval} s. To end: Ctrl-C`,
    ]);
  const quietly = lineTeller(printLines);
  const tell = (round: Round): void => (isJson ? event(round.error ? 'failed' : 'run', fieldsOf(round)) : quietly(round));
  return await watchExchange(
    openHome,
    exchangeRequestOf(flags, environment),
    { interval: interval * 1000, settle: settle * 1000 },
    tell,
  );
};

const firstRun = (report: Awaited<ReturnType<Verb>>): Awaited<ReturnType<Verb>> => ({
  ...report,
  get lines() {
    return [...report.lines, 'Nothing is watched without --execute.'];
  },
});

/** What a run did, in numbers. `busy`: open in Codex. `undecided`: a person has to look. */
type Done = {
  taken: PlannedSession[];
  busy: string[];
  undecided: string[];
  pending: string[];
  published: string[];
  bytes: number;
};

function doneIn({ pulled, pushed }: NonNullable<Round['result']>): Done {
  const sessions = pulled.flatMap(({ result }) => result?.plan.sessions ?? []);
  const idsOf = (is: (session: PlannedSession) => boolean): string[] => sessions.filter(is).map(({ thread_id }) => thread_id);
  const isBusy = ({ classification }: PlannedSession): boolean => classification === 'busy';
  return {
    taken: sessions.filter(({ action }) => action !== 'none' && action !== 'refuse'),
    busy: [...idsOf(isBusy), ...(pushed?.inTurn ?? [])],
    undecided: idsOf((session) => session.action === 'refuse' && !isBusy(session)),
    pending: pulled.flatMap((one) => one.pending.map(({ thread_id }) => thread_id)),
    published: pushed?.sessions.map(({ thread_id }) => thread_id) ?? [],
    bytes: pushed?.bytes ?? 0,
  };
}

function fieldsOf(round: Round): Record<string, unknown> {
  const common = { time: round.at.toISOString(), reported: round.watches };
  if (round.error) {
    const { code, message, where, hint } = round.error;
    return { ...common, code, message, where: where ?? null, hint, retry_seconds: round.retry };
  }
  const { taken, ...rest } = doneIn(round.result);
  const transactions = round.result.pulled.flatMap(({ result }) => result?.transactionId ?? []);
  return {
    ...common,
    transactions,
    taken: taken.map(({ thread_id, local_thread_id, classification, action }) => ({
      thread_id,
      local_thread_id,
      classification,
      action,
    })),
    ...rest,
    left_out: round.result.pushed?.leftOut ?? [],
    findings: round.result.findings,
  };
}

/** What is as it was at the run before is not said again: most runs have nothing to do. */
function lineTeller(print: (lines: string[]) => void): (round: Round) => void {
  let said = '';
  return (round) => {
    const { news, state } = round.error ? failureTexts(round) : runTexts(round);
    if (news === '' && state === said) return;
    said = state;
    print([`${round.at.toISOString().slice(0, 19)}Z  ${[news, state].filter(Boolean).join(' ')}`]);
  };
}

type Texts = { news: string; state: string };

const failureTexts = ({ error, retry }: Extract<Round, { result: null }>): Texts => ({
  news: '',
  state: `Failed (${error.code}): ${error.message}${retry > 0 ? ' It is tried again until it works.' : ''}`,
});

function runTexts({ result, watches }: Extract<Round, { error: null }>): Texts {
  const { taken, busy, undecided, pending, published, bytes } = doneIn(result);
  const news = [
    ...(taken.length > 0 ? [`Taken in: ${taken.length} session(s).`] : []),
    ...(published.length > 0 ? [`Published: ${published.length} session(s), ${bytesText(bytes)}.`] : []),
  ];
  const { findings } = result;
  const left = [
    ...(busy.length > 0 ? [`${busy.length} open in Codex.`] : []),
    ...(pending.length > 0 ? [`${pending.length} not arrived completely.`] : []),
    ...(undecided.length > 0 ? [`${undecided.length} need(s) a decision: exchange sync.`] : []),
    ...(findings.length > 0 ? [`${findings.length} finding(s): exchange status.`] : []),
    ...(watches ? [] : ['The system does not report all changes; the interval holds.']),
  ];
  return { news: news.join(' '), state: left.length > 0 ? left.join(' ') : 'In step.' };
}
