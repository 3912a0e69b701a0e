/** Brightness profiles of galaxies. Lengths in any unit, as long as it is the same one. */

/**
 * b_n, by which half of the light lies within the effective radius: 2n - 1/3 + 4/405n + 46/25515n^2 + 131/1148175n^3, good to 1e-4 from n = 1 on
 * (Ciotti & Bertin 1999, A&A 352, 447).
 */
export function sersicB(n: number): number {
  return 2 * n - 1 / 3 + 4 / (405 * n) + 46 / (25515 * n ** 2) + 131 / (1148175 * n ** 3);
}

/**
 * exp(-b_n ((R / Re)^(1/n) - 1)): 1 at the effective radius. n = 1 is an exponential disk, n = 4 de Vaucouleurs' law
 * (Sersic 1963, Bol. Asoc. Arg. Astron. 6, 41).
 */
export function sersic(radius: number, effectiveRadius: number, n: number): number {
  return Math.exp(-sersicB(n) * ((radius / effectiveRadius) ** (1 / n) - 1));
}

/** K1, the modified Bessel function: Abramowitz & Stegun 9.8.7 and 9.8.8, relative error below 3e-7. */
export function besselK1(x: number): number {
  if (x <= 2) {
    const t = (x / 3.75) ** 2;
    const i1 = x * polynomial(t, [0.5, 0.87890594, 0.51498869, 0.15084934, 0.02658733, 0.00301532, 0.00032411]);
    const y = (x / 2) ** 2;
    const rest = polynomial(y, [1, 0.15443144, -0.67278579, -0.18156897, -0.01919402, -0.00110404, -0.00004686]);
    return Math.log(x / 2) * i1 + rest / x;
  }
  const y = 2 / x;
  const factor = polynomial(y, [1.25331414, 0.23498619, -0.0365562, 0.01504268, -0.00780353, 0.00325614, -0.00068245]);
  return (Math.exp(-x) / Math.sqrt(x)) * factor;
}

const polynomial = (x: number, coefficients: readonly number[]): number =>
  coefficients.reduceRight((sum, coefficient) => sum * x + coefficient, 0);

/**
 * A disk seen from the side: (R/h) K1(R/h) sech^2(z/z0), 1 at the centre, for scale length h and scale height z0
 * (van der Kruit & Searle 1981, A&A 95, 105).
 */
export function edgeOnDisk(along: number, height: number, scaleLength: number, scaleHeight: number): number {
  const x = Math.abs(along) / scaleLength;
  const radial = x < 1e-6 ? 1 : x * besselK1(x);
  return radial / Math.cosh(height / scaleHeight) ** 2;
}
