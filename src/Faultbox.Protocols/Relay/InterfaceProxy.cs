using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Faultbox.Core.Proxying;
using Faultbox.Core.Topology;

namespace Faultbox.Protocols.Relay;

/// <summary>What the listeners of a proxy do with their clients.</summary>
public enum ProxyState
{
    /// <summary>The ports are bound and refuse connections, as those of a service that is not up.</summary>
    Reserved,

    /// <summary>Clients reach the upstream.</summary>
    Relaying,

    /// <summary>The upstream is gone: clients are accepted and reset.</summary>
    Orphaned,

    /// <summary>The ports are free again.</summary>
    Closed,
}

/// <summary>
/// The proxy in front of one interface for a whole run. Its ports are bound when it is made and stay the same whatever becomes of the
/// service; the rules it applies change with the test.
/// </summary>
public abstract class InterfaceProxy : IRuleSource, IDisposable
{
    private const UnixFileMode EveryoneConnects =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    private readonly Dictionary<string, Socket> _sockets = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Socket> _unixSockets = new(StringComparer.Ordinal);
    private volatile InterfaceRules? _rules;

    /// <summary>Binds the ports.</summary>
    /// <param name="place">Where the proxy stands.</param>
    /// <param name="type">Kind of the sockets.</param>
    /// <exception cref="SocketException">A port could not be bound.</exception>
    private protected InterfaceProxy(ProxyPlace place, SocketType type)
    {
        (Place, IsOfDatagrams) = (place, type == SocketType.Dgram);
        try
        {
            foreach (var consumer in place.Consumers.Prepend(""))
            {
                _sockets.Add(consumer, Bind(place, type));
                if (place.SocketDirectory is { } directory)
                {
                    _unixSockets.Add(consumer, BindUnix(directory, consumer, place.Target));
                }
            }
        }
        catch
        {
            CloseSockets();
            throw;
        }
    }

    /// <summary>The interface.</summary>
    public InterfaceAddress Target => Place.Target;

    /// <summary>True for UDP, false for streams.</summary>
    public bool IsOfDatagrams { get; }

    /// <summary>What the listeners do.</summary>
    public ProxyState State { get; private protected set; }

    /// <summary>The rules of the running test; null between tests.</summary>
    public InterfaceRules? Current => _rules;

    /// <summary>Consumers that have a port of their own.</summary>
    public IReadOnlyList<string> Consumers => Place.Consumers;

    /// <summary>Every port, the one for unknown callers first.</summary>
    public IEnumerable<int> Ports => _sockets.Values.Select(PortOf);

    /// <summary><c>host:port</c> at which unknown callers of this host reach the proxy.</summary>
    public string Address => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{PortOf("")}");

    /// <summary>Connections, or flows of datagrams, that have not ended.</summary>
    internal abstract int LiveCount { get; }

    /// <summary>Where the proxy stands.</summary>
    private protected ProxyPlace Place { get; }

    /// <summary>Listeners by consumer; the empty name is that of unknown callers.</summary>
    private protected IReadOnlyDictionary<string, Socket> Sockets => _sockets;

    /// <summary>Unix sockets by consumer, of an interface that is on one.</summary>
    private protected IReadOnlyDictionary<string, Socket> UnixSockets => _unixSockets;

    /// <summary>Path of a consumer's unix socket; null when the interface is on a port.</summary>
    public string? SocketOf(string consumer) => _unixSockets.GetValueOrDefault(consumer)?.LocalEndPoint?.ToString();

    /// <summary>Port of a consumer; that of unknown callers for one without a port of its own.</summary>
    public int PortOf(string consumer) => PortOf(_sockets.GetValueOrDefault(consumer) ?? _sockets[""]);

    /// <summary>Relays to an upstream from now on; connections to an earlier one are reset.</summary>
    /// <exception cref="SocketException">The port cannot be listened on.</exception>
    public abstract void Relay(ProxyUpstream upstream);

    /// <summary>The upstream is gone: connections are reset at once, and new ones as they come.</summary>
    /// <param name="hasDied">True when the service ended by itself or by the test, so that answers which are still owed are worth a record.</param>
    public abstract void Orphan(bool hasDied = false);

    /// <summary>Applies other rules from now on.</summary>
    /// <param name="rules">Rules of the test that begins; null when a test ends.</param>
    public void Use(InterfaceRules? rules)
    {
        if (_rules is { } earlier)
        {
            earlier.Changed -= OnRulesChanged;
            earlier.Complete();
        }

        _rules = rules;
        if (rules is not null)
        {
            rules.Changed += OnRulesChanged;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (State != ProxyState.Closed)
        {
            Orphan();
            State = ProxyState.Closed;
            Closing();
            CloseSockets();
        }
    }

    /// <summary>The proxy is about to give its ports back.</summary>
    private protected virtual void Closing()
    {
    }

    /// <summary>Rules were installed or removed.</summary>
    private protected virtual void OnRulesChanged()
    {
    }

    /// <summary>Binds a port of the system's choice that no service is going to need.</summary>
    private static Socket Bind(ProxyPlace place, SocketType type)
    {
        List<Socket> rejected = [];
        try
        {
            while (true)
            {
                var socket = new Socket(place.BindAddress.AddressFamily, type, type == SocketType.Stream ? ProtocolType.Tcp : ProtocolType.Udp);
                try
                {
                    if (place.BindAddress.Equals(IPAddress.IPv6Any))
                    {
                        // Addresses are given to consumers as 127.0.0.1.
                        socket.DualMode = true;
                    }

                    socket.Bind(new IPEndPoint(place.BindAddress, 0));
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }

                if (!place.ReservedPorts.Contains(PortOf(socket)))
                {
                    return socket;
                }

                // Kept until the end, so that the system does not choose it again.
                rejected.Add(socket);
            }
        }
        finally
        {
            rejected.ForEach(s => s.Dispose());
        }
    }

    /// <summary>Binds a unix socket that every user may connect to: consumers in containers seldom run as the user of this program.</summary>
    private static Socket BindUnix(string directory, string consumer, InterfaceAddress target)
    {
        var own = Path.Combine(directory, consumer.Length == 0 ? "_" : consumer);
        Directory.CreateDirectory(own);
        var path = Path.Combine(own, target.ToString());
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(new UnixDomainSocketEndPoint(path));
            File.SetUnixFileMode(path, EveryoneConnects);
            return socket;
        }
        catch (ArgumentOutOfRangeException)
        {
            socket.Dispose();
            throw new SocketException((int)SocketError.InvalidArgument, $"the path {path} is too long for a unix socket; set TMPDIR to a shorter directory");
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static int PortOf(Socket socket) => ((IPEndPoint)socket.LocalEndPoint!).Port;

    private void CloseSockets()
    {
        foreach (var socket in _sockets.Values.Concat(_unixSockets.Values))
        {
            socket.Dispose();
        }
    }
}
