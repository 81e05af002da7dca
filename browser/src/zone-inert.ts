/** `@agentops/web/zone` where pages are rendered on a server: zone.js would patch the server's promises. */
export {};
