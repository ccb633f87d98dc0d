// Tests of tests/ that say nothing on Windows, or nothing under Wine, each with its reason. `skip_cannot.ts` skips and counts them there.

/** `wine`: real Windows can do it. `test` matches its full name. */
export type Cannot = { file: string; test: RegExp; where: 'windows' | 'wine'; because: string };

const links = 'Wine makes no symbolic links: fs.symlinkSync answers without an error and makes nothing';
const fifos = 'Windows has no FIFOs';
const proc = 'Windows has no /proc';

export const CANNOT: readonly Cannot[] = [
  { file: 'adapters/codex_home/codex_home', test: /a link to a home/, where: 'wine', because: links },
  { file: 'adapters/codex_home/configuration', test: /also through a link/, where: 'wine', because: links },
  { file: 'adapters/lines/line_reader', test: /holds no file open/, where: 'windows', because: proc },
  { file: 'adapters/disk/file_reading', test: /chunks give every byte once/, where: 'windows', because: proc },
  { file: 'adapters/package/package_attachments', test: /(are|is) a (symbolic )?link/, where: 'wine', because: links },
  { file: 'adapters/package/package_folder', test: /Link$|a symbolic link/, where: 'wine', because: links },
  { file: 'adapters/package/package_folder', test: /a pipe/, where: 'windows', because: fifos },
  { file: 'adapters/package/package_skills', test: /with a link/, where: 'wine', because: links },
  { file: 'adapters/package/package_skills', test: /with a pipe/, where: 'windows', because: fifos },
];
