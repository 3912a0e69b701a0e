/** What the code of an error says about a picture that did not come. */

/** The collection as a whole can't go on: our requests or the server's limit for our key are used up. */
const ends = new Set(['collect/budget', 'collect/quota', 'collect/unreachable']);

/** The server or the way to it is at fault, and another time the picture may well come. Servers answer 403 to whoever has asked too much. */
const network = new Set(['collect/failed', 'collect/answer', 'collect/forbidden']);

/** It depends on this call, on a file that may come back, or on a table or folder that its owner may mend. */
const passing = /^(collect\/private-address|urls\/(unreachable|page)|file\/(absent|read)|(dataset|csv|label|text)\/.*)$/;

/** Nothing came from anywhere. */
const silent = new Set(['collect/failed', 'urls/unreachable']);
/** Nobody was asked. */
const unasked = /^(collect\/private-address|urls\/(address|line|label|duplicate)|catalogue\/.*)$/;

/** Does an error with this code, met while a picture is read, end the collection? */
export const stops = (code: string): boolean => ends.has(code);

/** Five of these in a row mean that nothing can be fetched. */
export const isUnreachable = (code: string): boolean => network.has(code);

/** Did nothing answer, though something was asked? */
export const isSilent = (codes: readonly string[]): boolean =>
  codes.some((code) => silent.has(code)) && codes.every((code) => silent.has(code) || unasked.test(code));

/** Is a picture that was refused with this code never asked for again, unless that is told? */
export const isForGood = (code: string): boolean => !ends.has(code) && !network.has(code) && !passing.test(code);
