<?php
// A graph over the transactional HTTP API, as plain PHP applications talk to Neo4j: no driver, no knowledge of leaders. It is
// given one address, a load balancer's, and every request may be answered by another server.

declare(strict_types=1);

/** What the server said of a statement that it did not run. */
final class GraphError extends RuntimeException
{
    /** `$statusCode` is Neo4j's code, such as Neo.ClientError.Cluster.NotALeader. */
    public function __construct(public readonly string $statusCode, string $message, public readonly string $servedBy)
    {
        parent::__construct($message);
    }
}

final class Graph
{
    private readonly CurlHandle $curl;

    /** The server that answered last, as the balancer names it. */
    public string $servedBy = '?';

    public function __construct(private readonly string $url, string $user, string $password, private readonly string $database = 'neo4j')
    {
        $this->curl = curl_init();
        curl_setopt_array($this->curl, [
            CURLOPT_RETURNTRANSFER => true,
            CURLOPT_USERPWD => "$user:$password",
            CURLOPT_TIMEOUT => 30,
            // Cookies carry what this application has seen, so that the next server shows at least that.
            CURLOPT_COOKIEFILE => '',
            CURLOPT_HEADERFUNCTION => function (CurlHandle $curl, string $line): int {
                if (stripos($line, 'x-served-by:') === 0) {
                    $this->servedBy = trim(substr($line, strlen('x-served-by:')));
                }
                return strlen($line);
            },
        ]);
    }

    /** One statement in a transaction of its own. @return list<array<string, mixed>> its rows */
    public function run(string $statement, array $parameters = []): array
    {
        // Sent twice, by whomever, a write with a key takes effect once.
        $headers = ['Idempotency-Key: ' . bin2hex(random_bytes(16))];
        return $this->post("{$this->url}/db/{$this->database}/tx/commit", [[$statement, $parameters]], $headers)['rows'];
    }

    /** A transaction of several requests, each of which may reach another server. Rolled back when `$work` throws. */
    public function transaction(callable $work): mixed
    {
        $opened = $this->post("{$this->url}/db/{$this->database}/tx", []);
        $commit = $opened['commit'];
        $transaction = substr($commit, 0, -strlen('/commit'));
        try {
            $result = $work(fn (string $statement, array $parameters = []): array => $this->post($transaction, [[$statement, $parameters]])['rows']);
            $this->post($commit, []);
            return $result;
        } catch (Throwable $error) {
            $this->send('DELETE', $transaction, null);
            throw $error;
        }
    }

    /** @return array{rows: list<array<string, mixed>>, commit: ?string} */
    private function post(string $url, array $statements, array $headers = []): array
    {
        $body = ['statements' => array_map(fn (array $one): array => ['statement' => $one[0], 'parameters' => (object) $one[1]], $statements)];
        $answer = $this->send('POST', $url, json_encode($body, JSON_THROW_ON_ERROR), $headers);
        foreach ($answer['errors'] ?? [] as $error) {
            throw new GraphError($error['code'], $error['message'], $this->servedBy);
        }
        $result = $answer['results'][0] ?? ['columns' => [], 'data' => []];
        return [
            'rows' => array_map(fn (array $item): array => array_combine($result['columns'], $item['row']), $result['data']),
            'commit' => $answer['commit'] ?? null,
        ];
    }

    private function send(string $method, string $url, ?string $body, array $headers = []): array
    {
        curl_setopt_array($this->curl, [
            CURLOPT_URL => $url,
            CURLOPT_CUSTOMREQUEST => $method,
            CURLOPT_POSTFIELDS => $body ?? '',
            CURLOPT_HTTPHEADER => ['Content-Type: application/json', 'Accept: application/json', ...$headers],
        ]);
        $text = curl_exec($this->curl);
        if ($text === false) {
            throw new RuntimeException("$method $url: " . curl_error($this->curl));
        }
        $answer = json_decode($text, true);
        if (!is_array($answer)) {
            $status = curl_getinfo($this->curl, CURLINFO_RESPONSE_CODE);
            throw new RuntimeException("$method $url: answer $status is not JSON: " . substr($text, 0, 200));
        }
        return $answer;
    }
}
