// A FLOAT as a number of JSON that looks like one.

/** `1.0`, `0.1`, `1e+300`, `NaN`, `Infinity`. */
export function floatText(value: number): string {
  if (Object.is(value, -0)) return '-0.0';
  const text = String(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}
