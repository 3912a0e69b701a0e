/** What a command of `messier` is: one zod schema makes its flags, their checks and their help. */
import { Command, Option } from 'commander';
import { z } from 'zod';
import type { ProgressListener } from '../core/progress.js';

/** What a command prints: an object for machines, text for people. */
export interface Output {
  /** Printed with `--json`: one object, documented in docs/json.md. */
  readonly data: unknown;
  /** Printed otherwise. */
  readonly text: string;
  /** Exit code, 0 unless told. */
  readonly code?: number | undefined;
}

/** What a command gets besides its arguments. */
export interface CommandContext {
  readonly progress: ProgressListener;
  /** Aborted by Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
  /** Prints a line of news on standard error, above a progress bar. */
  readonly log: (text: string) => void;
}

/** A command, before it meets the command line. */
export interface CommandDefinition<Options extends z.ZodRawShape = z.ZodRawShape> {
  readonly summary: string;
  /** `<data>` required, `[data]` optional, `<models...>` several; with one sentence each. */
  readonly arguments: Readonly<Record<string, string>>;
  /** One key a flag: `splitFrom` is `--split-from`. Booleans are switches; numbers and lists are read from text. `--json` is always there. */
  readonly options: z.ZodObject<Options>;
  /** Command lines with what they do. */
  readonly examples: readonly (readonly [line: string, what: string])[];
  /** More help, below the options. */
  readonly details?: string;
  readonly run: (args: readonly string[], options: z.output<z.ZodObject<Options>>, context: CommandContext) => Promise<Output>;
}

/** Keeps the types of a definition's options together. */
export function defineCommand<Options extends z.ZodRawShape>(definition: CommandDefinition<Options>): CommandDefinition {
  return definition as unknown as CommandDefinition;
}

/** A flag was given a value that its schema forbids, or an argument is wrong: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The name of a flag as it is typed: `per-class` for `perClass`. */
export const kebab = (key: string): string => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** The schema inside optional, default and preprocessing wrappers. */
function innermost(schema: unknown): z.ZodType {
  let inner = schema;
  for (;;) {
    if (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault) inner = inner.unwrap();
    else if (inner instanceof z.ZodPipe) inner = inner.out;
    else return inner as z.ZodType;
  }
}

function flag(key: string, schema: z.ZodType): Option {
  const inner = innermost(schema);
  const isSwitch = inner instanceof z.ZodBoolean;
  const several = inner instanceof z.ZodArray ? '...' : '';
  const value = inner instanceof z.ZodNumber ? 'N' : inner instanceof z.ZodEnum ? inner.options.join('|') : 'VALUE';
  const meta = z.globalRegistry.get(schema);
  const shown = typeof meta?.['value'] === 'string' ? meta['value'] : value;
  const fallback = schema instanceof z.ZodDefault ? ` (default: ${String(schema.def.defaultValue)})` : '';
  const needed = schema.safeParse(undefined).success || isSwitch ? '' : ' (required)';
  const text = `${meta?.description ?? ''}${isSwitch ? '' : fallback}${needed}`;
  return new Option(isSwitch ? `--${kebab(key)}` : `--${kebab(key)} <${shown}${several}>`, text);
}

/** Builds the commander command; `act` receives checked options. */
export function toCommander(
  name: string,
  definition: CommandDefinition,
  act: (args: readonly string[], options: Record<string, unknown>) => Promise<void>,
): Command {
  const command = new Command(name).description(definition.summary);
  for (const [argument, description] of Object.entries(definition.arguments)) command.argument(argument, description);
  for (const [key, schema] of Object.entries(definition.options.shape)) command.addOption(flag(key, schema as z.ZodType));
  command.option('--json', 'print one JSON object on standard output and nothing else there');
  const width = Math.max(...definition.examples.map(([line]) => line.length));
  const examples = definition.examples.map(([line, what]) => `  ${line.padEnd(width)}  ${what}`).join('\n');
  command.addHelpText(
    'after',
    `${definition.details === undefined ? '' : `\n${definition.details}\n`}\nExamples:\n${examples}\n\nExit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.`,
  );
  const count = Object.keys(definition.arguments).length;
  command.action(async (...given: unknown[]) => {
    const { json: _json, ...raw } = given[count] as Record<string, unknown>;
    await act(
      given
        .slice(0, count)
        .flat()
        .filter((value) => value !== undefined) as string[],
      checkedOptions(definition, raw),
    );
  });
  return command;
}

function checkedOptions(definition: CommandDefinition, raw: Record<string, unknown>): Record<string, unknown> {
  const result = definition.options.safeParse(raw);
  if (result.success) return result.data;
  const mistakes = result.error.issues.map((issue) => {
    const key = String(issue.path[0]);
    const value = raw[key];
    return value === undefined
      ? `--${kebab(key)} is needed.`
      : `--${kebab(key)}: ${issue.message}; ${JSON.stringify(value)} received.`;
  });
  throw new UsageError(mistakes.join('\n'));
}
