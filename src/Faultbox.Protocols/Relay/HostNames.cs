using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Faultbox.Protocols.Relay;

/// <summary>
/// Addresses of hosts, asked for when a connection is made, so that a name that moves is followed; an answer serves the connections of the
/// next five seconds.
/// </summary>
/// <param name="ask">Looks a name up.</param>
/// <param name="time">Clock.</param>
internal sealed class HostNames(Func<string, Task<IPAddress[]>> ask, TimeProvider time)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(5);
    private static readonly IPAddress[] Loopback = [IPAddress.Loopback, IPAddress.IPv6Loopback];

    private readonly ConcurrentDictionary<string, Answer> _answers = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The names of this host's resolver.</summary>
    public static HostNames System { get; } = new(name => Dns.GetHostAddressesAsync(name), TimeProvider.System);

    /// <summary>Addresses in the order in which they are tried; <c>127.0.0.1</c> and <c>localhost</c> are both loopback addresses.</summary>
    /// <exception cref="SocketException">The name is not known.</exception>
    public ValueTask<IPAddress[]> ResolveAsync(string host, CancellationToken cancellation) =>
        host is "localhost" or "127.0.0.1" ? ValueTask.FromResult(Loopback)
        : IPAddress.TryParse(host, out var address) ? ValueTask.FromResult<IPAddress[]>([address])
        : new ValueTask<IPAddress[]>(LookUp(host).WaitAsync(cancellation));

    private Task<IPAddress[]> LookUp(string host)
    {
        var now = time.GetTimestamp();
        var answer = _answers.AddOrUpdate(
            host,
            name => new Answer(now, ask(name)),
            (name, known) => time.GetElapsedTime(known.At, now) < Lifetime && !known.Addresses.IsFaulted ? known : new Answer(now, ask(name)));
        return answer.Addresses;
    }

    private sealed record Answer(long At, Task<IPAddress[]> Addresses);
}
