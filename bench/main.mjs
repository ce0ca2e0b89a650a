// `npm run bench`: the first set of measurements; `npm run bench -- queries`: the Pokec queries.

if (process.argv[2] === 'queries') await import('./queries.mjs');
else await import('./run.mjs');
