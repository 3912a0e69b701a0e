#!/usr/bin/env node
import { Command } from 'commander';
import { MessierError } from '../core/errors.js';
import { version } from '../recipes/version.js';
import type { CommandDefinition } from './command.js';
import { commandWords, runApart } from './long-command-line.js';

/** Every command with its summary; its file is loaded when it is asked for, so that --help stays quick. */
const commands: Readonly<Record<string, readonly [summary: string, load: () => Promise<{ command: CommandDefinition }>]>> = {
  demo: ['Simulate a sky, train on it, write the report and predict: the whole way, without network.', () => import('./demo.js')],
  import: ['Download a public data set, resumed and verified.', () => import('./import.js')],
  fetch: ['Collect the pictures of a table of Astronomy Pictures of the Day.', () => import('./fetch.js')],
  collect: ['Collect pictures into the catalogue, from the network or from disk.', () => import('./collect.js')],
  explore: ['Look at a data set: classes, pictures, sizes, colours, duplicates, unreadable files.', () => import('./explore.js')],
  clean: ['Find pictures to reject, and record what you decide.', () => import('./clean.js')],
  catalogue: ['Look into what was collected, check it, carry it elsewhere.', () => import('./catalogue.js')],
  train: ['Train a model by a recipe, judge it and write its report.', () => import('./train.js')],
  evaluate: ['Judge a model on labelled pictures.', () => import('./evaluate.js')],
  predict: ['Classify pictures.', () => import('./predict.js')],
  compare: ['Judge several models on the same pictures.', () => import('./compare.js')],
  ensemble: ['Put runs together into one model, with its gain and its cost.', () => import('./ensemble.js')],
  study: ['Hold variants of one recipe beside one another.', () => import('./study.js')],
  recipes: ['List the recipes, or print one.', () => import('./recipes.js')],
  models: ['List the networks and their pretrained weights.', () => import('./models.js')],
  doctor: ['Show what this machine can do.', () => import('./doctor.js')],
};

/** Node's exit code for an await that never settles. */
const unsettled = 13;

const { words, isTooLong } = await commandWords();
const json = words.includes('--json');
const program = new Command('messier')
  .description('Sorts the sky: trains, judges and runs classifiers of astronomical pictures.')
  .version(version)
  .exitOverride()
  .showHelpAfterError('Add --help for the usage.')
  .addHelpText(
    'after',
    `
Examples:
  messier demo                                     see the whole way on a simulated sky, in three minutes
  messier explore pictures/                        look at a folder with one sub-folder a class
  messier train pictures --data pictures/          train, judge, report: a folder with model.onnx and report.html
  messier predict runs/NAME/model.onnx new.jpg     classify a picture
  messier COMMAND --help                           options and examples of a command

Results go to standard output, progress and errors to standard error; --json prints one JSON object.
Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.`,
  );

// The commands below know their options only once their file is loaded.
const args = words[0] === 'help' && words[1] !== undefined ? [words[1], '--help'] : words;
const asked = args[0] ?? '';
const found = Object.hasOwn(commands, asked) ? commands[asked] : undefined;
// `messier --help | head` closes the pipe early; without this, Node ends with a stack trace.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') process.exitCode = 1;
});
// Node ends without a word where nothing is left that could settle what is waited for: a mistake of ours.
process.on('exit', () => {
  if (process.exitCode === unsettled) process.exitCode = report(new Error('The command waits for something that never comes.'));
});
try {
  if (isTooLong) process.exitCode = await runApart(words);
  else await runHere();
} catch (error) {
  process.exitCode = report(error);
}

/** Runs the command that is asked for. */
async function runHere(): Promise<void> {
  if (found) {
    const [{ command }, { addCommand }] = await Promise.all([found[1](), import('./execute.js')]);
    addCommand(program, asked, command, json);
  } else {
    for (const [name, [summary]] of Object.entries(commands)) program.command(name).description(summary).helpOption(false);
  }
  if (asked === '') program.help();
  await program.parseAsync(args, { from: 'user' });
}

/** Prints what the user needs to know of an error and chooses the exit code. */
function report(error: unknown): number {
  if (error instanceof Error && 'exitCode' in error && 'code' in error) {
    // Commander has printed its message, or the help that was asked for.
    if (error.exitCode === 0 || asked === '') return 0;
    if (json) console.log(JSON.stringify({ error: { code: 'usage', message: error.message } }));
    return 2;
  }
  const isUsage = error instanceof Error && error.name === 'UsageError';
  const isAbort = error instanceof Error && error.name === 'AbortError';
  const code = error instanceof MessierError ? error.code : isUsage ? 'usage' : isAbort ? 'interrupted' : 'unexpected';
  const message = error instanceof Error ? error.message : String(error);
  if (json) console.log(JSON.stringify({ error: { code, message } }));
  if (code === 'unexpected') console.error(error);
  else console.error(isUsage ? `${message}\nAdd --help for the usage.` : `${message} [${code}]`);
  return isUsage ? 2 : isAbort ? 130 : 1;
}
