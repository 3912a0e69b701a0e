/** Command lines in guides and help, checked against the definitions of the commands without running them. */
import { z } from 'zod';
import type { CommandDefinition } from '../../src/cli/command.js';

const always = ['--json', '--help'];

/** Lines of code blocks that run messier, without comments, and what follows a pipe or redirection. */
export function blockLines(markdown: string): string[] {
  return [...markdown.matchAll(/^```\w*\n([^]*?)^```/gm)].flatMap(([, block = '']) =>
    block
      .split('\n')
      .filter((line) => /^(npx )?messier /.test(line))
      .map(program),
  );
}

/** Spans of code in the text, which may leave out arguments. */
export function inlineLines(markdown: string): string[] {
  const prose = markdown.replace(/^```[^]*?^```/gm, '');
  return [...prose.matchAll(/`((?:npx )?messier [^`]+)`/g)].map(([, line = '']) => program(line));
}

/** What goes to the program itself. */
export function program(line: string): string {
  return line
    .replace(/\s+#.*| [|>].*/, '')
    .replace(/^npx /, '')
    .trim();
}

/** As a shell splits it. */
export const wordsOf = (line: string): string[] =>
  (line.match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? []).map((word) =>
    word.replace(/"([^"]*)"|'([^']*)'/g, (_, double?: string, single?: string) => double ?? single ?? ''),
  );

/** What is wrong with a line; nothing where the program would take it. */
export function mistakesIn(line: string, commands: ReadonlyMap<string, CommandDefinition>, whole: boolean): string[] {
  const [, name = '', ...words] = wordsOf(line);
  const definition = commands.get(name);
  if (!definition) return /^--(help|version)$|^[A-Z]+$/.test(name) ? [] : [`${line}: no command "${name}"`];
  const flags = new Map(
    Object.entries(definition.options.shape).map(([key, schema]) => [`--${kebab(key)}`, schema as z.ZodType]),
  );
  const values: string[] = [];
  const mistakes: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (!word.startsWith('--')) values.push(word);
    else if (!flags.has(word) && !always.includes(word)) mistakes.push(`${line}: no flag ${word}`);
    else if (!isSwitch(flags.get(word)) && ++at >= words.length && whole) mistakes.push(`${line}: ${word} without a value`);
    else if (isList(flags.get(word))) while (words[at + 1]?.startsWith('--') === false) at++;
  }
  if (!whole || words.includes('--help')) return mistakes;
  const needed = Object.keys(definition.arguments).filter((argument) => argument.startsWith('<'));
  const most = /\.\.\./.test(Object.keys(definition.arguments).join()) ? Infinity : Object.keys(definition.arguments).length;
  if (values.length < needed.length || values.length > most) mistakes.push(`${line}: ${values.length} arguments`);
  for (const [flag, schema] of flags) {
    if (!schema.safeParse(undefined).success && !words.includes(flag)) mistakes.push(`${line}: ${flag} is needed`);
  }
  return mistakes;
}

const kebab = (key: string): string => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const inside = (schema: z.ZodType | undefined): unknown =>
  schema instanceof z.ZodDefault || schema instanceof z.ZodOptional ? schema.unwrap() : schema;

/** `--json` and `--help` have no schema. */
function isSwitch(schema: z.ZodType | undefined): boolean {
  const inner = inside(schema);
  return inner === undefined || inner instanceof z.ZodBoolean;
}

const isList = (schema: z.ZodType | undefined): boolean => inside(schema) instanceof z.ZodArray;
