// The same five answers from the CSV alone, with loops and Maps: what the graph's are checked against.

/** `ratings`: {from, to, rating, atMs}. One answer for each question, rows of values. */
export function answers(ratings) {
  const received = new Map();
  const given = new Map();
  for (const one of ratings) {
    received.set(one.to, [...(received.get(one.to) ?? []), one]);
    given.set(one.from, [...(given.get(one.from) ?? []), one]);
  }
  const mean = (list) => list.reduce((sum, { rating }) => sum + rating, 0) / list.length;
  // Half away from zero, as Cypher's round with a precision does.
  const rounded = (value, digits) => (Math.sign(value) * Math.round(Number((Math.abs(value) * 10 ** digits).toPrecision(15)))) / 10 ** digits + 0;

  const trusted = [...received]
    .map(([user, all]) => [user, all.filter(({ rating }) => rating >= 5)])
    .filter(([, good]) => good.length > 0)
    .map(([user, good]) => [user, good.length, rounded(mean(good), 2)])
    .sort((a, b) => b[1] - a[1] || a[0] - b[0])
    .slice(0, 5);

  const warned = [...received]
    .filter(([, all]) => all.length >= 10)
    .map(([user, all]) => [user, all.length, rounded(mean(all), 2), all.filter(({ rating }) => rating === -10).length])
    .sort((a, b) => a[2] - b[2] || a[0] - b[0]);

  const day = (ms) => new Date(ms).toISOString().slice(0, 10);
  const turned = [...received]
    .map(([user, all]) => [user, [...all].sort((a, b) => a.atMs - b.atMs)])
    .filter(([, all]) => all.length >= 15 && all.slice(0, 10).every(({ rating }) => rating > 0) && all.slice(-5).every(({ rating }) => rating < 0))
    .map(([user, all]) => {
      const [first, last] = [all[0].atMs, all.at(-1).atMs];
      return [user, all.length, day(first), day(last), Math.floor((last - first) / 86_400_000)];
    })
    .sort((a, b) => a[0] - b[0]);

  const [[greatest]] = [...received]
    .map(([user, all]) => [user, all.filter(({ rating }) => rating === -10).length])
    .sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  return [trusted, warned.slice(0, 5), turned, chains(greatest, received), rings(given, rounded)];
}

/** No rating twice in a chain; a person may come twice. */
function chains(worst, received) {
  const found = [1, 2, 3].map((distance) => ({ distance, people: new Set(), count: 0 }));
  const walk = (user, used) => {
    for (const one of received.get(user) ?? []) {
      if (one.rating < 3 || used.includes(one)) continue;
      const at = found[used.length];
      at.people.add(one.from);
      at.count++;
      if (used.length < 2) walk(one.from, [...used, one]);
    }
  };
  walk(worst, []);
  return found.filter(({ count }) => count > 0).map(({ distance, people, count }) => [distance, people.size, count]);
}

function rings(given, rounded) {
  const found = [];
  const good = (user) => (given.get(user) ?? []).filter(({ rating }) => rating >= 8);
  for (const a of given.keys())
    for (const x of good(a))
      for (const y of good(x.to))
        for (const z of good(y.to)) {
          if (z.to !== a || a >= x.to || a >= y.to) continue;
          const times = [x.atMs, y.atMs, z.atMs];
          const spread = Math.max(...times) - Math.min(...times);
          if (spread <= 86_400_000) found.push([a, x.to, y.to, rounded(Math.floor(spread / 1000) / 3600, 1)]);
        }
  return found.sort((a, b) => a[3] - b[3] || a[0] - b[0] || a[1] - b[1] || a[2] - b[2]).slice(0, 10);
}
