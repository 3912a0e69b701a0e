import type { Progress, ProgressListener } from '../core/progress.js';

/** Where progress is shown: standard error, or a stream like it. */
export interface ProgressStream {
  readonly isTTY?: boolean | undefined;
  /** Characters of a line; changes with the window. */
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

/** Progress on a terminal or in a log file. */
export interface ProgressDisplay {
  readonly listener: ProgressListener;
  /** Takes the bar away. May be called more than once. */
  readonly done: () => void;
  /** Prints a line, above the bar. */
  readonly log: (text: string) => void;
}

const REDRAW_MS = 100;
const LINE_MS = 10_000;
const WIDEST_BAR = 30;
const NARROWEST_BAR = 6;
/** Brackets and the space beside them. */
const BAR_FRAME = 4;

/**
 * Shows progress. On a terminal it is one line with a bar, redrawn at most ten times a second, which goes when its stage ends; elsewhere
 * (a file, a pipe, TERM=dumb) it is a plain line every ten seconds at most and one at each stage's end. No colours, hence nothing for NO_COLOR
 * to switch off. Runs no timer: a program that forgets {@link ProgressDisplay.done} still ends.
 *
 * @example
 * const progress = openProgress();
 * await train({ ...options, progress: progress.listener, onEpoch: (record) => progress.log(epochLine(record, epochs)) });
 * progress.done();
 */
export function openProgress(stream: ProgressStream = process.stderr): ProgressDisplay {
  const isTerminal = stream.isTTY === true && process.env['TERM'] !== 'dumb';
  let stage: Stage | undefined;
  let shownAt = performance.now();
  let isDrawn = false;

  const draw = (text: string) => {
    stream.write(`\r${text}\x1b[K`);
    isDrawn = true;
  };
  const clear = () => {
    if (isDrawn) stream.write('\r\x1b[K');
    isDrawn = false;
  };
  const end = () => {
    clear();
    if (stage && !isTerminal) stream.write(`${closingLine(stage)}\n`);
    stage = undefined;
  };
  return {
    listener(progress) {
      const now = performance.now();
      if (stage?.last.stage !== progress.stage) {
        end();
        if (isTerminal) shownAt = -Infinity;
      }
      stage = { first: stage?.first ?? progress, began: stage?.began ?? now, last: progress, now };
      if (now - shownAt < (isTerminal ? REDRAW_MS : LINE_MS)) return;
      shownAt = now;
      if (isTerminal) draw(barLine(stage, (stream.columns ?? 80) - 1));
      else if (progress.done !== progress.total) stream.write(`${parts(stage).join(', ')}\n`);
    },
    done: end,
    log(text) {
      clear();
      stream.write(`${text}\n`);
      if (isTerminal && stage) draw(barLine(stage, (stream.columns ?? 80) - 1));
    },
  };
}

/** A stage from its first word to its latest. A resumed run's first word is not 0. */
interface Stage {
  readonly first: Progress;
  readonly last: Progress;
  /** Milliseconds of the process's clock. */
  readonly began: number;
  readonly now: number;
}

/** The line with its bar, at most `width` characters: what matters less goes first where it is narrow, the bar before stage and amount. */
function barLine(stage: Stage, width: number): string {
  const { done, total } = stage.last;
  const texts = parts(stage);
  const textLength = (shown: number): number => texts.slice(0, shown).join('  ').length;
  const least = total === undefined || total <= 0 ? 0 : NARROWEST_BAR + BAR_FRAME;
  let shown = texts.length;
  while (shown > 2 && textLength(shown) + least > width) shown--;
  const room = Math.min(WIDEST_BAR, width - textLength(shown) - BAR_FRAME);
  const [name = '', ...rest] = texts.slice(0, shown);
  if (total === undefined || least === 0 || room < NARROWEST_BAR) return [name, ...rest].join('  ').slice(0, Math.max(0, width));
  const filled = Math.min(room, Math.floor((room * done) / total));
  return [name, `[${'='.repeat(filled)}${' '.repeat(room - filled)}]`, ...rest].join('  ');
}

/** What a line says, the most important first. */
function parts(stage: Stage): string[] {
  const { stage: name, done, total, unit, values = {} } = stage.last;
  const perSecond = rate(stage);
  const texts = [name, amount(done, unit, total)];
  if (total !== undefined && perSecond > 0 && done < total) texts.push(`${duration((total - done) / perSecond)} left`);
  texts.push(...figures(values));
  if (perSecond > 0) texts.push(`${amount(perSecond, unit)}/s`);
  return texts;
}

function closingLine(stage: Stage): string {
  const { stage: name, done, unit, values = {} } = stage.last;
  const perSecond = rate(stage);
  const speed = perSecond > 0 ? [`${amount(perSecond, unit)}/s`] : [];
  const seconds = (stage.now - stage.began) / 1000;
  return [`${name}: ${amount(done, unit)} in ${duration(seconds)}`, ...speed, ...figures(values)].join(', ');
}

/** Units a second since the stage began. */
function rate({ first, last, began, now }: Stage): number {
  return now > began ? ((last.done - first.done) * 1000) / (now - began) : 0;
}

const figures = (values: Readonly<Record<string, number>>): string[] =>
  Object.entries(values).map(([name, value]) => `${name} ${Number.isInteger(value) ? value : value.toPrecision(3)}`);

/** `12/456 pictures`, `1.5/4.0 MB`, `81 pictures`. */
function amount(done: number, unit: string, total?: number): string {
  if (unit !== 'bytes')
    return total === undefined ? `${count(done)} ${of(done, unit)}` : `${count(done)}/${count(total)} ${of(total, unit)}`;
  const power = Math.max(0, Math.min(4, Math.floor(Math.log10(Math.max(1, total ?? done)) / 3)));
  const scaled = (bytes: number) => (bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1);
  return `${scaled(done)}${total === undefined ? '' : `/${scaled(total)}`} ${['B', 'kB', 'MB', 'GB', 'TB'][power] ?? 'B'}`;
}

/** `1 picture`, `2 pictures`: units are plurals in -s. */
const of = (value: number, unit: string): string => (value === 1 ? unit.replace(/s$/, '') : unit);

const count = (value: number): string => (Number.isInteger(value) || value >= 10 ? value.toFixed(0) : value.toFixed(1));

/** `0:07`, `12:05`, `3:00:00`. */
function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number) => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
