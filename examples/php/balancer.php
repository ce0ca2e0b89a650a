<?php
// Prints a configuration of HAProxy for the servers in a cluster.json: round robin over all of them, leaders and followers, cores
// and read replicas alike; no sticky sessions. Two doors: the first as it is, the second with server-side routing switched off.
//
//   php balancer.php DIR/cluster.json PORT PORT_WITHOUT_ROUTING

declare(strict_types=1);

[, $file, $port, $portWithoutRouting] = $argv + [null, '', '', ''];
$text = @file_get_contents($file);
if ($text === false || $portWithoutRouting === '') {
    fwrite(STDERR, "php balancer.php DIR/cluster.json PORT PORT_WITHOUT_ROUTING: $file cannot be read\n");
    exit(2);
}
$servers = json_decode($text, true, flags: JSON_THROW_ON_ERROR)['servers'];
$lines = implode('', array_map(fn (array $server): string => "    server {$server['name']} {$server['http']} check inter 500 fall 1 rise 1\n", $servers));

echo <<<CONFIG
global
    maxconn 1000

defaults
    mode http
    timeout connect 1s
    timeout client 60s
    timeout server 60s
    # A server that is gone is passed over before anything was sent to it.
    option redispatch
    retries 3

frontend application
    bind 127.0.0.1:$port
    default_backend servers

frontend without_routing
    bind 127.0.0.1:$portWithoutRouting
    http-request set-header Causeway-Routing off
    default_backend servers

backend servers
    balance roundrobin
    option httpchk GET /
    http-response set-header X-Served-By %s
$lines
CONFIG;
