/** Commands without a process of their own: their definitions, and what they print with `--json`. */
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { CommandDefinition } from '../../src/cli/command.js';
import { projectFile } from './child.js';

/** Every command by its name. */
export async function loadCommands(): Promise<ReadonlyMap<string, CommandDefinition>> {
  const files = (await readdir(fileURLToPath(projectFile('src/cli')))).filter((file) => !/^main\.ts$|\.test\.ts$/.test(file));
  const load = async (file: string) =>
    [file.replace('.ts', ''), (await import(projectFile(`src/cli/${file}`))) as { command?: CommandDefinition }] as const;
  const all = await Promise.all(files.map(load));
  return new Map(all.flatMap(([name, { command }]) => (command ? [[name, command] as const] : [])));
}

/** What a command prints with `--json`, without the seconds that a process of its own needs to start. */
export async function answerOf(
  command: CommandDefinition,
  args: readonly string[],
  options: Readonly<Record<string, unknown>> = {},
): Promise<unknown> {
  const context = { progress: () => undefined, log: () => undefined, signal: new AbortController().signal };
  const { data } = await command.run(args, command.options.parse(options), context);
  return JSON.parse(JSON.stringify(data));
}
