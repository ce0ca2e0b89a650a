// Five questions of a fraud analyst about who trusts whom, in Cypher.

export const questions = [
  {
    name: 'Whom do most people trust?',
    why: 'Ratings go from -10 (fraud) to 10 (trust as oneself). Who has most ratings of 5 and more?',
    columns: ['user', 'trusted by', 'average'],
    cypher: `
MATCH (u:User)<-[r:RATED]-(:User)
WHERE r.rating >= 5
RETURN u.id AS user, count(*) AS trustedBy, round(avg(r.rating), 2) AS average
ORDER BY trustedBy DESC, user
LIMIT 5`,
  },
  {
    name: 'Who is warned of?',
    why: 'Of those with ten ratings and more: the worst, and how many called them a fraud.',
    columns: ['user', 'ratings', 'average', 'called a fraud'],
    cypher: `
MATCH (u:User)<-[r:RATED]-(:User)
WITH u, count(*) AS ratings, avg(r.rating) AS average, sum(CASE WHEN r.rating = -10 THEN 1 ELSE 0 END) AS warnings
WHERE ratings >= 10
RETURN u.id AS user, ratings, round(average, 2) AS rounded, warnings
ORDER BY rounded, user
LIMIT 5`,
  },
  {
    name: 'Who was trusted at first, and then was not?',
    why: 'The long con: the first ten ratings all good, the last five all bad.',
    columns: ['user', 'ratings', 'first', 'last', 'days between'],
    cypher: `
MATCH (u:User)<-[r:RATED]-(:User)
WITH u, r ORDER BY r.at
WITH u, collect(r) AS rated
WHERE size(rated) >= 15 AND all(r IN rated[..10] WHERE r.rating > 0) AND all(r IN rated[-5..] WHERE r.rating < 0)
WITH u, rated, head(rated).at AS first, last(rated).at AS last
RETURN u.id AS user, size(rated) AS ratings, toString(date(first)) AS since, toString(date(last)) AS until, duration.inDays(first, last).days AS days
ORDER BY user`,
  },
  {
    name: 'Who vouched for the greatest fraud?',
    why: 'Chains of trust (each rating 3 or more) of up to three hops that end at the user whom most called a fraud: how many stand at each distance?',
    columns: ['distance', 'people', 'chains'],
    cypher: `
MATCH (u:User)<-[r:RATED {rating: -10}]-(:User)
WITH u, count(*) AS warnings
ORDER BY warnings DESC, u.id LIMIT 1
MATCH (v:User)-[chain:RATED*1..3]->(u)
WHERE all(r IN chain WHERE r.rating >= 3)
RETURN size(chain) AS distance, count(DISTINCT v) AS people, count(*) AS chains
ORDER BY distance`,
  },
  {
    name: 'Which rings of three praise each other on one day?',
    why: 'Each gives the next one 8 or more, all within 24 hours: friends, or one person with three names.',
    columns: ['first', 'second', 'third', 'hours'],
    cypher: `
MATCH (a:User)-[x:RATED]->(b:User)-[y:RATED]->(c:User)-[z:RATED]->(a)
WHERE a.id < b.id AND a.id < c.id AND x.rating >= 8 AND y.rating >= 8 AND z.rating >= 8
UNWIND [x.at, y.at, z.at] AS at
WITH a, b, c, min(at) AS first, max(at) AS last
WHERE last <= first + duration({days: 1})
RETURN a.id AS one, b.id AS two, c.id AS three, round(duration.inSeconds(first, last).seconds / 3600.0, 1) AS hours
ORDER BY hours, one, two, three
LIMIT 10`,
  },
];
