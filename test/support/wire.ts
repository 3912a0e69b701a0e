/**
 * Protobuf written by hand, for files that no honest writer makes. Each function returns the bytes of one field.
 *
 * @example
 * const model = message(varint(1, 8), bytes(7, graph));
 */

/** Joins fields to a message. */
export function message(...fields: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(fields);
}

/** A varint field; negative numbers take ten bytes. */
export function varint(field: number, value: number | bigint): Uint8Array {
  return Buffer.concat([encode(field * 8), encode(BigInt.asUintN(64, BigInt(value)))]);
}

/** A length-delimited field. `claimed` lies about its length. */
export function bytes(field: number, value: Uint8Array | string, claimed?: number): Uint8Array {
  const content = Buffer.from(value);
  return Buffer.concat([encode(field * 8 + 2), encode(claimed ?? content.length), content]);
}

/** A fixed 32-bit float field. */
export function float(field: number, value: number): Uint8Array {
  const content = Buffer.alloc(4);
  content.writeFloatLE(value);
  return Buffer.concat([encode(field * 8 + 5), content]);
}

/** Varints one after the other, as a packed field holds them. */
export function packed(...values: readonly (number | bigint)[]): Uint8Array {
  return Buffer.concat(values.map((value) => encode(BigInt.asUintN(64, BigInt(value)))));
}

function encode(value: number | bigint): Uint8Array {
  const out: number[] = [];
  let rest = BigInt(value);
  for (; rest > 127n; rest >>= 7n) out.push(Number(rest & 127n) | 128);
  return Uint8Array.from([...out, Number(rest)]);
}
