/** `2010`, `2010-06`, `2010-06-01`, or that and a time. */
const dateLike = /^\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01])(?:T[\d:.]{2,12}Z?)?)?)?$/;

/** Whether a text can be compared with the date of an item. */
export const isDateLike = (text: string): boolean => dateLike.test(text);

/** Of all dates that begin with `until`, the last in the order of texts: `~` follows digits, hyphens and letters. */
export const lastOf = (until: string): string => `${until}~`;
