/**
 * Command lines of any length. ONNX Runtime 1.30 searches /proc/self/cmdline recursively and overflows the stack of a thread beyond some 14,000 bytes,
 * which ends the process without a word; `predict *.jpg` gets there. Such a command runs again in a process whose words lie in a file.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Bytes of words that a process of its own may have. */
const most = 8_000;
/** Names the file with the words. */
const variable = 'MESSIER_WORDS_FILE';

/** What was asked, and whether this process can't stand it. */
export interface CommandWords {
  readonly words: readonly string[];
  readonly isTooLong: boolean;
}

/** The words behind `messier`: those of the command line, or of the process that started this one for their length. */
export async function commandWords(): Promise<CommandWords> {
  const file = process.env[variable];
  if (file === undefined) {
    const words = process.argv.slice(2);
    return { words, isTooLong: Buffer.byteLength(words.join(' ')) > most };
  }
  // Not for the children of this one.
  Reflect.deleteProperty(process.env, variable);
  const words = JSON.parse(await readFile(file, 'utf8')) as string[];
  await rm(dirname(file), { recursive: true, force: true });
  process.argv.splice(2, process.argv.length, ...words);
  return { words, isTooLong: false };
}

/** Runs the same command with its words in a file; resolves to its exit code. */
export async function runApart(words: readonly string[]): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'messier-words-'));
  try {
    const file = join(folder, 'words.json');
    await writeFile(file, JSON.stringify(words));
    const script = process.argv[1] ?? '';
    const child = spawn(process.execPath, [...process.execArgv, script], {
      stdio: 'inherit',
      env: { ...process.env, [variable]: file },
    });
    // A terminal sends Ctrl-C to both already, and the second one means at once.
    process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT')).on('SIGTERM', () => child.kill('SIGTERM'));
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
