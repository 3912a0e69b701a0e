const rootHalf = Math.SQRT1_2;

/**
 * ln x for 0 < x < 1, from exactly rounded operations only, so that every engine returns the same bits.
 * x = m 2^-k with sqrt(1/2) <= m < sqrt(2); ln m = 2 artanh((m-1)/(m+1)) as a series.
 */
function naturalLog(x: number): number {
  let m = x;
  let k = 0;
  while (m < rootHalf) {
    m *= 2;
    k++;
  }
  const s = (m - 1) / (m + 1);
  const z = s * s;
  let series = 0;
  for (let odd = 21; odd > 1; odd -= 2) series = (series + 1 / odd) * z;
  return 2 * s * (1 + series) - k * Math.LN2;
}

/**
 * The z for which a standard normal value lies below z with probability p, 0 < p < 1; relative error about 1e-16.
 *
 * `Math.log` and `Math.cos` may differ in their last bit between engines, which rules out Box-Muller where results are
 * promised bit for bit. Additions, products, quotients and `Math.sqrt` may not: ECMAScript asks for IEEE 754's exact rounding.
 *
 * Source: M. J. Wichura, Algorithm AS 241 (PPND16), Applied Statistics 37 (1988) 477-484.
 */
export function normalQuantile(p: number): number {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    const above =
      ((((((2509.0809287301227 * r + 33430.57558358813) * r + 67265.7709270087) * r + 45921.95393154987) * r +
        13731.69376550946) *
        r +
        1971.5909503065513) *
        r +
        133.14166789178438) *
        r +
      3.3871328727963665;
    const below =
      ((((((5226.495278852854 * r + 28729.085735721943) * r + 39307.89580009271) * r + 21213.794301586597) * r +
        5394.196021424751) *
        r +
        687.1870074920579) *
        r +
        42.31333070160091) *
        r +
      1;
    return (q * above) / below;
  }
  const z = tailQuantile(Math.sqrt(-naturalLog(q < 0 ? p : 1 - p)));
  return q < 0 ? -z : z;
}

/** |z| as a function of sqrt(-ln of the probability beyond it). */
function tailQuantile(distance: number): number {
  if (distance <= 5) {
    const r = distance - 1.6;
    const above =
      ((((((0.0007745450142783414 * r + 0.022723844989269184) * r + 0.2417807251774506) * r + 1.2704582524523684) * r +
        3.6478483247632045) *
        r +
        5.769497221460691) *
        r +
        4.630337846156546) *
        r +
      1.4234371107496835;
    const below =
      ((((((1.0507500716444169e-9 * r + 0.0005475938084995345) * r + 0.015198666563616457) * r + 0.14810397642748008) * r +
        0.6897673349851) *
        r +
        1.6763848301838038) *
        r +
        2.053191626637759) *
        r +
      1;
    return above / below;
  }
  const r = distance - 5;
  const above =
    ((((((2.0103343992922881e-7 * r + 2.7115555687434876e-5) * r + 0.0012426609473880784) * r + 0.026532189526576124) * r +
      0.29656057182850487) *
      r +
      1.7848265399172913) *
      r +
      5.463784911164114) *
      r +
    6.657904643501103;
  const below =
    ((((((2.0442631033899397e-15 * r + 1.421511758316446e-7) * r + 1.8463183175100548e-5) * r + 0.0007868691311456133) * r +
      0.014875361290850615) *
      r +
      0.1369298809227358) *
      r +
      0.599832206555888) *
      r +
    1;
  return above / below;
}
