<?php
// A small shop: customers buy products. Each request goes through a load balancer; printed is which server answered, and what it
// said. Exit code 1 when a server refused one.
//
//   php shop.php URL          the password in NEO4J_PASSWORD, the user in NEO4J_USER (neo4j)

declare(strict_types=1);

require __DIR__ . '/Graph.php';

if ($argc !== 2 || str_starts_with($argv[1], '-')) {
    fwrite(STDERR, "php shop.php URL    for example: NEO4J_PASSWORD=… php shop.php http://127.0.0.1:8474\n");
    exit(2);
}
$graph = new Graph(rtrim($argv[1], '/'), getenv('NEO4J_USER') ?: 'neo4j', getenv('NEO4J_PASSWORD') ?: '');

$done = 0;
$refused = [];

function step(string $what, callable $work): void
{
    global $graph, $done, $refused;
    try {
        $said = $work();
        $done++;
        printf("  %-34s %-10s %s\n", $what, $graph->servedBy, $said);
    } catch (GraphError $error) {
        $refused[] = $error;
        printf("  %-34s %-10s REFUSED  %s\n", $what, $error->servedBy, $error->statusCode);
    }
}

printf("  %-34s %-10s %s\n", 'request', 'server', 'answer');

foreach (['Ada', 'Blaise', 'Carl', 'Emmy', 'Kurt', 'Sofia'] as $name) {
    step("customer $name", function () use ($graph, $name): string {
        $graph->run('MERGE (c:Customer {name: $name})', ['name' => $name]);
        return 'ok';
    });
}

foreach ([['Ada', 'engine'], ['Blaise', 'triangle'], ['Emmy', 'ring'], ['Sofia', 'engine']] as [$name, $product]) {
    step("$name buys: $product", function () use ($graph, $name, $product): string {
        $rows = $graph->run(
            'MATCH (c:Customer {name: $name}) MERGE (p:Product {name: $product}) CREATE (c)-[b:BOUGHT {units: 1}]->(p) RETURN p.name AS product',
            ['name' => $name, 'product' => $product],
        );
        return count($rows) === 1 ? 'ok' : 'no such customer';
    });
}

// Four requests, of which no two need reach the same server.
step('Carl buys two things, or none', function () use ($graph): string {
    $servers = [];
    $graph->transaction(function (callable $run) use ($graph, &$servers): void {
        foreach (['heptadecagon', 'magnet'] as $product) {
            $run('MERGE (c:Customer {name: "Carl"}) MERGE (p:Product {name: $product}) CREATE (c)-[:BOUGHT {units: 1}]->(p)', ['product' => $product]);
            $servers[] = $graph->servedBy;
        }
    });
    return 'ok, statements sent to ' . implode(' and ', $servers);
});

foreach (['engine', 'magnet'] as $product) {
    step("who bought: $product", function () use ($graph, $product): string {
        $rows = $graph->run('MATCH (c:Customer)-[:BOUGHT]->(:Product {name: $product}) RETURN DISTINCT c.name AS name ORDER BY name', ['product' => $product]);
        return $rows === [] ? 'nobody' : implode(', ', array_column($rows, 'name'));
    });
}

printf("\n  %d done, %d refused\n", $done, count($refused));
foreach (array_unique(array_map(fn (GraphError $error): string => $error->getMessage(), $refused)) as $message) {
    printf("  the servers said: %s\n", $message);
}
exit($refused === [] ? 0 : 1);
