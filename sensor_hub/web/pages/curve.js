/** Values against time, both as columns of equal length. */

/** The first index whose instant is not before `t`. @param {number[]} time_s @param {number} t */
export function indexOf(time_s, t) {
  let [low, high] = [0, time_s.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (time_s[middle] < t) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Linear between neighbours, level beyond both ends. @param {number} t @param {number[]} time_s @param {number[]} values */
export function interpolate(t, time_s, values) {
  const after = indexOf(time_s, t);
  if (after === 0) return values[0];
  if (after === time_s.length) return values[after - 1];
  const share = (t - time_s[after - 1]) / (time_s[after] - time_s[after - 1]);
  return values[after - 1] + share * (values[after] - values[after - 1]);
}
