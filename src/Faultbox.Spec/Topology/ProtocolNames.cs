namespace Faultbox.Spec.Topology;

/// <summary>Protocol names that interfaces may declare.</summary>
internal static class ProtocolNames
{
    /// <summary>Every protocol of the language, whether or not this version has steps for it.</summary>
    public static IReadOnlyList<string> Known { get; } =
    [
        "http", "http2", "grpc", "tcp", "udp", "postgres", "mysql", "cassandra", "clickhouse", "redis", "mongodb", "kafka", "nats", "amqp",
        "memcached",
    ];
}
